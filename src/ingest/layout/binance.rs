//! Binance klines, spot and futures: twelve columns, in newer files of futures with a header.
//!
//! Times are milliseconds, in spot files from 2025 microseconds; joined files have both, and each
//! row is taken by its own. Volume is that of the base asset (of coin-margined futures: contracts).

use super::Layout;
use super::clock::{EpochUnit, TimeForm};
use super::shape::{Column, Head, Role, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        head: Head::Bare,
        ..KLINES
    },
    KLINES,
];

const KLINES: Shape = Shape {
    layout: Layout::BinanceKlines,
    columns: &[
        Column::required(Role::Time, &["open_time"]),
        Column::required(Role::Open, &["open"]),
        Column::required(Role::High, &["high"]),
        Column::required(Role::Low, &["low"]),
        Column::required(Role::Close, &["close"]),
        Column::required(Role::Volume, &["volume"]),
        Column::required(Role::Unused, &["close_time"]),
        Column::required(Role::Unused, &["quote_volume", "quote_asset_volume"]),
        Column::required(Role::Unused, &["count", "trades", "number_of_trades"]),
        Column::required(Role::Unused, &["taker_buy_*"]),
        Column::required(Role::Unused, &["taker_buy_quote*", "taker_buy_*"]),
        Column::required(Role::Unused, &["ignore"]),
    ],
    time: TimeForm::Epoch(&[EpochUnit::Milliseconds, EpochUnit::Microseconds]),
    ..Shape::BARS
};
