//! Bars from no particular program whose dates have slashes and the month first (`11/5/2019 9:30`),
//! as US spreadsheets write them; columns in any order. A note says where no day after the 12th
//! shows that the month comes first.

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
