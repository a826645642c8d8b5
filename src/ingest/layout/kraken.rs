//! Kraken's downloadable OHLCVT and trades: no header, seconds since 1970. An interval without a
//! trade has no row.

use super::clock::{EpochUnit, TimeForm};
use super::shape::{Head, Shape, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: FileLayout::KrakenBars,
        columns: columns![
            Time! "time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume"; Unused! "trades";
        ],
        ..KRAKEN
    },
    Shape {
        layout: FileLayout::KrakenTrades,
        columns: columns![
            Time! "time"; Price! "price"; Size! "volume";
        ],
        rows: RowKind::Trade,
        ..KRAKEN
    },
];

const KRAKEN: Shape = Shape {
    head: Head::Bare,
    time: TimeForm::Epoch(&[EpochUnit::Seconds]),
    ..Shape::BARS
};
