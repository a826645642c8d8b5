//! The tidy layout: one row per bar, one column per field.

use super::report::{BarFields, PriceBasis, VolumeField};
use super::scan::{Columns, Source};
use super::{DataFile, IngestError};
use crate::market::{Bar, BarError};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::Path;

/// The bars of one file, checked and adjusted, labeled as in the file.
pub(super) struct Table {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    pub(super) bars: Vec<Bar>,
    pub(super) sha256: String,
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
}

/// Reads the file once: the bytes that are parsed are the bytes that were hashed.
pub(super) fn read(file: &DataFile) -> Result<Table, IngestError> {
    let bytes = std::fs::read(&file.path).map_err(|source| {
        let path = file.path.clone();
        match source.kind() {
            std::io::ErrorKind::NotFound => IngestError::MissingFile { path },
            _ => IngestError::Io { path, source },
        }
    })?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    if let Some(expected) = &file.sha256
        && !expected.eq_ignore_ascii_case(&sha256)
    {
        return Err(IngestError::Sha256 {
            path: file.path.clone(),
            found: sha256,
            expected: expected.clone(),
        });
    }
    let source = Source::open(&file.path, bytes)?;
    let fields = fields(&source)?;
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
    let wanted: Vec<&'static str> = ["open", "high", "low", "close", "volume", "adj_close"]
        .into_iter()
        .filter(|&column| present(column))
        .filter(|&column| fields == BarFields::OpenHighLowClose || !RANGE.contains(&column))
        .collect();
    let columns = source.read("timestamp", &wanted)?;
    check_order(&file.path, &source, &columns.timestamps)?;
    let bars = bars(&file.path, &source, &columns)?;
    Ok(Table {
        timestamps: columns.timestamps,
        bars,
        sha256,
        prices,
        fields,
        volume,
    })
}

const RANGE: [&str; 3] = ["open", "high", "low"];

/// Whether the file has all prices or only closes; some of them is a missing column.
fn fields(source: &Source) -> Result<BarFields, IngestError> {
    for column in ["timestamp", "close"] {
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

fn check_order(
    path: &Path,
    source: &Source,
    timestamps: &[DateTime<Utc>],
) -> Result<(), IngestError> {
    for (i, pair) in timestamps.windows(2).enumerate() {
        let (path, row, found) = (path.to_path_buf(), source.row(i + 1), pair[1]);
        if pair[1] == pair[0] {
            return Err(IngestError::Duplicate { path, row, found });
        }
        if pair[1] < pair[0] {
            return Err(IngestError::Unsorted {
                path,
                row,
                found,
                previous: pair[0],
            });
        }
    }
    Ok(())
}

/// Checks each row as it is in the file, then scales it to `adj_close`.
fn bars(path: &Path, source: &Source, columns: &Columns) -> Result<Vec<Bar>, IngestError> {
    let close = columns.number("close").unwrap_or_default();
    let price = |name| columns.number(name).unwrap_or(close);
    let (open, high, low) = (price("open"), price("high"), price("low"));
    let (volume, adj_close) = (columns.number("volume"), columns.number("adj_close"));
    let mut bars = Vec::with_capacity(close.len());
    for i in 0..close.len() {
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
                path: path.to_path_buf(),
                row: source.row(i),
                error,
            })?;
        bars.push(bar);
    }
    Ok(bars)
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

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
