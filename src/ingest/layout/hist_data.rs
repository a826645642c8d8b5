//! HistData's ASCII files: one-minute bars between semicolons, and ticks of bid and ask. Times are
//! UTC−5 all year, without daylight saving. Volumes are zero.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Head, Role, RowKind, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: Layout::HistDataBars,
        separator: ';',
        columns: &[
            Column::required(Role::Time, &["time"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume"]),
        ],
        ..HIST_DATA
    },
    Shape {
        layout: Layout::HistDataTicks,
        columns: &[
            Column::required(Role::Time, &["time"]),
            Column::required(Role::Bid, &["bid"]),
            Column::required(Role::Ask, &["ask"]),
            Column::required(Role::Unused, &["volume"]),
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
