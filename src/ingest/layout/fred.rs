//! FRED: a date and one series. A day without an observation has a cell `.` or an empty one.

use super::clock::TimeForm;
use super::shape::{Order, SERIES, Shape, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::Fred,
    columns: columns![
        Time! "observation_date", "DATE"; Close! SERIES;
    ],
    time: TimeForm::MonthFirst,
    order: Order::Either,
    missing: &[".", ""],
    ..Shape::BARS
}];
