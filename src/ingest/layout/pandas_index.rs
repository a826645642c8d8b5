//! What pandas writes with `to_csv` of a frame whose index of times has no name: the first cell of
//! the header is empty.

use super::Layout;
use super::shape::{Column, Label, Order, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::PandasIndex,
    columns: &[
        Column::required(Role::Time, &["the index", ""]),
        Column::required(Role::Open, &["Open"]),
        Column::required(Role::High, &["High"]),
        Column::required(Role::Low, &["Low"]),
        Column::required(Role::Close, &["Close"]),
        Column::optional(Role::AdjClose, &["Adj Close", "adj_close"]),
        Column::optional(Role::Volume, &["Volume"]),
    ],
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &["", "nan", "NaN"],
    ..Shape::BARS
}];
