//! The layouts that files have, recognized by what is in them.
//!
//! | file | holds |
//! |---|---|
//! | `sample` | the first lines of a file |
//! | `shape` `plan` | what a layout of lines looks like, as data; where in a file its columns are |
//! | `clock` | times as the layouts spell them |
//! | `lines` | one way to read them all, block by block |
//! | `tidy` | the tidy layout, which polars reads |
//! | `binance` … `yfinance` | one layout each: its shapes and what to know about it |
//! | `freqtrade` | JSON, row by row |
//! | `columnar` | the layouts of Parquet and Arrow files |
//! | `zone` | the clock of times that do not state their zone |
//! | `foreign` | what is no layout: other formats, bytes that are no table |
//!
//! A layout is recognized where the header (or the number of cells) and the first row are as it
//! says. One and only one may be. What a layout defines (zone of its clock, which end of a bar its
//! times mark, order, what stands for a missing number) is applied; what it leaves open must be
//! given in [`super::DataFile`].

mod barchart;
mod binance;
mod clock;
pub(super) mod columnar;
mod crypto_data_download;
mod databento;
mod dukascopy;
pub(super) mod foreign;
mod fred;
pub(super) mod freqtrade;
mod hist_data;
mod kraken;
pub(super) mod lines;
mod month_first;
mod mt4;
mod mt5;
mod pandas_index;
mod plan;
mod quandl;
mod sample;
mod shape;
mod stooq;
mod tardis;
mod tidy;
mod yahoo;
mod yfinance;
pub(super) mod zone;

pub(super) use plan::Plan;
pub(super) use shape::RowKind;

use super::IngestError;
use sample::Sample;
use serde::{Deserialize, Serialize};
use shape::Shape;
use std::fmt;
use std::path::Path;

/// What a file looks like, as which program writes it.
///
/// `docs/layouts.md` says by what each is recognized, what it defines, and what must be given.
///
/// Trades and quotes become bars of
/// [`DataFile::resample_seconds`](super::DataFile::resample_seconds); the price of a quote is the
/// middle of bid and ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layout {
    /// `timestamp` (UTC), `close`, optionally `open`, `high`, `low`, `volume`, `adj_close`; CSV,
    /// Parquet or Arrow IPC.
    Tidy,
    /// Yahoo Finance downloads, before and since 2017.
    Yahoo,
    /// What yfinance writes, with three header rows.
    Yfinance,
    /// Binance klines, spot and futures.
    BinanceKlines,
    /// Kraken OHLCVT.
    KrakenBars,
    /// Kraken trades.
    KrakenTrades,
    /// CryptoDataDownload, both eras.
    CryptoDataDownload,
    /// MetaTrader 4 exports.
    MetaTrader4,
    /// MetaTrader 5 exports.
    MetaTrader5,
    /// HistData one-minute bars, ASCII.
    HistDataBars,
    /// HistData ticks, ASCII.
    HistDataTicks,
    /// Dukascopy.
    Dukascopy,
    /// Stooq from the web, English or Polish.
    StooqWeb,
    /// Stooq in bulk.
    StooqBulk,
    /// FRED.
    Fred,
    /// Bars as freqtrade's JSON or feather.
    FreqtradeBars,
    /// Trades as freqtrade's JSON.
    FreqtradeTrades,
    /// Databento bars, CSV.
    DatabentoBars,
    /// Databento trades, CSV.
    DatabentoTrades,
    /// Tardis trades.
    TardisTrades,
    /// Tardis best bid and ask.
    TardisQuotes,
    /// Parquet or Arrow IPC with `timestamp`, `price`, `amount`, perhaps `symbol`.
    ParquetTrades,
    /// Parquet or Arrow IPC with `timestamp`, `bid_px`, `ask_px`, perhaps `symbol`.
    ParquetQuotes,
    /// Barchart.
    Barchart,
    /// Quandl's table of US stocks, long: a row per ticker and day.
    Quandl,
    /// What pandas writes of a frame whose index of times has no name.
    PandasIndex,
    /// Bars whose dates have slashes and the month first, as spreadsheets write them in the US.
    MonthFirst,
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 27] = [
        Self::Tidy,
        Self::Yahoo,
        Self::Yfinance,
        Self::BinanceKlines,
        Self::KrakenBars,
        Self::KrakenTrades,
        Self::CryptoDataDownload,
        Self::MetaTrader4,
        Self::MetaTrader5,
        Self::HistDataBars,
        Self::HistDataTicks,
        Self::Dukascopy,
        Self::StooqWeb,
        Self::StooqBulk,
        Self::Fred,
        Self::FreqtradeBars,
        Self::FreqtradeTrades,
        Self::DatabentoBars,
        Self::DatabentoTrades,
        Self::TardisTrades,
        Self::TardisQuotes,
        Self::ParquetTrades,
        Self::ParquetQuotes,
        Self::Barchart,
        Self::Quandl,
        Self::PandasIndex,
        Self::MonthFirst,
    ];

    /// Whether its files do not tell which end of a bar their times mark.
    #[must_use]
    pub fn leaves_label_open(self) -> bool {
        let given = |shape: &Shape| shape.layout == self && shape.label == shape::Label::Given;
        self == Self::Tidy || shapes().any(given)
    }

    /// As an env file writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tidy => "Tidy",
            Self::Yahoo => "Yahoo",
            Self::Yfinance => "Yfinance",
            Self::BinanceKlines => "BinanceKlines",
            Self::KrakenBars => "KrakenBars",
            Self::KrakenTrades => "KrakenTrades",
            Self::CryptoDataDownload => "CryptoDataDownload",
            Self::MetaTrader4 => "MetaTrader4",
            Self::MetaTrader5 => "MetaTrader5",
            Self::HistDataBars => "HistDataBars",
            Self::HistDataTicks => "HistDataTicks",
            Self::Dukascopy => "Dukascopy",
            Self::StooqWeb => "StooqWeb",
            Self::StooqBulk => "StooqBulk",
            Self::Fred => "Fred",
            Self::FreqtradeBars => "FreqtradeBars",
            Self::FreqtradeTrades => "FreqtradeTrades",
            Self::DatabentoBars => "DatabentoBars",
            Self::DatabentoTrades => "DatabentoTrades",
            Self::TardisTrades => "TardisTrades",
            Self::TardisQuotes => "TardisQuotes",
            Self::ParquetTrades => "ParquetTrades",
            Self::ParquetQuotes => "ParquetQuotes",
            Self::Barchart => "Barchart",
            Self::Quandl => "Quandl",
            Self::PandasIndex => "PandasIndex",
            Self::MonthFirst => "MonthFirst",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A layout and why a file has it.
#[derive(Debug, Clone)]
pub(super) struct Recognized {
    pub(super) layout: Layout,
    pub(super) evidence: String,
    pub(super) reading: Reading,
}

/// How a text is read.
#[derive(Debug, Clone)]
pub(super) enum Reading {
    Tidy,
    Lines(Plan),
    Freqtrade,
}

/// Why a file does not have a layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// How much of it is as it should, to 1000.
    nearness: u32,
    why: String,
}

impl Mismatch {
    fn empty() -> Self {
        Self {
            nearness: 0,
            why: "it ends before".to_owned(),
        }
    }

    /// The nearer of two, the first of equals.
    fn nearer(self, other: Self) -> Self {
        if other.nearness > self.nearness {
            other
        } else {
            self
        }
    }
}

/// The shapes of all layouts of lines.
fn shapes() -> impl Iterator<Item = &'static Shape> {
    [
        yahoo::SHAPES,
        binance::SHAPES,
        kraken::SHAPES,
        crypto_data_download::SHAPES,
        mt4::SHAPES,
        mt5::SHAPES,
        hist_data::SHAPES,
        dukascopy::SHAPES,
        stooq::SHAPES,
        fred::SHAPES,
        databento::SHAPES,
        tardis::SHAPES,
        barchart::SHAPES,
        quandl::SHAPES,
        pandas_index::SHAPES,
        month_first::SHAPES,
    ]
    .into_iter()
    .flatten()
}

/// The layout of a text that begins with `front`; `wanted` and no other, where one is.
pub(super) fn recognize(
    path: &Path,
    front: &[u8],
    wanted: Option<Layout>,
) -> Result<Recognized, IngestError> {
    let sample = Sample::new(front);
    if wanted.is_none() {
        foreign::refuse_text(path, &sample)?;
    }
    let mut found: Vec<Recognized> = Vec::new();
    let mut nearest: Option<(Layout, Mismatch)> = None;
    for (layout, attempt) in attempts(&sample, front) {
        if wanted.is_some_and(|wanted| wanted != layout) {
            continue;
        }
        match attempt {
            Ok((evidence, reading)) => found.push(Recognized {
                layout,
                evidence,
                reading,
            }),
            Err(mismatch) => {
                let closer = |(_, best): &(_, Mismatch)| mismatch.nearness > best.nearness;
                if nearest.as_ref().is_none_or(closer) {
                    nearest = Some((layout, mismatch));
                }
            }
        }
    }
    if let [first, second, ..] = found.as_slice() {
        // A header alone may be that of several layouts.
        if sample.line(1).is_none() {
            return Err(IngestError::Empty {
                path: path.to_path_buf(),
            });
        }
        return Err(IngestError::Ambiguous {
            path: path.to_path_buf(),
            first: first.layout,
            second: second.layout,
        });
    }
    found
        .pop()
        .ok_or_else(|| match foreign::refuse_semicolons(path, front, wanted) {
            Err(semicolons) => semicolons,
            Ok(()) => refused(path, wanted, nearest, &sample),
        })
}

/// Every layout that a text can have, and whether it does.
fn attempts<'a>(
    sample: &'a Sample<'_>,
    front: &'a [u8],
) -> impl Iterator<Item = (Layout, Result<(String, Reading), Mismatch>)> + 'a {
    let of_plan = |plan: Plan| (plan.evidence.clone(), Reading::Lines(plan));
    let tidy = tidy::recognize(sample).map(|evidence| (evidence, Reading::Tidy));
    let json = [Layout::FreqtradeBars, Layout::FreqtradeTrades].map(|layout| {
        let reading = freqtrade::recognize(layout, front);
        (
            layout,
            reading.map(|evidence| (evidence, Reading::Freqtrade)),
        )
    });
    [
        (Layout::Tidy, tidy),
        (Layout::Yfinance, yfinance::plan(sample).map(of_plan)),
    ]
    .into_iter()
    .chain(shapes().map(move |shape| (shape.layout, shape.plan(sample).map(of_plan))))
    .chain(json)
}

/// A file that is less near to every layout is none of them, rather than one with a fault.
const NEAR: u32 = 250;

fn refused(
    path: &Path,
    wanted: Option<Layout>,
    nearest: Option<(Layout, Mismatch)>,
    sample: &Sample<'_>,
) -> IngestError {
    let path = path.to_path_buf();
    match (wanted, nearest) {
        (Some(layout), Some((_, Mismatch { why, .. }))) => {
            IngestError::OtherLayout { path, layout, why }
        }
        (Some(layout), None) => {
            let why = "it is a text, which that layout is not".to_owned();
            IngestError::OtherLayout { path, layout, why }
        }
        (None, Some((nearest, Mismatch { nearness, why }))) if nearness >= NEAR => {
            IngestError::UnknownLayout { path, nearest, why }
        }
        (None, _) => IngestError::NoTable {
            path,
            found: sample.line(0).map_or_else(
                || "nothing but empty lines".to_owned(),
                |line| format!("a text that begins with {}", shape::cut(&line.text)),
            ),
        },
    }
}

#[cfg(test)]
mod documented;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod tests;
