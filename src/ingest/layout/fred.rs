//! FRED: a date and one series. A day without an observation says `.` or nothing.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Order, Role, SERIES, Shape};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::Fred,
    columns: &[
        Column::required(Role::Time, &["observation_date", "DATE"]),
        Column::required(Role::Close, &[SERIES]),
    ],
    time: TimeForm::MonthFirst,
    order: Order::Either,
    missing: &[".", ""],
    ..Shape::BARS
}];
