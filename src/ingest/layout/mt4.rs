//! MetaTrader 4 exports, and HistData's in that form: no header,
//! `2012.02.01,00:00,open,high,low,close,volume`.
//!
//! Times are those of the broker's clock (HistData: UTC−5 all year), whose offset must be given.

use super::clock::TimeForm;
use super::shape::{Head, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::MetaTrader4,
    head: Head::Bare,
    columns: columns![
        Time! "date"; DayTime! "time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
        Volume! "volume";
    ],
    time: TimeForm::Dotted,
    zone: Zone::Open,
    ..Shape::BARS
}];
