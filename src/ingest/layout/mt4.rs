//! MetaTrader 4 exports, and HistData's in that form: no header,
//! `2012.02.01,00:00,open,high,low,close,volume`.
//!
//! Times are those of the broker's clock (HistData: UTC−5 all year), so that the offset must be
//! given.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Head, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[Shape {
    layout: Layout::MetaTrader4,
    head: Head::Bare,
    columns: &[
        Column::required(Role::Time, &["date"]),
        Column::required(Role::DayTime, &["time"]),
        Column::required(Role::Open, &["open"]),
        Column::required(Role::High, &["high"]),
        Column::required(Role::Low, &["low"]),
        Column::required(Role::Close, &["close"]),
        Column::required(Role::Volume, &["volume"]),
    ],
    time: TimeForm::Dotted,
    zone: Zone::Open,
    ..Shape::BARS
}];
