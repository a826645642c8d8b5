//! Names of the layouts.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares the enum, the list of its variants and their names.
macro_rules! file_layouts {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Layout of a price file, named after the program or site that writes it.
        ///
        /// `docs/layouts.md` lists for each layout how it is recognized, what it defines and what
        /// the user must state. Trades and quotes become bars of
        /// [`DataFile::resample_seconds`](crate::ingest::DataFile::resample_seconds); the price of
        /// a quote is the midpoint of bid and ask.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
        pub enum FileLayout {
            $($(#[$doc])+ $name,)+
        }

        impl FileLayout {
            /// All layouts.
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$name),+];

            /// Name in an env file.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

file_layouts! {
    /// CSV, Parquet or Arrow IPC with `timestamp` (UTC), `close`, optionally `open`, `high`, `low`,
    /// `volume`, `adj_close`.
    Tidy,
    /// Yahoo Finance downloads, before and since 2017.
    Yahoo,
    /// CSV of a yfinance download (`to_csv`), with three header rows.
    Yfinance,
    /// Binance klines, spot and futures.
    BinanceKlines,
    /// Kraken OHLCVT.
    KrakenBars,
    /// Kraken trades.
    KrakenTrades,
    /// CryptoDataDownload, before and since 2020.
    CryptoDataDownload,
    /// MetaTrader 4 exports.
    MetaTrader4,
    /// MetaTrader 5 exports.
    MetaTrader5,
    /// HistData one-minute bars, ASCII.
    HistDataBars,
    /// HistData ticks, ASCII.
    HistDataTicks,
    /// Dukascopy exports.
    Dukascopy,
    /// Stooq web downloads, English or Polish.
    StooqWeb,
    /// Stooq bulk downloads.
    StooqBulk,
    /// FRED series.
    Fred,
    /// Bars in freqtrade's JSON or Feather files.
    FreqtradeBars,
    /// Trades in freqtrade's JSON files.
    FreqtradeTrades,
    /// Databento bars, CSV.
    DatabentoBars,
    /// Databento trades, CSV.
    DatabentoTrades,
    /// Tardis trades.
    TardisTrades,
    /// Tardis best bid and ask.
    TardisQuotes,
    /// Parquet or Arrow IPC with `timestamp`, `price`, `amount`, optionally `symbol`.
    ParquetTrades,
    /// Parquet or Arrow IPC with `timestamp`, `bid_px`, `ask_px`, optionally `symbol`.
    ParquetQuotes,
    /// Barchart exports.
    Barchart,
    /// Quandl's table of US stocks, one row per ticker and day.
    Quandl,
    /// CSV of a pandas frame (`to_csv`) whose time index has no name.
    PandasIndex,
    /// Bars with dates such as `11/5/2019`, month first, as US spreadsheets write them.
    MonthFirst,
}

impl FileLayout {
    /// Returns true if the volume column counts price changes, not traded units.
    #[must_use]
    pub const fn counts_ticks(self) -> bool {
        matches!(self, Self::MetaTrader4 | Self::MetaTrader5)
    }
}

impl fmt::Display for FileLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Kind of data in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Bar,
    Trade,
    Quote,
}
