//! The layouts of Parquet and Arrow files: tidy bars, freqtrade's bars, trades, best bid and ask.

use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::{FileLayout, RowKind};
use crate::ingest::place::Place;

/// A layout of columns.
pub(super) struct ColumnarLayout {
    pub(super) name: FileLayout,
    pub(super) rows: RowKind,
    /// Column of the times.
    pub(super) time: &'static str,
    /// Columns of numbers.
    pub(super) numbers: &'static [&'static str],
    /// Columns that a file of this layout must have.
    pub(super) required: &'static [&'static str],
}

const LAYOUTS: &[ColumnarLayout] = &[
    ColumnarLayout {
        name: FileLayout::Tidy,
        rows: RowKind::Bar,
        time: "timestamp",
        numbers: &["open", "high", "low", "close", "volume", "adj_close"],
        required: &["timestamp", "close"],
    },
    ColumnarLayout {
        name: FileLayout::FreqtradeBars,
        rows: RowKind::Bar,
        time: "date",
        numbers: &["open", "high", "low", "close", "volume"],
        required: &["date", "open", "high", "low", "close", "volume"],
    },
    ColumnarLayout {
        name: FileLayout::ParquetQuotes,
        rows: RowKind::Quote,
        time: "timestamp",
        numbers: &["bid_px", "ask_px"],
        required: &["timestamp", "bid_px", "ask_px"],
    },
    ColumnarLayout {
        name: FileLayout::ParquetTrades,
        rows: RowKind::Trade,
        time: "timestamp",
        numbers: &["price", "amount"],
        required: &["timestamp", "price", "amount"],
    },
];

/// The name that all layouts share for a column of numbers.
pub(super) fn shared_name(column: &'static str) -> &'static str {
    match column {
        "bid_px" => "bid",
        "ask_px" => "ask",
        "amount" => "size",
        same => same,
    }
}

impl ColumnarLayout {
    /// Required columns that the file lacks.
    fn lacking(&self, names: &[String]) -> Vec<&'static str> {
        let has = |column: &str| names.iter().any(|name| name == column);
        let required = self.required.iter().copied();
        required.filter(|column| !has(column)).collect()
    }
}

/// The layout of a file with these columns; only `wanted`, where it is given.
pub(super) fn recognize(
    place: &Place,
    names: &[String],
    format: &str,
    wanted: Option<FileLayout>,
) -> Result<&'static ColumnarLayout, IngestError> {
    let candidates: Vec<&ColumnarLayout> = LAYOUTS
        .iter()
        .filter(|layout| wanted.is_none_or(|wanted| wanted == layout.name))
        .collect();
    let mut found = candidates
        .iter()
        .filter(|layout| layout.lacking(names).is_empty());
    match (found.next(), found.next()) {
        (Some(layout), None) => return Ok(layout),
        (Some(first), Some(second)) => {
            return Err(place.error(IngestFault::Ambiguous {
                first: first.name,
                second: second.name,
            }));
        }
        (None, _) => {}
    }
    // The first of those that lack the fewest columns.
    let nearest = candidates
        .iter()
        .min_by_key(|layout| layout.lacking(names).len());
    let why = nearest.map_or_else(
        || format!("it is {format}, which that layout is not"),
        |layout| {
            format!(
                "it lacks the columns {}: found {}",
                layout.lacking(names).join(", "),
                names.join(", ")
            )
        },
    );
    Err(place.error(match wanted {
        Some(layout) => IngestFault::OtherLayout { layout, why },
        None => IngestFault::UnknownLayout {
            nearest: nearest.map_or(FileLayout::Tidy, |layout| layout.name),
            why,
        },
    }))
}
