//! CryptoDataDownload: perhaps a line of comment, newest row first, two volumes of which the first
//! is that of the base asset.
//!
//! Until about 2020 `date,symbol,…` with a clock of twelve hours; since then `unix,date,symbol,…`
//! with seconds or milliseconds.

use super::Layout;
use super::clock::{EpochUnit, TimeForm};
use super::shape::{Column, Head, Order, Role, Shape};

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: &[
            Column::required(Role::Time, &["date"]),
            Column::required(Role::Instrument, &["symbol"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume*"]),
            Column::required(Role::Unused, &["volume*", "volume"]),
        ],
        time: TimeForm::TwelveHour,
        ..FILE
    },
    Shape {
        columns: &[
            Column::required(Role::Time, &["unix", "unix timestamp"]),
            Column::required(Role::Unused, &["date"]),
            Column::required(Role::Instrument, &["symbol"]),
            Column::required(Role::Open, &["open"]),
            Column::required(Role::High, &["high"]),
            Column::required(Role::Low, &["low"]),
            Column::required(Role::Close, &["close"]),
            Column::required(Role::Volume, &["volume*"]),
            Column::optional(Role::Unused, &["volume*", "volume"]),
            Column::optional(Role::Unused, &["tradecount"]),
        ],
        time: TimeForm::Epoch(&[EpochUnit::Seconds, EpochUnit::Milliseconds]),
        ..FILE
    },
];

const FILE: Shape = Shape {
    layout: Layout::CryptoDataDownload,
    head: Head::CommentAndNames,
    order: Order::Either,
    ..Shape::BARS
};
