//! Stooq, from the web (English or Polish header, no volume for indices and currencies, adjusted)
//! and in bulk (angle brackets).
//!
//! Times of the day are of a zone that the file does not tell.

use super::Layout;
use super::clock::TimeForm;
use super::shape::{Column, Label, Order, Role, Shape, Zone};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: Layout::StooqWeb,
        columns: &[
            Column::required(Role::Time, &["Date", "Data"]),
            Column::optional(Role::DayTime, &["Time", "Czas"]),
            Column::required(Role::Open, &["Open", "Otwarcie"]),
            Column::required(Role::High, &["High", "Najwyzszy"]),
            Column::required(Role::Low, &["Low", "Najnizszy"]),
            Column::required(Role::Close, &["Close", "Zamkniecie"]),
            Column::optional(Role::Volume, &["Volume", "Wolumen"]),
            Column::optional(Role::Unused, &["OpenInt", "LOP"]),
        ],
        order: Order::Either,
        ..STOOQ
    },
    Shape {
        layout: Layout::StooqBulk,
        columns: &[
            Column::required(Role::Instrument, &["<TICKER>"]),
            Column::required(Role::Period, &["<PER>"]),
            Column::required(Role::Time, &["<DATE>"]),
            Column::required(Role::DayTime, &["<TIME>"]),
            Column::required(Role::Open, &["<OPEN>"]),
            Column::required(Role::High, &["<HIGH>"]),
            Column::required(Role::Low, &["<LOW>"]),
            Column::required(Role::Close, &["<CLOSE>"]),
            Column::required(Role::Volume, &["<VOL>"]),
            Column::optional(Role::Unused, &["<OPENINT>"]),
        ],
        time: TimeForm::Compact,
        ..STOOQ
    },
];

const STOOQ: Shape = Shape {
    zone: Zone::Open,
    label: Label::Given,
    ..Shape::BARS
};
