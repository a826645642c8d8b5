//! Dukascopy: `Gmt time` or `Local time`, the day first; also `Time`, whose zone must be given.

use super::clock::TimeForm;
use super::shape::{Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "Gmt time"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume";
        ],
        ..FILE
    },
    Shape {
        columns: columns![
            Time! "Local time", "Time"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume";
        ],
        zone: Zone::Open,
        ..FILE
    },
];

const FILE: Shape = Shape {
    layout: FileLayout::Dukascopy,
    time: TimeForm::DayFirst,
    ..Shape::BARS
};
