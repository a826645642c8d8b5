//! Layouts of crypto exchanges and collectors: Binance, Kraken, CryptoDataDownload.

use super::clock::{EpochUnit, TimeForm};
use super::shape::{Head, Order, Shape, columns};
use crate::ingest::file_layout::{FileLayout, RowKind};

/// Binance klines, spot and futures: twelve columns, with a header in newer files of futures.
///
/// Times are in milliseconds, in spot files from 2025 in microseconds; joined files mix both, so
/// each row is read in its own unit. Volumes are in the base asset (coin-margined: in contracts).
pub(super) const BINANCE: &[Shape] = &[
    Shape {
        head: Head::Bare,
        ..BINANCE_KLINES
    },
    BINANCE_KLINES,
];

const BINANCE_KLINES: Shape = Shape {
    layout: FileLayout::BinanceKlines,
    columns: columns![
        Time! "open_time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
        Volume! "volume"; Unused! "close_time"; Unused! "quote_volume", "quote_asset_volume";
        Unused! "count", "trades", "number_of_trades"; Unused! "taker_buy_volume", "taker_buy_*";
        Unused! "taker_buy_quote_volume", "taker_buy_quote*", "taker_buy_*"; Unused! "ignore";
    ],
    time: TimeForm::Epoch(&[EpochUnit::Milliseconds, EpochUnit::Microseconds]),
    ..Shape::BARS
};

/// Kraken's OHLCVT and trades: no header, seconds since 1970, no row for an interval without trade.
pub(super) const KRAKEN: &[Shape] = &[
    Shape {
        layout: FileLayout::KrakenBars,
        columns: columns![
            Time! "time"; Open! "open"; High! "high"; Low! "low"; Close! "close";
            Volume! "volume"; Unused! "trades";
        ],
        ..KRAKEN_FILE
    },
    Shape {
        layout: FileLayout::KrakenTrades,
        columns: columns![
            Time! "time"; Price! "price"; Size! "volume";
        ],
        rows: RowKind::Trade,
        ..KRAKEN_FILE
    },
];

const KRAKEN_FILE: Shape = Shape {
    head: Head::Bare,
    time: TimeForm::Epoch(&[EpochUnit::Seconds]),
    ..Shape::BARS
};

/// CryptoDataDownload: newest row first, optional comment line, first volume in the base asset.
/// Until about 2020 `date,symbol,…`, 12-hour clock; then `unix,date,symbol,…`, seconds or ms.
pub(super) const CRYPTO_DATA_DOWNLOAD: &[Shape] = &[
    Shape {
        columns: columns![
            Time! "date"; Instrument! "symbol"; Open! "open"; High! "high"; Low! "low";
            Close! "close"; Volume! "volume*"; Unused! "volume*", "volume";
        ],
        time: TimeForm::TwelveHour,
        ..CRYPTO_DATA_DOWNLOAD_FILE
    },
    Shape {
        columns: columns![
            Time! "unix", "unix timestamp"; Unused! "date"; Instrument! "symbol"; Open! "open";
            High! "high"; Low! "low"; Close! "close"; Volume! "volume*";
            Unused? "volume*", "volume"; Unused? "tradecount";
        ],
        time: TimeForm::Epoch(&[EpochUnit::Seconds, EpochUnit::Milliseconds]),
        ..CRYPTO_DATA_DOWNLOAD_FILE
    },
];

const CRYPTO_DATA_DOWNLOAD_FILE: Shape = Shape {
    layout: FileLayout::CryptoDataDownload,
    head: Head::CommentAndNames,
    order: Order::Either,
    ..Shape::BARS
};
