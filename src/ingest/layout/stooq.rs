//! Stooq, from the web (English or Polish header, adjusted, no volume for indices and currencies)
//! and in bulk (names in angle brackets). The files do not state the zone of times of the day.

use super::clock::TimeForm;
use super::shape::{Label, Order, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        layout: FileLayout::StooqWeb,
        columns: columns![
            Time! "Date", "Data"; DayTime? "Time", "Czas"; Open! "Open", "Otwarcie";
            High! "High", "Najwyzszy"; Low! "Low", "Najnizszy"; Close! "Close", "Zamkniecie";
            Volume? "Volume", "Wolumen"; Unused? "OpenInt", "LOP";
        ],
        order: Order::Either,
        ..STOOQ
    },
    Shape {
        layout: FileLayout::StooqBulk,
        columns: columns![
            Instrument! "<TICKER>"; Period! "<PER>"; Time! "<DATE>"; DayTime! "<TIME>";
            Open! "<OPEN>"; High! "<HIGH>"; Low! "<LOW>"; Close! "<CLOSE>"; Volume! "<VOL>";
            Unused? "<OPENINT>";
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
