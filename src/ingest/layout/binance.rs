//! Binance klines, spot and futures: twelve columns, in newer files of futures with a header.
//!
//! Times are milliseconds, in spot files from 2025 microseconds; joined files have both, and each
//! row is taken by its own. Volume is that of the base asset (of coin-margined futures: contracts).

use super::clock::{EpochUnit, TimeForm};
use super::shape::{Head, Shape, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        head: Head::Bare,
        ..KLINES
    },
    KLINES,
];

const KLINES: Shape = Shape {
    layout: FileLayout::BinanceKlines,
    columns: columns![
        Time! "open_time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
        Volume! "volume"; Unused! "close_time"; Unused! "quote_volume", "quote_asset_volume";
        Unused! "count", "trades", "number_of_trades"; Unused! "taker_buy_*";
        Unused! "taker_buy_quote*", "taker_buy_*"; Unused! "ignore";
    ],
    time: TimeForm::Epoch(&[EpochUnit::Milliseconds, EpochUnit::Microseconds]),
    ..Shape::BARS
};
