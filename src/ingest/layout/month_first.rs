//! Bars of no one in particular whose dates have slashes and the month first (`11/5/2019 9:30`), as
//! spreadsheets write them in the US; columns in any order. Where no day is after the 12th, the
//! file does not show that the month comes first, which is noted.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Label, Order, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::MonthFirst,
    columns: &[
        Column::required(Role::Time, &["Date", "Datetime", "Date Time"]),
        Column::optional(Role::DayTime, &["Time"]),
        Column::required(Role::Open, &["Open"]),
        Column::required(Role::High, &["High"]),
        Column::required(Role::Low, &["Low"]),
        Column::required(Role::Close, &["Close"]),
        Column::optional(Role::AdjClose, &["Adj Close", "adj_close"]),
        Column::optional(Role::Volume, &["Volume"]),
    ],
    time: TimeForm::Slashed,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
