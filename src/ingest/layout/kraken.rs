//! Kraken's downloadable OHLCVT and trades: no header, seconds since 1970. An interval without a
//! trade has no row.

use super::Layout;
use super::clock::{EpochUnit, TimeForm};
use super::shape::{Column, Head, Role, RowKind, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: Layout::KrakenBars,
        columns: &[
            Column::required(Role::Time, &["time"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume"]),
            Column::required(Role::Unused, &["trades"]),
        ],
        ..KRAKEN
    },
    Shape {
        layout: Layout::KrakenTrades,
        columns: &[
            Column::required(Role::Time, &["time"]),
            Column::required(Role::Price, &["price"]),
            Column::required(Role::Size, &["volume"]),
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
