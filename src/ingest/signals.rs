//! Values of signal columns: collected row by row, then matched with the decisions of a panel.
//!
//! No look-ahead: a value has the moment from which it may be used ([`SignalColumn::known`]), and a
//! decision sees the newest value whose moment is not after it. Both are true instants: a daily bar
//! ends at the close of its session, and a decision falls at the latest close of its row. Inserted
//! bars and bars that another file lacks change no moment, so a carried value keeps its true age.

use super::buckets::Buckets;
use super::columns::Columns;
use super::data_file::DataFile;
use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::parsed_file::ParsedFile;
use super::report::SignalReport;
use super::signal_column::SignalColumn;
use super::simultaneous::bar_hours;
use crate::market::Panel;
use crate::market::instant::instant_ns;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;

const SECOND_NS: i128 = 1_000_000_000;

/// Values of one signal column, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SignalRows {
    rows: Vec<SignalRow>,
    /// Number of rows, from the first on, that have been thinned.
    n_thinned: usize,
    /// Number of cells without a finite number.
    n_missing: usize,
}

/// Value in one row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SignalRow {
    /// Timestamp of the row if rows are bars, otherwise the end of the row. Unit: nanoseconds since
    /// 1970.
    stamp_ns: i128,
    value: f64,
}

/// Values of one signal column, with the moments from which they may be used.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KnownValues {
    values: Vec<KnownValue>,
    n_missing: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct KnownValue {
    /// First moment at which the value may be used. Unit: nanoseconds since 1970.
    known_ns: i128,
    /// End of the row. Unit: nanoseconds since 1970.
    end_ns: i128,
    value: f64,
}

/// A panel with its signals.
pub(super) struct WithSignals {
    pub(super) panel: Panel,
    /// Number of omitted bars before the first bar at whose end every signal is known.
    pub(super) n_before: usize,
    /// Reports per file, in the order of its signals.
    pub(super) reports: Vec<Vec<SignalReport>>,
}

impl SignalRows {
    /// Adds the values of row `k` of `columns`, whose stamp is `stamp_ns`.
    pub(super) fn push_all(all: &mut [Self], columns: &Columns, k: usize, stamp_ns: i128) {
        for (signal, values) in all.iter_mut().zip(columns.signals()) {
            let value = values[k];
            if value.is_nan() {
                signal.n_missing += 1;
                continue;
            }
            // A late tick counts from the ticks before it.
            let last_ns = signal.rows.last().map_or(stamp_ns, |row| row.stamp_ns);
            let stamp_ns = stamp_ns.max(last_ns);
            signal.rows.push(SignalRow { stamp_ns, value });
        }
    }

    /// Number of values in memory.
    #[cfg(test)]
    pub(super) const fn n_values(&self) -> usize {
        self.rows.len()
    }

    /// Drops rows that no decision can use, up to the newest longer bar, given by its end and its
    /// buckets: of the rows that become known within one bucket, the last one remains. This bounds
    /// the memory.
    pub(super) fn thin_all(
        all: &mut [Self],
        signals: &[SignalColumn],
        newest: Option<(i128, Buckets)>,
    ) {
        if let Some((end_ns, buckets)) = newest {
            for (rows, signal) in all.iter_mut().zip(signals) {
                rows.thin(signal, end_ns, buckets);
            }
        }
    }

    fn thin(&mut self, signal: &SignalColumn, end_ns: i128, buckets: Buckets) {
        let (_, seconds) = signal.known.delay();
        let moment_ns = |row: &SignalRow| row.stamp_ns + i128::from(seconds) * SECOND_NS;
        let pending = self.rows.split_off(self.n_thinned);
        let n_known = pending.partition_point(|row| moment_ns(row) <= end_ns);
        let mut bucket = 0..0;
        for row in &pending[..n_known] {
            // A moment at the end of a bucket is in time for its decision.
            let at_ns = moment_ns(row) - 1;
            if bucket.contains(&at_ns) {
                self.rows.pop();
            } else {
                bucket = buckets.around(at_ns);
            }
            self.rows.push(*row);
        }
        self.n_thinned = self.rows.len();
        self.rows.extend(&pending[n_known..]);
    }

    /// Values with the moments, on the panel's clock, from which they may be used.
    fn known(&self, signal: &SignalColumn, bars: &OwnBars) -> KnownValues {
        let (n_bars, seconds) = signal.known.delay();
        let mut values: Vec<KnownValue> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let end_ns = bars.row_end_ns(row.stamp_ns);
            let moment_ns = end_ns + i128::from(seconds) * SECOND_NS;
            let known_ns = match n_bars {
                0 => Some(moment_ns),
                n => {
                    let bar = bars.ends.partition_point(|&end| end < moment_ns);
                    bars.ends.get(bar + n).copied()
                }
            };
            let Some(known_ns) = known_ns else {
                break;
            };
            values.push(KnownValue {
                known_ns,
                end_ns,
                value: row.value,
            });
        }
        KnownValues {
            values,
            n_missing: self.n_missing,
        }
    }
}

/// Bars of one file, without inserted ones. Unit: nanoseconds since 1970.
struct OwnBars {
    /// Timestamps of the file, if its rows are the bars.
    stamps: Vec<i128>,
    /// Ends: of daily bars the closes of their sessions, which their timestamps only name.
    ends: Vec<i128>,
}

impl OwnBars {
    fn new(parsed: &ParsedFile, bar_length: TimeDelta) -> Self {
        let are_rows = parsed.report.resampled.is_none();
        let stamps = parsed.series.timestamps.iter().filter(|_| are_rows);
        let hours = bar_hours(parsed, bar_length).into_iter();
        Self {
            stamps: stamps.copied().map(instant_ns).collect(),
            ends: hours.map(|bar| instant_ns(bar.end)).collect(),
        }
    }

    /// End of the row with this stamp.
    fn row_end_ns(&self, stamp_ns: i128) -> i128 {
        let bar = self.stamps.partition_point(|&bar| bar < stamp_ns);
        // If bars were made of rows, there are no stamps, and the row's stamp is its end.
        let is_bar = bar < self.stamps.len();
        if is_bar { self.ends[bar] } else { stamp_ns }
    }
}

impl KnownValues {
    /// Index of the newest value that is known at each of the instants; `None` before the first.
    fn newest(&self, instants_ns: impl Iterator<Item = i128>) -> Vec<Option<usize>> {
        let mut n_known = 0;
        let newest = instants_ns.map(|now_ns| {
            let later = &self.values[n_known..];
            n_known += later.iter().take_while(|v| v.known_ns <= now_ns).count();
            n_known.checked_sub(1)
        });
        newest.collect()
    }
}

/// Values of the file's signals with their moments; `parsed` has no inserted bars yet.
pub(super) fn known_values(
    file: &DataFile,
    parsed: &ParsedFile,
    bar_length: TimeDelta,
) -> Vec<KnownValues> {
    if file.signals.is_empty() {
        return Vec::new();
    }
    let bars = OwnBars::new(parsed, bar_length);
    let signals = file.signals.iter().zip(&parsed.signals);
    signals
        .map(|(signal, rows)| rows.known(signal, &bars))
        .collect()
}

/// Gives a panel the signals of its files, and omits the bars before all of them are known.
/// `decisions` are the instants of the decisions at the rows of the panel.
pub(super) fn with_signals(
    panel: Panel,
    files: &[DataFile],
    known: &[Vec<KnownValues>],
    decisions: &[DateTime<Utc>],
) -> Result<WithSignals, IngestError> {
    let decisions_ns: Vec<i128> = decisions.iter().copied().map(instant_ns).collect();
    let columns = files.iter().zip(known);
    let columns = columns.flat_map(|(file, known)| file.signals.iter().zip(known));
    let columns: Vec<(&SignalColumn, &KnownValues, Vec<Option<usize>>)> = columns
        .map(|(signal, known)| (signal, known, known.newest(decisions_ns.iter().copied())))
        .collect();
    if columns.is_empty() {
        return Ok(WithSignals {
            panel,
            n_before: 0,
            reports: vec![Vec::new(); files.len()],
        });
    }
    let n_before = columns.iter().map(|(.., newest)| n_unknown(newest)).max();
    let n_before = n_before.unwrap_or(0);
    if n_before == panel.n_bars() {
        let never = columns
            .iter()
            .find(|(.., newest)| n_unknown(newest) == n_before);
        let name = never.map_or_else(String::new, |(signal, ..)| signal.name.clone());
        let has_it = |file: &&DataFile| file.signals.iter().any(|signal| signal.name == name);
        let path = files.iter().find(has_it).map(|file| file.path.as_path());
        let at = At::Setting("signals");
        let fault = IngestFault::SignalNeverKnown { name: name.clone() };
        return Err(IngestError::new(path.unwrap_or(Path::new("")), at, fault));
    }
    let mut values = Vec::with_capacity((panel.n_bars() - n_before) * columns.len());
    for t in n_before..panel.n_bars() {
        let of_row = |(_, known, newest): &(_, &KnownValues, Vec<Option<usize>>)| {
            newest[t].map(|at| known.values[at].value)
        };
        values.extend(columns.iter().filter_map(of_row));
    }
    let names = columns.iter().map(|(signal, ..)| signal.name.clone());
    let panel = panel
        .slice(n_before..panel.n_bars())
        .and_then(|panel| panel.with_signals(names.collect(), values))
        .map_err(IngestFault::Panel)?;
    let mut all_reports = columns.iter().map(|(signal, known, newest)| {
        report(
            signal,
            known,
            &newest[n_before..],
            &decisions_ns[n_before..],
        )
    });
    let reports = files
        .iter()
        .map(|file| all_reports.by_ref().take(file.signals.len()).collect());
    let reports = reports.collect();
    Ok(WithSignals {
        panel,
        n_before,
        reports,
    })
}

/// Number of bars before the first at whose end a value is known.
fn n_unknown(newest: &[Option<usize>]) -> usize {
    newest.iter().take_while(|at| at.is_none()).count()
}

fn report(
    signal: &SignalColumn,
    known: &KnownValues,
    newest: &[Option<usize>],
    decisions_ns: &[i128],
) -> SignalReport {
    let ages = newest.iter().zip(decisions_ns).filter_map(|(at, now_ns)| {
        let age_ns = now_ns - known.values[(*at)?].end_ns;
        i64::try_from(age_ns).ok()
    });
    let oldest = TimeDelta::nanoseconds(ages.max().unwrap_or(0));
    SignalReport {
        name: signal.name.clone(),
        column: signal.column.clone(),
        known: signal.known,
        n_missing: known.n_missing,
        n_carried: newest.windows(2).filter(|pair| pair[0] == pair[1]).count(),
        oldest_seconds: oldest.as_seconds_f64(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::signal_column::{Known, MissingCells};

    const HOUR_NS: i128 = 3600 * SECOND_NS;

    /// Days that end at 22:00, 22:00, 21:00 (clocks change) and 21:00. Hourly rows hold the hour of
    /// their end, counted from the first midnight.
    #[test]
    fn rows_after_the_end_of_a_day_wait_for_the_next() {
        let days = OwnBars {
            stamps: Vec::new(),
            ends: [22, 46, 69, 93].map(|hour| hour * HOUR_NS).to_vec(),
        };
        let rows = SignalRows {
            rows: (1..=93)
                .map(|hour| SignalRow {
                    stamp_ns: hour * HOUR_NS,
                    value: f64::from(i32::try_from(hour).unwrap()),
                })
                .collect(),
            ..SignalRows::default()
        };
        for (known, expected) in [
            (Known::AtOpen, [22.0, 46.0, 69.0, 93.0]),
            (Known::AtClose, [22.0, 46.0, 69.0, 93.0]),
            (
                Known::After {
                    bars: 0,
                    seconds: 5 * 3600,
                },
                [17.0, 41.0, 64.0, 88.0],
            ),
            (
                Known::After {
                    bars: 0,
                    seconds: 30 * 3600,
                },
                [-1.0, 16.0, 39.0, 63.0],
            ),
            (
                Known::After {
                    bars: 1,
                    seconds: 0,
                },
                [-1.0, 22.0, 46.0, 69.0],
            ),
            (
                Known::After {
                    bars: 1,
                    seconds: 3600,
                },
                [-1.0, 21.0, 45.0, 68.0],
            ),
        ] {
            let signal = SignalColumn {
                column: "x".to_owned(),
                name: "x".to_owned(),
                known,
                missing: MissingCells::Refuse,
            };
            let values = rows.known(&signal, &days);
            let newest = values.newest(days.ends.iter().copied());
            let found = newest
                .iter()
                .map(|at| at.map_or(-1.0, |at| values.values[at].value));
            assert_eq!(found.collect::<Vec<f64>>(), expected, "{known}");
        }
    }
}
