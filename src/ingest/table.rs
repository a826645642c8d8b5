//! One file whole: its rows checked, adjusted, resampled.

use super::columns::{Columns, TIMESTAMP};
use super::hashed_file::{HashedFile, sha256_of};
use super::layout::{Layout, RowKind, columnar};
use super::parts::files_of;
use super::place::Place;
use super::report::{self, Adjustment, BarFields, PriceBasis, ResampleReport, VolumeField};
use super::rows::{Bars, Rows};
use super::source::Source;
use super::survey::{self, FaultyRows};
use super::tally::Tally;
use super::ticks::{TickError, Ticks};
use super::{BarLabel, DataFile, IngestError, Note, RowOrder};
use crate::market::instant::time;
use crate::market::{Bar, BarError};
use chrono::{DateTime, TimeDelta, Utc};
use std::thread;

/// The bars of one file, checked, adjusted and resampled.
pub(super) struct Table {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    pub(super) bars: Vec<Bar>,
    /// What the timestamps mark.
    pub(super) label: BarLabel,
    /// Rows of the file.
    pub(super) n_rows: usize,
    pub(super) sha256: String,
    pub(super) instrument: Option<String>,
    pub(super) layout: Layout,
    /// Why it is that layout.
    pub(super) evidence: String,
    pub(super) notes: Vec<Note>,
    pub(super) contents: Contents,
    pub(super) resampled: Option<ResampleReport>,
    pub(super) adjustment: Option<Adjustment>,
    /// Rows that were left out.
    pub(super) faults: Vec<FaultyRows>,
    /// Bar length, where resampling made it.
    pub(super) bar_length: Option<TimeDelta>,
}

/// Which columns a file has.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
    numbers: Vec<&'static str>,
}

/// Reads the file once, many rows at a time: the bytes that are parsed are the bytes that are
/// hashed. A file that is not the one that was asked for says so, whatever else is wrong with it.
pub(super) fn read(file: &DataFile, faulty: Faulty) -> Result<Table, IngestError> {
    let begun = Taken {
        faults: match faulty {
            Faulty::Refused => None,
            Faulty::LeftOut => Some(Vec::new()),
        },
        ..Taken::default()
    };
    let (mut taken, mut digests) = (Ok(begun), Vec::new());
    for path in files_of(&file.path)? {
        let part = DataFile {
            path,
            ..file.clone()
        };
        let mut hashed = HashedFile::open(&part.path)?;
        taken = taken.and_then(|taken| taken.part(&part, &mut hashed));
        if taken.is_err() && file.sha256.is_none() {
            break;
        }
        digests.push(hashed.sha256()?);
    }
    let sha256 = of_all(&digests);
    if let Some(expected) = &file.sha256
        && !expected.eq_ignore_ascii_case(&sha256)
    {
        return Err(IngestError::Sha256 {
            path: file.path.clone(),
            found: sha256,
            expected: expected.clone(),
        });
    }
    taken?.table(file, sha256)
}

/// The digest of one file; of several, that of their digests, one a line.
fn of_all(digests: &[String]) -> String {
    match digests {
        [one] => one.clone(),
        several => sha256_of(several.join("\n").as_bytes()),
    }
}

/// What is done with rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Faulty {
    /// The first of them ends the reading.
    Refused,
    /// They are counted.
    LeftOut,
}

/// What was read of a file so far.
#[derive(Default)]
struct Taken {
    rows: Option<Kept>,
    last_ns: Option<i128>,
    n_rows: usize,
    tally: Tally,
    notes: Vec<Note>,
    /// Of the first part: the others have the same.
    first: Option<First>,
    adjustment: Option<Adjustment>,
    /// Rows that cannot be used, where they are counted.
    faults: Option<Vec<FaultyRows>>,
}

/// Where its rows are kept.
enum Kept {
    Bars(Rows),
    Ticks(Ticks),
}

/// What the first part of a file shows.
struct First {
    layout: Layout,
    evidence: String,
    contents: Contents,
}

impl Taken {
    /// Reads a part of the file, all but its checksum.
    fn part(mut self, file: &DataFile, hashed: &mut HashedFile) -> Result<Self, IngestError> {
        let mut source = Source::open(file, hashed)?;
        let contents = Contents::new(&source)?;
        let numbers = contents.numbers.clone();
        let (kind, place) = (source.kind(), source.place().clone());
        for note in std::mem::take(&mut source.notes) {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        let found = First {
            layout: source.layout,
            evidence: std::mem::take(&mut source.evidence),
            contents,
        };
        match &self.first {
            Some(first) if first.layout != found.layout || first.contents != found.contents => {
                return Err(IngestError::Parts {
                    path: file.path.clone(),
                    found: found.evidence,
                    expected: first.evidence.clone(),
                });
            }
            Some(_) => {}
            None => self.first = Some(found),
        }
        thread::scope(|scope| {
            for columns in source.rows(scope, numbers)? {
                self.add(file, kind, &place, &columns?)?;
            }
            Ok(self)
        })
    }

    fn table(mut self, file: &DataFile, sha256: String) -> Result<Table, IngestError> {
        let (Some(rows), Some(first)) = (self.rows, self.first) else {
            return Err(IngestError::Empty {
                path: file.path.clone(),
            });
        };
        let (Bars { timestamps, bars }, resampled) = match rows {
            Kept::Bars(rows) => rows.finish()?,
            Kept::Ticks(ticks) => {
                let (bars, report, n_late) = ticks.finish();
                self.tally.late_ticks = n_late;
                (bars, Some(report))
            }
        };
        self.notes.extend(self.tally.notes());
        let length = file.resample_seconds;
        Ok(Table {
            timestamps,
            bars,
            label: length.map_or(file.timestamps, |_| BarLabel::End),
            n_rows: self.n_rows + self.tally.n_dropped(),
            sha256,
            instrument: self.tally.instrument,
            layout: first.layout,
            evidence: first.evidence,
            notes: self.notes,
            contents: first.contents,
            resampled,
            adjustment: self.adjustment,
            faults: self.faults.unwrap_or_default(),
            bar_length: length.map(|seconds| TimeDelta::seconds(i64::from(seconds))),
        })
    }

    fn add(
        &mut self,
        file: &DataFile,
        kind: RowKind,
        place: &Place,
        columns: &Columns,
    ) -> Result<(), IngestError> {
        if let (Some(expected), Some(found)) = (&self.tally.instrument, &columns.tally.instrument)
            && expected != found
        {
            return Err(IngestError::Instruments {
                path: place.path(),
                row: place.row(columns.row(0)),
                found: found.clone(),
                expected: expected.clone(),
            });
        }
        self.tally.add(&columns.tally);
        self.n_rows += columns.timestamps.len();
        let sifted = match &mut self.faults {
            Some(faults) if kind == RowKind::Bar => {
                Some(survey::sift(place, self.last_ns, columns, faults))
            }
            _ => None,
        };
        let columns = sifted.as_ref().unwrap_or(columns);
        if columns.timestamps.is_empty() {
            return Ok(());
        }
        if kind == RowKind::Bar {
            self.last_ns = check_order(place, self.last_ns, columns)?;
            report::adjust(&mut self.adjustment, columns);
        }
        let kept = match &mut self.rows {
            Some(kept) => kept,
            none => none.insert(Kept::new(file, kind, &columns.timestamps)?),
        };
        match kept {
            Kept::Bars(rows) => push(place, columns, rows),
            Kept::Ticks(ticks) => push_ticks(place, columns, ticks, &mut self.tally),
        }
    }
}

impl Kept {
    /// `first` are the first timestamps of the file. Unit: nanoseconds since 1970.
    fn new(file: &DataFile, kind: RowKind, first: &[i128]) -> Result<Self, IngestError> {
        match kind {
            RowKind::Bar => Rows::new(file, first).map(Self::Bars),
            RowKind::Trade | RowKind::Quote => Ticks::new(file).map(Self::Ticks),
        }
    }
}

const RANGE: [&str; 3] = ["open", "high", "low"];

impl Contents {
    fn new(source: &Source<'_>) -> Result<Self, IngestError> {
        if source.kind() != RowKind::Bar {
            return Ok(Self::of_ticks(source));
        }
        let fields = fields(source)?;
        let present = |column| source.has(column);
        let (prices, volume) = (
            if present("adj_close") {
                PriceBasis::Adjusted
            } else {
                PriceBasis::Raw
            },
            if present("volume") {
                VolumeField::Present
            } else {
                VolumeField::Absent
            },
        );
        let numbers = ["open", "high", "low", "close", "volume", "adj_close"]
            .into_iter()
            .filter(|&column| present(column))
            .filter(|&column| fields == BarFields::OpenHighLowClose || !RANGE.contains(&column))
            .collect();
        Ok(Self {
            prices,
            fields,
            volume,
            numbers,
        })
    }

    fn of_ticks(source: &Source<'_>) -> Self {
        let (fields, volume) = match source.kind() {
            RowKind::Quote => (BarFields::Quotes, VolumeField::Absent),
            RowKind::Trade | RowKind::Bar => (BarFields::Trades, VolumeField::Present),
        };
        Self {
            prices: PriceBasis::Raw,
            fields,
            volume,
            numbers: columnar::numbers(source.layout).to_vec(),
        }
    }
}

/// Whether the file has all prices or only closes; some of them is a missing column.
fn fields(source: &Source<'_>) -> Result<BarFields, IngestError> {
    for column in [TIMESTAMP, "close"] {
        source.need(column)?;
    }
    if !RANGE.iter().any(|&column| source.has(column)) {
        return Ok(BarFields::CloseOnly);
    }
    for column in RANGE {
        source.need(column)?;
    }
    Ok(BarFields::OpenHighLowClose)
}

/// Whether each row comes after the one above, the first one after `last`; returns the last time.
fn check_order(
    place: &Place,
    mut last: Option<i128>,
    columns: &Columns,
) -> Result<Option<i128>, IngestError> {
    for (i, &found) in columns.timestamps.iter().enumerate() {
        if let Some(previous) = last.replace(found)
            && found <= previous
        {
            let (path, row) = (place.path(), place.row(columns.row(i)));
            let (found, previous) = (time(found), time(previous));
            return Err(if found == previous {
                IngestError::Duplicate { path, row, found }
            } else {
                IngestError::Unsorted {
                    path,
                    row,
                    found,
                    previous,
                    order: columns.tally.order,
                }
            });
        }
    }
    Ok(last)
}

/// Checks each row as it is in the file, scales it to `adj_close`, and hands it on.
fn push(place: &Place, columns: &Columns, rows: &mut Rows) -> Result<(), IngestError> {
    let prices = Prices::of(columns);
    for (i, &timestamp) in columns.timestamps.iter().enumerate() {
        let bar = prices.bar(i).map_err(|error| IngestError::Bar {
            path: place.path(),
            row: place.row(columns.row(i)),
            error,
        })?;
        rows.push(timestamp, bar, place, columns.row(i))?;
    }
    Ok(())
}

/// The columns that make bars.
pub(super) struct Prices<'a> {
    open: &'a [f64],
    high: &'a [f64],
    low: &'a [f64],
    close: &'a [f64],
    volume: Option<&'a [f64]>,
    adj_close: Option<&'a [f64]>,
}

impl<'a> Prices<'a> {
    pub(super) fn of(columns: &'a Columns) -> Self {
        let close = columns.number("close").unwrap_or_default();
        let price = |name| columns.number(name).unwrap_or(close);
        Self {
            open: price("open"),
            high: price("high"),
            low: price("low"),
            close,
            volume: columns.number("volume"),
            adj_close: columns.number("adj_close"),
        }
    }

    /// The bar of row `i`, as the file has it and scaled to `adj_close`.
    #[inline]
    pub(super) fn bar(&self, i: usize) -> Result<Bar, BarError> {
        let raw = Bar {
            open: self.open[i],
            high: self.high[i],
            low: self.low[i],
            close: self.close[i],
            volume: self.volume.map_or(0.0, |volume| volume[i]),
        };
        raw.check()?;
        match self.adj_close {
            Some(adj_close) => adjusted(&raw, adj_close[i]),
            None => Ok(raw),
        }
    }
}

/// Checks each trade or quote and hands it on; the price of a quote is the middle of bid and ask.
fn push_ticks(
    place: &Place,
    columns: &Columns,
    ticks: &mut Ticks,
    tally: &mut Tally,
) -> Result<(), IngestError> {
    let number = |names: [&str; 2]| {
        let [lines, parquet] = names.map(|name| columns.number(name));
        lines.or(parquet)
    };
    let (price, size) = (number(["price", "price"]), number(["size", "amount"]));
    let (bid, ask) = (number(["bid", "bid_px"]), number(["ask", "ask_px"]));
    for (k, &at_ns) in columns.timestamps.iter().enumerate() {
        let (path, row) = (place.path(), place.row(columns.row(k)));
        let tick = match (bid, ask) {
            (Some(bid), Some(ask)) => {
                if bid[k] > ask[k] {
                    tally.crossed_quotes += 1;
                    tally.first_crossed_ns.get_or_insert(at_ns);
                }
                middle(bid[k], ask[k]).map(|price| (price, 0.0))
            }
            _ => Ok((
                price.map_or(f64::NAN, |price| price[k]),
                size.map_or(0.0, |size| size[k]),
            )),
        };
        let taken = tick
            .map_err(TickError::Price)
            .and_then(|(price, size)| ticks.push(at_ns, price, size));
        taken.map_err(|error| match error {
            TickError::Price(error) => IngestError::Bar { path, row, error },
            TickError::Late(previous) => IngestError::Unsorted {
                path,
                row,
                found: time(at_ns),
                previous: time(previous),
                order: RowOrder::OldestFirst,
            },
        })?;
    }
    Ok(())
}

/// The middle of a quote.
fn middle(bid: f64, ask: f64) -> Result<f64, BarError> {
    for (field, found) in [("bid", bid), ("ask", ask)] {
        if !(found.is_finite() && found > 0.0) {
            return Err(BarError::Price { field, found });
        }
    }
    Ok(f64::midpoint(bid, ask))
}

/// Multiplying by one positive factor keeps the order of the four prices, also after rounding.
fn adjusted(raw: &Bar, adj_close: f64) -> Result<Bar, BarError> {
    if !(adj_close.is_finite() && adj_close > 0.0) {
        return Err(BarError::Price {
            field: "adj_close",
            found: adj_close,
        });
    }
    let factor = adj_close / raw.close;
    Ok(Bar {
        open: raw.open * factor,
        high: raw.high * factor,
        low: raw.low * factor,
        close: raw.close * factor,
        volume: raw.volume / factor,
    })
}
