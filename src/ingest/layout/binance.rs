//! Binance klines, spot and futures: twelve columns, with a header in newer files of futures.
//!
//! Times are in milliseconds, in spot files from 2025 in microseconds; joined files mix both, and
//! each row is read in its own unit. The volume is that of the base asset (coin-margined futures:
//! contracts).

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
