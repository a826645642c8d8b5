//! Layouts of sites for stocks and economic series: Yahoo Finance, Stooq, FRED, Barchart, Quandl.

use super::clock::TimeForm;
use super::shape::{Label, Order, SERIES, Shape, Zone, columns};
use crate::ingest::file_layout::FileLayout;

/// Yahoo Finance downloads: `Date,Open,High,Low,Close,Adj Close,Volume`; before 2017 `Adj Close`
/// was the last column and the newest row came first.
///
/// Prices are adjusted to `Adj Close`. Days without a price have cells `null`. The layout also
/// covers yfinance histories, which are already adjusted and have `Dividends` and `Stock Splits`.
pub(super) const YAHOO: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "Date", "Datetime"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            AdjClose! "Adj Close"; Volume! "Volume";
        ],
        ..YAHOO_FILE
    },
    Shape {
        columns: columns![
            Time! "Date", "Datetime"; Open! "Open"; High! "High"; Low! "Low"; Close! "Close";
            Volume! "Volume"; Unused! "Dividends"; Unused! "Stock Splits";
            Unused? "Capital Gains";
        ],
        ..YAHOO_FILE
    },
];

const YAHOO_FILE: Shape = Shape {
    layout: FileLayout::Yahoo,
    zone: Zone::Open,
    order: Order::Either,
    missing: &["null", ""],
    ..Shape::BARS
};

/// Stooq web downloads (English or Polish header, adjusted, no volume for indices and currencies)
/// and bulk files (names in angle brackets). The files do not state the zone of their times.
pub(super) const STOOQ: &[Shape] = &[
    Shape {
        layout: FileLayout::StooqWeb,
        columns: columns![
            Time! "Date", "Data"; DayTime? "Time", "Czas"; Open! "Open", "Otwarcie";
            High! "High", "Najwyzszy"; Low! "Low", "Najnizszy"; Close! "Close", "Zamkniecie";
            Volume? "Volume", "Wolumen"; Unused? "OpenInt", "LOP";
        ],
        order: Order::Either,
        ..STOOQ_FILE
    },
    Shape {
        layout: FileLayout::StooqBulk,
        columns: columns![
            Instrument! "<TICKER>"; Period! "<PER>"; Time! "<DATE>"; DayTime! "<TIME>";
            Open! "<OPEN>"; High! "<HIGH>"; Low! "<LOW>"; Close! "<CLOSE>"; Volume! "<VOL>";
            Unused? "<OPENINT>";
        ],
        time: TimeForm::Compact,
        ..STOOQ_FILE
    },
];

const STOOQ_FILE: Shape = Shape {
    zone: Zone::Open,
    label: Label::Given,
    ..Shape::BARS
};

/// FRED: a date and one series. A day without an observation has a cell `.` or an empty one.
pub(super) const FRED: &[Shape] = &[Shape {
    layout: FileLayout::Fred,
    columns: columns![
        Time! "observation_date", "DATE"; Close! SERIES;
    ],
    time: TimeForm::MonthFirst,
    order: Order::Either,
    missing: &[".", ""],
    ..Shape::BARS
}];

/// Barchart: the close is `Last`, the newest row comes first, and the last line names the source.
/// Times of day are in the zone of the exchange, which must be given.
pub(super) const BARCHART: &[Shape] = &[Shape {
    layout: FileLayout::Barchart,
    columns: columns![
        Time! "Time", "Date Time", "Date"; Open! "Open"; High! "High"; Low! "Low";
        Close! "Last", "Latest"; Unused! "Change"; Volume! "Volume";
        Unused* "%Chg", "%Change", "Open Int", "Open Interest", "Symbol";
    ],
    time: TimeForm::MonthFirst,
    zone: Zone::Open,
    label: Label::Given,
    order: Order::Either,
    remarks: &["Downloaded from Barchart"],
    ..Shape::BARS
}];

/// Quandl's WIKI table of US stocks: one row per ticker and day, adjusted to `adj_close`.
pub(super) const QUANDL: &[Shape] = &[Shape {
    layout: FileLayout::Quandl,
    columns: columns![
        Instrument! "Ticker"; Time! "Date"; Open! "Open"; High! "High"; Low! "Low";
        Close! "Close"; Volume! "Volume"; AdjClose! "Adj Close", "adj_close";
        Unused* "ex-dividend", "split_ratio", "adj_open", "adj_high", "adj_low", "adj_volume";
    ],
    order: Order::Either,
    missing: &[""],
    ..Shape::BARS
}];
