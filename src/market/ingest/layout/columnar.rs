//! The layouts of Parquet files: tidy bars, trades, best bid and ask.

use super::Layout;
use super::shape::RowKind;
use crate::market::ingest::IngestError;
use crate::market::ingest::parquet::Parquet;
use crate::market::ingest::place::Place;

/// A layout, and the columns that make it.
const KNOWN: [(Layout, &[&str]); 3] = [
    (Layout::Tidy, &["timestamp", "close"]),
    (Layout::ParquetQuotes, &["timestamp", "bid_px", "ask_px"]),
    (Layout::ParquetTrades, &["timestamp", "price", "amount"]),
];

/// The layout of a Parquet file, and why; `wanted` and no other, where one is.
pub(in crate::market::ingest) fn recognize(
    parquet: &Parquet,
    wanted: Option<Layout>,
) -> Result<(Layout, String), IngestError> {
    let has = |column: &&&str| parquet.names().any(|name| name == **column);
    let candidates = KNOWN
        .iter()
        .filter(|(layout, _)| wanted.is_none_or(|wanted| wanted == *layout));
    let mut found = candidates
        .clone()
        .filter(|(_, columns)| columns.iter().all(|c| has(&c)));
    match (found.next(), found.next()) {
        (Some((layout, columns)), None) => Ok((
            *layout,
            format!("Parquet with columns {}", columns.join(", ")),
        )),
        (Some((first, _)), Some((second, _))) => Err(IngestError::Ambiguous {
            path: parquet.place().path(),
            first: *first,
            second: *second,
        }),
        (None, _) => Err(refused(parquet.place(), parquet, wanted, candidates)),
    }
}

fn refused<'a>(
    place: &Place,
    parquet: &Parquet,
    wanted: Option<Layout>,
    candidates: impl Iterator<Item = &'a (Layout, &'static [&'static str])>,
) -> IngestError {
    let path = place.path();
    let names: Vec<&str> = parquet.names().collect();
    let lacks = |columns: &[&'static str]| -> Vec<&'static str> {
        columns
            .iter()
            .filter(|column| !names.contains(column))
            .copied()
            .collect()
    };
    // The first of those that lack the fewest.
    let nearest = candidates.min_by_key(|(_, columns)| lacks(columns).len());
    let why = |columns: &[&'static str]| {
        format!(
            "it lacks the columns {}: found {}",
            lacks(columns).join(", "),
            names.join(", ")
        )
    };
    match (wanted, nearest) {
        (Some(layout), Some((_, columns))) => IngestError::OtherLayout {
            path,
            layout,
            why: why(columns),
        },
        (Some(layout), None) => IngestError::OtherLayout {
            path,
            layout,
            why: "it is a Parquet file, which that layout is not".to_owned(),
        },
        (None, nearest) => {
            let (layout, columns) = nearest.unwrap_or(&KNOWN[0]);
            IngestError::UnknownLayout {
                path,
                nearest: *layout,
                why: why(columns),
            }
        }
    }
}

/// The columns of numbers, of layouts that have the same ones always.
pub(in crate::market::ingest) const fn numbers(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::ParquetQuotes => &["bid_px", "ask_px"],
        Layout::ParquetTrades => &["price", "amount"],
        _ => &[],
    }
}

/// What a row is.
pub(in crate::market::ingest) const fn kind(layout: Layout) -> RowKind {
    match layout {
        Layout::ParquetQuotes => RowKind::Quote,
        Layout::ParquetTrades => RowKind::Trade,
        _ => RowKind::Bar,
    }
}
