//! HistData's ASCII files: one-minute bars between semicolons, and ticks of bid and ask. Times are
//! UTC−5 all year, without daylight saving; volumes are zero.

use super::clock::TimeForm;
use super::shape::{Head, Shape, Zone, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: FileLayout::HistDataBars,
        separator: b';',
        columns: columns![
            Time! "time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume";
        ],
        ..HIST_DATA
    },
    Shape {
        layout: FileLayout::HistDataTicks,
        columns: columns![
            Time! "time"; Bid! "bid"; Ask! "ask"; Unused! "volume";
        ],
        rows: RowKind::Quote,
        ..HIST_DATA
    },
];

const HIST_DATA: Shape = Shape {
    head: Head::Bare,
    time: TimeForm::Glued,
    zone: Zone::Fixed(-300),
    ..Shape::BARS
};
