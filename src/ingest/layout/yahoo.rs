//! Yahoo Finance downloads: `Date,Open,High,Low,Close,Adj Close,Volume`; before 2017 `Adj Close`
//! came last and rows newest first.
//!
//! Prices are adjusted to `Adj Close`. Days without a price say `null`. Also the history of
//! yfinance, which is adjusted already and has `Dividends` and `Stock Splits`.

use super::Layout;
use super::shape::{Column, Order, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: &[
            TIME,
            Column::required(Role::Open, &["Open"]),
            Column::required(Role::High, &["High"]),
            Column::required(Role::Low, &["Low"]),
            Column::required(Role::Close, &["Close"]),
            Column::required(Role::AdjClose, &["Adj Close"]),
            Column::required(Role::Volume, &["Volume"]),
        ],
        ..YAHOO
    },
    Shape {
        columns: &[
            TIME,
            Column::required(Role::Open, &["Open"]),
            Column::required(Role::High, &["High"]),
            Column::required(Role::Low, &["Low"]),
            Column::required(Role::Close, &["Close"]),
            Column::required(Role::Volume, &["Volume"]),
            Column::required(Role::Unused, &["Dividends"]),
            Column::required(Role::Unused, &["Stock Splits"]),
            Column::optional(Role::Unused, &["Capital Gains"]),
        ],
        ..YAHOO
    },
];

const TIME: Column = Column::required(Role::Time, &["Date", "Datetime"]);

const YAHOO: Shape = Shape {
    layout: Layout::Yahoo,
    zone: Zone::Open,
    order: Order::Either,
    missing: &["null", ""],
    ..Shape::BARS
};
