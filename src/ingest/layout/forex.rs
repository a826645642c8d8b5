//! Layouts of currency platforms and archives: MetaTrader 4 and 5, HistData, Dukascopy.

use super::clock::TimeForm;
use super::shape::{Head, Shape, Zone, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

/// MetaTrader 4 exports, and HistData's files in that format: no header,
/// `2012.02.01,00:00,open,high,low,close,volume`.
///
/// Times are in the broker's clock (HistData: UTC−5 all year), whose offset must be given.
pub(super) const MT4: &[Shape] = &[Shape {
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

/// MetaTrader 5 exports: tab-separated, names in angle brackets, times in the broker's clock. Most
/// brokers leave the volume `<VOL>` at zero, so `<TICKVOL>`, the number of price changes, is read.
pub(super) const MT5: &[Shape] = &[Shape {
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

/// HistData's ASCII files: semicolon-separated one-minute bars, and ticks of bid and ask. Times are
/// UTC−5 all year, without daylight saving; volumes are zero.
pub(super) const HIST_DATA: &[Shape] = &[
    Shape {
        layout: FileLayout::HistDataBars,
        separator: b';',
        columns: columns![
            Time! "time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume";
        ],
        ..HIST_DATA_FILE
    },
    Shape {
        layout: FileLayout::HistDataTicks,
        columns: columns![
            Time! "time"; Bid! "bid"; Ask! "ask"; Unused! "volume";
        ],
        rows: RowKind::Quote,
        ..HIST_DATA_FILE
    },
];

const HIST_DATA_FILE: Shape = Shape {
    head: Head::Bare,
    time: TimeForm::Glued,
    zone: Zone::Fixed(-300),
    ..Shape::BARS
};

/// Dukascopy: day first; column `Gmt time`, `Local time`, or `Time`, whose zone must be given.
pub(super) const DUKASCOPY: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "Gmt time"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume";
        ],
        ..DUKASCOPY_FILE
    },
    Shape {
        columns: columns![
            Time! "Local time", "Time"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume";
        ],
        zone: Zone::Open,
        ..DUKASCOPY_FILE
    },
];

const DUKASCOPY_FILE: Shape = Shape {
    layout: FileLayout::Dukascopy,
    time: TimeForm::DayFirst,
    ..Shape::BARS
};
