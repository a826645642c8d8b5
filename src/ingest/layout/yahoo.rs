//! Yahoo Finance downloads: `Date,Open,High,Low,Close,Adj Close,Volume`; before 2017 `Adj Close`
//! came last and the newest row first.
//!
//! Prices are adjusted to `Adj Close`. Days without a price have cells `null`. The same layout
//! covers histories of yfinance, which are adjusted already and have `Dividends` and `Stock
//! Splits`.

use super::shape::{Order, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "Date", "Datetime"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            AdjClose! "Adj Close"; Volume! "Volume";
        ],
        ..YAHOO
    },
    Shape {
        columns: columns![
            Time! "Date", "Datetime"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume"; Unused! "Dividends"; Unused! "Stock Splits";
            Unused? "Capital Gains";
        ],
        ..YAHOO
    },
];

const YAHOO: Shape = Shape {
    layout: FileLayout::Yahoo,
    zone: Zone::Open,
    order: Order::Either,
    missing: &["null", ""],
    ..Shape::BARS
};
