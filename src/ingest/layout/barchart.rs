//! Barchart: the close is `Last`, the newest row comes first, and the last line names the source.
//! Times of the day are those of the exchange, so that their zone must be given.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Label, Order, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::Barchart,
    columns: &[
        Column::required(Role::Time, &["Time", "Date Time", "Date"]),
        Column::required(Role::Open, &["Open"]),
        Column::required(Role::High, &["High"]),
        Column::required(Role::Low, &["Low"]),
        Column::required(Role::Close, &["Last", "Latest"]),
        Column::required(Role::Unused, &["Change"]),
        Column::required(Role::Volume, &["Volume"]),
        Column::unused(&["%Chg", "%Change", "Open Int", "Open Interest", "Symbol"]),
    ],
    time: TimeForm::MonthFirst,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    remarks: &["Downloaded from Barchart"],
    ..Shape::BARS
}];
