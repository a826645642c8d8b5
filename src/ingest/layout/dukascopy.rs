//! Dukascopy: `Gmt time` or `Local time`, the day first; elsewhere also `Time`, whose zone must be
//! given.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: &[
            Column::required(Role::Time, &["Gmt time"]),
            Column::required(Role::Open, &["Open"]),
            Column::required(Role::High, &["High"]),
            Column::required(Role::Low, &["Low"]),
            Column::required(Role::Close, &["Close"]),
            Column::required(Role::Volume, &["Volume"]),
        ],
        ..FILE
    },
    Shape {
        columns: &[
            Column::required(Role::Time, &["Local time", "Time"]),
            Column::required(Role::Open, &["Open"]),
            Column::required(Role::High, &["High"]),
            Column::required(Role::Low, &["Low"]),
            Column::required(Role::Close, &["Close"]),
            Column::required(Role::Volume, &["Volume"]),
        ],
        zone: Zone::Open,
        ..FILE
    },
];

const FILE: Shape = Shape {
    layout: Layout::Dukascopy,
    time: TimeForm::DayFirst,
    ..Shape::BARS
};
