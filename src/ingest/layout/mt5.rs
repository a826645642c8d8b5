//! MetaTrader 5 exports: tabs, names in angle brackets, two volumes. `<VOL>` is zero with most
//! brokers, so that the volume is `<TICKVOL>`, the number of price changes. Times are those of the
//! broker's clock.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::MetaTrader5,
    separator: '\t',
    columns: &[
        Column::required(Role::Time, &["<DATE>"]),
        Column::optional(Role::DayTime, &["<TIME>"]),
        Column::required(Role::Open, &["<OPEN>"]),
        Column::required(Role::High, &["<HIGH>"]),
        Column::required(Role::Low, &["<LOW>"]),
        Column::required(Role::Close, &["<CLOSE>"]),
        Column::required(Role::Volume, &["<TICKVOL>"]),
        Column::optional(Role::Unused, &["<VOL>"]),
        Column::optional(Role::Unused, &["<SPREAD>"]),
    ],
    time: TimeForm::Dotted,
    zone: Zone::Open,
    ..Shape::BARS
}];
