//! MetaTrader 5 exports: tabs, names in angle brackets, two volumes. `<VOL>` is zero with most
//! brokers, so the volume is `<TICKVOL>`, the number of price changes. Times are those of the
//! broker's clock.

use super::clock::TimeForm;
use super::shape::{Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: FileLayout::MetaTrader5,
    separator: b'\t',
    columns: columns![
        Time! "<DATE>"; DayTime? "<TIME>"; Open! "<OPEN>"; High! "<HIGH>"; Low! "<LOW>";
        Close! "<CLOSE>"; Volume! "<TICKVOL>"; Unused? "<VOL>"; Unused? "<SPREAD>";
    ],
    time: TimeForm::Dotted,
    zone: Zone::Open,
    ..Shape::BARS
}];
