//! CryptoDataDownload: newest row first, perhaps below a line of comment. The first of two volumes
//! is that of the base asset.
//!
//! Until about 2020 `date,symbol,…` with a clock of twelve hours; since then `unix,date,symbol,…`
//! with seconds or milliseconds.

use super::clock::{EpochUnit, TimeForm};
use super::shape::{Head, Order, Shape, columns};
use crate::ingest::file_layout::FileLayout;

pub(super) const SHAPES: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "date"; Instrument! "symbol"; Open! "open"; High! "high"; Low! "low";
            Close! "close"; Volume! "volume*"; Unused! "volume*", "volume";
        ],
        time: TimeForm::TwelveHour,
        ..FILE
    },
    Shape {
        columns: columns![
            Time! "unix", "unix timestamp"; Unused! "date"; Instrument! "symbol"; Open! "open";
            High! "high"; Low! "low"; Close! "close"; Volume! "volume*";
            Unused? "volume*", "volume"; Unused? "tradecount";
        ],
        time: TimeForm::Epoch(&[EpochUnit::Seconds, EpochUnit::Milliseconds]),
        ..FILE
    },
];

const FILE: Shape = Shape {
    layout: FileLayout::CryptoDataDownload,
    head: Head::CommentAndNames,
    order: Order::Either,
    ..Shape::BARS
};
