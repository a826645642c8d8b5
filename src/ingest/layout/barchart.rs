//! Barchart: the close is `Last`, the newest row comes first, and the last line names the source.
//! Times of the day are those of the exchange, whose zone must be given.

use super::clock::TimeForm;
use super::shape::{Label, Order, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::Barchart,
    columns: columns![
        Time! "Time", "Date Time", "Date"; Open! "Open"; High! "High"; Low! "Low";
        Close! "Last", "Latest"; Unused! "Change"; Volume! "Volume";
        Unused* "%Chg", "%Change", "Open Int", "Open Interest", "Symbol";
    ],
    time: TimeForm::MonthFirst,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    remarks: &["Downloaded from Barchart"],
    ..Shape::BARS
}];
