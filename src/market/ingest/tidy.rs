//! The tidy layout: one row per bar, one column per field.

use super::columns::{Columns, TIMESTAMP};
use super::hashed_file::HashedFile;
use super::place::Place;
use super::report::{BarFields, PriceBasis, ResampleReport, VolumeField};
use super::rows::{Bars, Rows};
use super::source::Source;
use super::{BarLabel, DataFile, IngestError};
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
    pub(super) layout: Layout,
    pub(super) resampled: Option<ResampleReport>,
    /// Bar length, where resampling made it.
    pub(super) bar_length: Option<TimeDelta>,
}

/// Which columns a file has.
pub(super) struct Layout {
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
    numbers: Vec<&'static str>,
}

/// Reads the file once, in parts: the bytes that are parsed are the bytes that are hashed. A file that is not the one that was
/// asked for says so, whatever else is wrong with it.
pub(super) fn read(file: &DataFile) -> Result<Table, IngestError> {
    let mut hashed = HashedFile::open(&file.path)?;
    let table = parse(file, &mut hashed);
    let Some(expected) = &file.sha256 else {
        let table = table?;
        return Ok(Table {
            sha256: hashed.sha256()?,
            ..table
        });
    };
    let sha256 = hashed.sha256()?;
    if !expected.eq_ignore_ascii_case(&sha256) {
        return Err(IngestError::Sha256 {
            path: file.path.clone(),
            found: sha256,
            expected: expected.clone(),
        });
    }
    Ok(Table { sha256, ..table? })
}

/// All but the checksum.
fn parse(file: &DataFile, hashed: &mut HashedFile) -> Result<Table, IngestError> {
    let source = Source::open(&file.path, hashed)?;
    let layout = Layout::new(&source)?;
    let place = source.place().clone();
    let (mut rows, mut last, mut n_rows) = (None, None, 0);
    thread::scope(|scope| {
        for columns in source.rows(scope, layout.numbers.clone())? {
            let columns = columns?;
            last = check_order(&place, last, &columns)?;
            let rows = match &mut rows {
                Some(rows) => rows,
                none => none.insert(Rows::new(file, &columns.timestamps)?),
            };
            push(&place, &columns, rows)?;
            n_rows += columns.timestamps.len();
        }
        Ok::<(), IngestError>(())
    })?;
    let Some(rows) = rows else {
        return Err(IngestError::Empty {
            path: file.path.clone(),
        });
    };
    let (Bars { timestamps, bars }, resampled) = rows.finish()?;
    let length = file.resample_seconds;
    Ok(Table {
        timestamps,
        bars,
        label: length.map_or(file.timestamps, |_| BarLabel::End),
        n_rows,
        sha256: String::new(),
        layout,
        resampled,
        bar_length: length.map(|seconds| TimeDelta::seconds(i64::from(seconds))),
    })
}

const RANGE: [&str; 3] = ["open", "high", "low"];

impl Layout {
    fn new(source: &Source<'_>) -> Result<Self, IngestError> {
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
            let (path, row) = (place.path(), place.row(columns.first + i));
            let (found, previous) = (time(found), time(previous));
            return Err(if found == previous {
                IngestError::Duplicate { path, row, found }
            } else {
                IngestError::Unsorted {
                    path,
                    row,
                    found,
                    previous,
                }
            });
        }
    }
    Ok(last)
}

/// Checks each row as it is in the file, scales it to `adj_close`, and hands it on.
fn push(place: &Place, columns: &Columns, rows: &mut Rows) -> Result<(), IngestError> {
    let close = columns.number("close").unwrap_or_default();
    let price = |name| columns.number(name).unwrap_or(close);
    let (open, high, low) = (price("open"), price("high"), price("low"));
    let (volume, adj_close) = (columns.number("volume"), columns.number("adj_close"));
    for (i, &timestamp) in columns.timestamps.iter().enumerate() {
        let raw = Bar {
            open: open[i],
            high: high[i],
            low: low[i],
            close: close[i],
            volume: volume.map_or(0.0, |volume| volume[i]),
        };
        let bar = raw
            .check()
            .and_then(|()| match adj_close {
                Some(adj_close) => adjusted(&raw, adj_close[i]),
                None => Ok(raw),
            })
            .map_err(|error| IngestError::Bar {
                path: place.path(),
                row: place.row(columns.first + i),
                error,
            })?;
        rows.push(timestamp, bar, place, columns.first + i)?;
    }
    Ok(())
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
