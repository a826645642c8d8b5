//! `to_csv` of a pandas frame whose index of times has no name: the first cell of the header is
//! empty.

use super::shape::{Label, Order, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::PandasIndex,
    columns: columns![
        Time! "the index", ""; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
        AdjClose? "Adj Close", "adj_close"; Volume? "Volume";
    ],
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    missing: &["", "nan", "NaN"],
    ..Shape::BARS
}];
