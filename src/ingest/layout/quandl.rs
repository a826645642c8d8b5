//! Quandl's table of US stocks (WIKI), long: a row per ticker and day, adjusted to `Adj Close` or
//! `adj_close`.

use super::Layout;
use super::shape::{Column, Order, Role, Shape};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::Quandl,
    columns: &[
        Column::required(Role::Instrument, &["Ticker"]),
        Column::required(Role::Time, &["Date"]),
        Column::required(Role::Open, &["Open"]),
        Column::required(Role::High, &["High"]),
        Column::required(Role::Low, &["Low"]),
        Column::required(Role::Close, &["Close"]),
        Column::required(Role::Volume, &["Volume"]),
        Column::required(Role::AdjClose, &["Adj Close", "adj_close"]),
        Column::unused(&[
            "ex-dividend",
            "split_ratio",
            "adj_open",
            "adj_high",
            "adj_low",
            "adj_volume",
        ]),
    ],
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
