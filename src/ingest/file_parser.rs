//! Parser of one file in one pass: checks, adjusts and resamples its rows.

use super::bar_columns::BarColumns;
use super::buckets::Buckets;
use super::columns::Columns;
use super::currency;
use super::data_file::{BarLabel, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::RowKind;
use super::hashed_file::{HashedFile, sha256_of};
use super::longer_bars::LongerBars;
use super::note::Note;
use super::parsed_file::{BarSeries, FaultyRows, Front, ParsedFile};
use super::parts::files_of;
use super::report::{Adjustment, FileReport};
use super::signals::SignalRows;
use super::simultaneous;
use super::source::Source;
use super::tally::Tally;
use super::tick_bars::TickBars;
use crate::market::{Bar, instant::time};
use chrono::TimeDelta;
use std::{io, thread};

/// Reads and hashes a file in one pass, so the parsed bytes are the hashed bytes. A wrong checksum
/// is reported before other faults. `faults`, if given, counts the otherwise refused rows.
pub(super) fn parse(
    file: &DataFile,
    faults: Option<Vec<FaultyRows>>,
) -> Result<ParsedFile, IngestError> {
    let mut parser = Ok(FileParser {
        faults,
        signals: vec![SignalRows::default(); file.signals.len()],
        ..FileParser::default()
    });
    let mut digests = Vec::new();
    for path in files_of(&file.path)? {
        let part = DataFile {
            path,
            ..file.clone()
        };
        let unreadable = |error: io::Error| part.error(error.into());
        let mut hashed = HashedFile::open(&part.path).map_err(unreadable)?;
        parser = parser.and_then(|parser| parser.part(&part, &mut hashed));
        if parser.is_err() && file.sha256.is_none() {
            break;
        }
        digests.push(hashed.sha256().map_err(unreadable)?);
    }
    let sha256 = digest_of(&digests);
    if let Some(expected) = &file.sha256
        && !expected.eq_ignore_ascii_case(&sha256)
    {
        return Err(file.error(IngestFault::Sha256 {
            found: sha256,
            expected: expected.clone(),
        }));
    }
    parser?.finish(file, sha256)
}

/// SHA-256 of one file; for several files, SHA-256 of their digests, one per line.
fn digest_of(digests: &[String]) -> String {
    match digests {
        [digest] => digest.clone(),
        several => sha256_of(several.join("\n").as_bytes()),
    }
}

#[derive(Default)]
struct FileParser {
    bars: Option<Bars>,
    last_ns: Option<i128>,
    n_rows: usize,
    tally: Tally,
    notes: Vec<Note>,
    /// Layout and columns of the first part, which all other parts must share.
    front: Option<Front>,
    adjustment: Option<Adjustment>,
    signals: Vec<SignalRows>,
    /// Counts of unusable rows; `None` if such rows are errors.
    faults: Option<Vec<FaultyRows>>,
}

enum Bars {
    /// Rows that are bars, with the timestamps of the file.
    Rows(BarSeries),
    Longer(Box<LongerBars>),
    OfTicks(TickBars),
}

impl FileParser {
    /// Parses one part of the file without checking the checksum.
    fn part(mut self, file: &DataFile, hashed: &mut HashedFile) -> Result<Self, IngestError> {
        let source = Source::open(file, hashed)?;
        let front = source.front;
        for note in source.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        let kind = front.kind;
        let first = self.front.get_or_insert_with(|| front.clone());
        if (first.layout, first.contents) != (front.layout, front.contents) {
            return Err(file.error(IngestFault::Parts {
                found: front.evidence,
                expected: first.evidence.clone(),
            }));
        }
        thread::scope(|scope| {
            for columns in source.reader.rows(scope, file)? {
                self.add(file, kind, &columns?)?;
            }
            Ok(self)
        })
    }

    fn add(
        &mut self,
        file: &DataFile,
        kind: RowKind,
        columns: &Columns,
    ) -> Result<(), IngestError> {
        if let (Some(expected), Some(found)) = (&self.tally.instrument, &columns.tally.instrument)
            && expected != found
        {
            let fault = IngestFault::Instruments {
                found: found.clone(),
                expected: expected.clone(),
            };
            return Err(file.in_row(columns.rows[0], fault));
        }
        self.tally.add(&columns.tally);
        self.tally.see(&columns.timestamps);
        if kind == RowKind::Bar && columns.tally.bare_dates > 0 {
            file.refuse_ends_of_dates()?;
        }
        self.n_rows += columns.timestamps.len();
        if columns.timestamps.is_empty() {
            return Ok(());
        }
        let mut rows = Vec::new();
        if kind == RowKind::Bar {
            let (bars, faults) = (BarColumns::of(columns), &mut self.faults);
            rows = bars.rows(file, columns, &mut self.last_ns, faults)?;
            self.follow_adjustment(columns, &rows);
            if rows.is_empty() {
                return Ok(());
            }
        }
        let bars = match &mut self.bars {
            Some(bars) => bars,
            none => {
                let times_ns = rows.iter().map(|&(k, _)| columns.timestamps[k]);
                none.insert(Bars::new(file, kind, times_ns)?)
            }
        };
        match bars {
            Bars::OfTicks(ticks) => {
                ticks.push_all(file, columns, &mut self.tally)?;
                for (k, at_ns) in columns.timestamps.iter().enumerate() {
                    // A tick belongs to the bar that begins at its time, so its value is known only
                    // after that instant.
                    SignalRows::push_all(&mut self.signals, columns, k, at_ns + 1);
                }
                SignalRows::thin_all(&mut self.signals, &file.signals, ticks.newest());
            }
            Bars::Rows(series) => {
                for (k, bar) in rows {
                    series.push(time(columns.timestamps[k]), bar);
                    SignalRows::push_all(&mut self.signals, columns, k, columns.timestamps[k]);
                }
            }
            Bars::Longer(longer) => {
                for (k, bar) in rows {
                    let n_before = longer.n_bars();
                    longer.push(columns.timestamps[k], &bar, file, columns.rows[k])?;
                    if self.signals.is_empty() {
                        continue;
                    }
                    let row_end_ns = longer.row_end_ns(columns.timestamps[k]);
                    SignalRows::push_all(&mut self.signals, columns, k, row_end_ns);
                    if longer.n_bars() > n_before {
                        SignalRows::thin_all(&mut self.signals, &file.signals, longer.newest());
                    }
                }
            }
        }
        Ok(())
    }

    /// Records the factors from raw to adjusted prices if the file has adjusted closes.
    fn follow_adjustment(&mut self, columns: &Columns, rows: &[(usize, Bar)]) {
        let (Some(close), Some(adjusted)) = (columns.number("close"), columns.number("adj_close"))
        else {
            return;
        };
        for &(k, _) in rows {
            let factor = adjusted[k] / close[k];
            self.adjustment
                .get_or_insert(Adjustment::new(factor))
                .push(factor, || time(columns.timestamps[k]));
        }
    }

    fn finish(mut self, file: &DataFile, sha256: String) -> Result<ParsedFile, IngestError> {
        let (Some(bars), Some(front)) = (self.bars, self.front) else {
            return Err(file.error(IngestFault::Empty));
        };
        let (series, resampled) = match bars {
            Bars::Rows(series) => (series, None),
            Bars::Longer(longer) => longer.finish()?,
            Bars::OfTicks(ticks) => ticks.finish(),
        };
        self.notes.extend(self.tally.notes());
        self.tally.refuse_unused_clock(file)?;
        let length = file.resample_seconds;
        let rows = self.tally.stamps();
        let buckets = Buckets::of_days(file, rows)?;
        let session = simultaneous::session_of(file, front.layout, rows, buckets)?;
        let instrument = self.tally.instrument.as_deref();
        let currency = currency::of(file, front.layout, instrument)?;
        Ok(ParsedFile {
            series,
            label: length.map_or(file.timestamps, |_| BarLabel::End),
            bar_length: length.map(|seconds| TimeDelta::seconds(i64::from(seconds))),
            signals: self.signals,
            faults: self.faults.unwrap_or_default(),
            report: FileReport {
                symbol: file.symbol.clone(),
                path: file.path.clone(),
                sha256,
                rows_read: self.n_rows + self.tally.n_dropped(),
                instrument: self.tally.instrument,
                layout: front.layout,
                evidence: front.evidence,
                stamps: buckets.map_or(rows, Buckets::stamps),
                session,
                currency,
                conversion: None,
                notes: self.notes,
                resampled,
                rows_dropped: 0,
                rows_dropped_inside: 0,
                prices: front.contents.prices,
                adjustment: self.adjustment,
                fields: front.contents.fields,
                volume: front.contents.volume,
                signals: Vec::new(),
                unused_columns: front.unused,
            },
        })
    }
}

impl Bars {
    /// Empty bars; `times_ns` are the file's first timestamps. Unit: nanoseconds since 1970.
    fn new(
        file: &DataFile,
        kind: RowKind,
        times_ns: impl Iterator<Item = i128>,
    ) -> Result<Self, IngestError> {
        match (kind, file.resample_seconds) {
            (RowKind::Trade | RowKind::Quote, _) => TickBars::new(file).map(Self::OfTicks),
            (RowKind::Bar, None) => Ok(Self::Rows(BarSeries::default())),
            (RowKind::Bar, Some(seconds)) => {
                let longer = LongerBars::new(file, seconds, times_ns)?;
                Ok(Self::Longer(Box::new(longer)))
            }
        }
    }
}
