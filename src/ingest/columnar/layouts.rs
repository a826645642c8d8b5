//! The layouts of Parquet and Arrow files: tidy bars, freqtrade's bars, trades, best bid and ask.

use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::{FileLayout, RowKind};
use crate::ingest::layout::{Mismatch, the_one};

pub(super) struct ColumnarLayout {
    pub(super) name: FileLayout,
    pub(super) rows: RowKind,
    pub(super) time: &'static str,
    pub(super) numbers: &'static [&'static str],
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

/// Name that all layouts share for a numeric column.
pub(super) fn shared_name(column: &'static str) -> &'static str {
    match column {
        "bid_px" => "bid",
        "ask_px" => "ask",
        "amount" => "size",
        same => same,
    }
}

/// Recognizes the layout by the column names; tries only `wanted` if it is given.
pub(super) fn recognize(
    names: &[String],
    format: &str,
    wanted: Option<FileLayout>,
) -> Result<&'static ColumnarLayout, IngestFault> {
    let attempts = LAYOUTS.iter().map(|layout| {
        let is_absent = |column: &&str| !names.iter().any(|name| name == column);
        let lacking: Vec<&str> = layout.required.iter().copied().filter(is_absent).collect();
        if lacking.is_empty() {
            return (layout.name, Ok(layout));
        }
        let why = format!(
            "it lacks the columns {}: found {}",
            lacking.join(", "),
            names.join(", ")
        );
        let nearness = 1000 - u32::try_from(lacking.len()).unwrap_or(1000);
        (layout.name, Err(Mismatch::new(nearness, why)))
    });
    the_one(attempts, wanted, format).map_err(|(fault, _)| fault)
}
