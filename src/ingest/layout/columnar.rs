//! The layouts of Parquet and Arrow files: tidy bars, freqtrade's bars, trades, best bid and ask.

use super::Layout;
use super::shape::RowKind;
use crate::ingest::IngestError;
use crate::ingest::columnar::Columnar;
use crate::ingest::columns::TIMESTAMP;
use crate::ingest::place::Place;

/// A layout, and the columns that make it.
const KNOWN: [(Layout, &[&str]); 4] = [
    (Layout::Tidy, &["timestamp", "close"]),
    (
        Layout::FreqtradeBars,
        &["date", "open", "high", "low", "close", "volume"],
    ),
    (Layout::ParquetQuotes, &["timestamp", "bid_px", "ask_px"]),
    (Layout::ParquetTrades, &["timestamp", "price", "amount"]),
];

/// The layout of such a file, and why; `wanted` and no other, where one is.
pub(in crate::ingest) fn recognize(
    file: &Columnar,
    wanted: Option<Layout>,
) -> Result<(Layout, String), IngestError> {
    let has = |column: &&&str| file.names().any(|name| name == **column);
    let candidates = KNOWN
        .iter()
        .filter(|(layout, _)| wanted.is_none_or(|wanted| wanted == *layout));
    let mut found = candidates
        .clone()
        .filter(|(_, columns)| columns.iter().all(|c| has(&c)));
    match (found.next(), found.next()) {
        (Some((layout, columns)), None) => Ok((
            *layout,
            format!("{} with columns {}", file.format(), columns.join(", ")),
        )),
        (Some((first, _)), Some((second, _))) => Err(IngestError::Ambiguous {
            path: file.place().path(),
            first: *first,
            second: *second,
        }),
        (None, _) => Err(refused(file.place(), file, wanted, candidates)),
    }
}

fn refused<'a>(
    place: &Place,
    file: &Columnar,
    wanted: Option<Layout>,
    candidates: impl Iterator<Item = &'a (Layout, &'static [&'static str])>,
) -> IngestError {
    let path = place.path();
    let names: Vec<&str> = file.names().collect();
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
            why: format!("it is {}, which that layout is not", file.format()),
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
pub(in crate::ingest) const fn numbers(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::ParquetQuotes => &["bid_px", "ask_px"],
        Layout::ParquetTrades => &["price", "amount"],
        _ => &[],
    }
}

/// The column of times.
pub(in crate::ingest) const fn time(layout: Layout) -> &'static str {
    match layout {
        Layout::FreqtradeBars => "date",
        _ => TIMESTAMP,
    }
}

/// What a row is.
pub(in crate::ingest) const fn kind(layout: Layout) -> RowKind {
    match layout {
        Layout::ParquetQuotes => RowKind::Quote,
        Layout::ParquetTrades => RowKind::Trade,
        _ => RowKind::Bar,
    }
}
