//! The layouts of Parquet and Arrow files: tidy bars, freqtrade's bars, trades, best bid and ask.

use crate::ingest::file_layout::FileLayout;
use crate::ingest::layout::RowKind;
use crate::ingest::place::Place;
use crate::ingest::{IngestError, IngestFault};

/// A layout of columns.
pub(super) struct ColumnarLayout {
    pub(super) name: FileLayout,
    pub(super) rows: RowKind,
    /// Column of the times.
    pub(super) time: &'static str,
    /// Columns of numbers: their names in the file and those that all layouts share.
    pub(super) numbers: &'static [(&'static str, &'static str)],
    /// How many of the numbers, from the first on, make the layout.
    n_required: usize,
}

const LAYOUTS: &[ColumnarLayout] = &[
    ColumnarLayout {
        name: FileLayout::Tidy,
        rows: RowKind::Bar,
        time: "timestamp",
        numbers: &[
            ("close", "close"),
            ("open", "open"),
            ("high", "high"),
            ("low", "low"),
            ("volume", "volume"),
            ("adj_close", "adj_close"),
        ],
        n_required: 1,
    },
    ColumnarLayout {
        name: FileLayout::FreqtradeBars,
        rows: RowKind::Bar,
        time: "date",
        numbers: &[
            ("open", "open"),
            ("high", "high"),
            ("low", "low"),
            ("close", "close"),
            ("volume", "volume"),
        ],
        n_required: 5,
    },
    ColumnarLayout {
        name: FileLayout::ParquetQuotes,
        rows: RowKind::Quote,
        time: "timestamp",
        numbers: &[("bid_px", "bid"), ("ask_px", "ask")],
        n_required: 2,
    },
    ColumnarLayout {
        name: FileLayout::ParquetTrades,
        rows: RowKind::Trade,
        time: "timestamp",
        numbers: &[("price", "price"), ("amount", "size")],
        n_required: 2,
    },
];

impl ColumnarLayout {
    /// Columns that a file of this layout must have.
    pub(super) fn required(&self) -> impl Iterator<Item = &'static str> {
        let numbers = self.numbers[..self.n_required].iter();
        std::iter::once(self.time).chain(numbers.map(|(column, _)| *column))
    }

    /// Required columns that the file lacks.
    fn lacking(&self, names: &[String]) -> Vec<&'static str> {
        self.required()
            .filter(|column| !names.iter().any(|name| name == column))
            .collect()
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
