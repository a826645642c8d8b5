//! Quandl's table of US stocks (WIKI): one row per ticker and day, adjusted to `Adj Close` or
//! `adj_close`.

use super::shape::{Order, Shape, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::Quandl,
    columns: columns![
        Instrument! "Ticker"; Time! "Date"; Open! "Open"; High! "High"; Low! "Low";
        Close! "Close"; Volume! "Volume"; AdjClose! "Adj Close", "adj_close";
        Unused* "ex-dividend", "split_ratio", "adj_open", "adj_high", "adj_low", "adj_volume";
    ],
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
