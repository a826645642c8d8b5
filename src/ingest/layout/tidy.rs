//! The tidy layout, this crate's own: `timestamp` in UTC (ISO 8601) and `close`, optionally `open`,
//! `high`, `low` (all three or none), `volume` and `adj_close`, in any order; other columns are
//! ignored.

use super::shape::{Label, Others, Shape, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::Tidy,
    columns: columns![
        Time! "timestamp"; Open? "open"; High? "high"; Low? "low"; Close! "close";
        Volume? "volume"; AdjClose? "adj_close";
    ],
    others: Others::Ignored,
    label: Label::Given,
    ..Shape::BARS
}];
