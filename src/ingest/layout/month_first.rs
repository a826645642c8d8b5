//! Bars of no one in particular whose dates have slashes and the month first (`11/5/2019 9:30`), as
//! spreadsheets write them in the US; columns in any order. Where no day is after the 12th, the
//! file does not show that the month comes first, which is noted.

use super::clock::TimeForm;
use super::shape::{Label, Order, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::MonthFirst,
    columns: columns![
        Time! "Date", "Datetime", "Date Time"; DayTime? "Time"; Open! "Open"; High! "High";
        Low! "Low"; Close! "Close"; AdjClose? "Adj Close", "adj_close"; Volume? "Volume";
    ],
    time: TimeForm::Slashed,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
