//! The price file of one asset and how to read it.

use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::file_layout::FileLayout;
use super::session::{Anchor, Session};
use super::signal_column::SignalColumn;
use polars::prelude::PolarsError;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::PathBuf;

/// The price file of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DataFile {
    /// Name of the asset in the panel.
    pub symbol: String,
    /// Path of a file in any [`FileLayout`], plain or compressed with gzip or zstd; its name does
    /// not matter. A `*` in the last part of the path matches any characters; the matching files
    /// are read as one, in the order of their names.
    pub path: PathBuf,
    /// SHA-256 that the bytes on disk must have, in hexadecimal. For several files: the SHA-256 of
    /// their lower-case digests, one per line, without a final line break. Default: not checked.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Instant of a bar that its timestamp marks. Most layouts except the tidy one require `Open`,
    /// and so do bare dates, which name sessions.
    pub timestamps: BarLabel,
    /// Bar length to which the rows are resampled by [`crate::market::Resampler`]. Unit: seconds.
    /// Default: each row is a bar.
    ///
    /// The length must be a multiple of the most frequent distance between rows, and each row must
    /// lie within one longer bar. A longer bar with missing rows is made from the present ones and
    /// counted in the report; a longer bar without rows is absent, which an audit finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample_seconds: Option<u32>,
    /// Time of day at which days made by `resample_seconds: 86400` begin and end, such as
    /// `(time: "17:00", zone: "America/New_York")`. A day is named by the date of its last instant.
    /// Default: midnight in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample_anchor: Option<Anchor>,
    /// Trading hours that a daily bar covers, such as `(open: "09:30", close: "16:00", zone:
    /// "America/New_York")`. Required where a panel has several daily files, unless the layout
    /// defines them. Default: those of the layout, if it defines any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// Currency of the prices in capitals, such as `USD`. Files of different currencies are
    /// refused unless `conversion` makes them the same. Default: the one that the layout or a
    /// symbol such as `USDJPY` or `BTC/USDT` tells, else unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Conversion of the prices to another currency by a file of exchange rates. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<Conversion>,
    /// Layout of the file. Default: recognized from the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<FileLayout>,
    /// Constant offset of the file's clock from UTC, or from `time_zone` if that is given. Required
    /// where the layout does not define the zone (MetaTrader: the broker's clock). Unit: minutes;
    /// UTC−5 is -300. Range: -1439 to 1439. Default: none. An offset that no time of the file needs
    /// is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i32>,
    /// IANA name of the clock's zone, such as `Europe/Athens`, if it has daylight saving. A broker
    /// whose day ends at 17:00 in New York has `America/New_York` and `utc_offset_minutes: 420`. A
    /// time that the zone skips or repeats is an error, and so is a zone that no time of the file
    /// needs, as for bare dates. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Instrument to read, by its name in the file. Default: the only instrument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// Treatment of missing bars between the first and the last. Default: `Leave`.
    #[serde(default, skip_serializing_if = "Gaps::is_leave")]
    pub gaps: Gaps,
    /// Further columns of the file that become signals of the market, in this order. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalColumn>,
}

/// Conversion of a file's prices to another currency.
///
/// The open is multiplied by the newest rate known when the bar opens, the close by the newest rate
/// known when it ends. The high is multiplied by the largest rate from the open to the end and the
/// low by the smallest, so that no price of the bar at any of these rates lies outside. A bar that
/// has a close only is multiplied by the rate at its end. Volumes stay in units, signals as they
/// are. A bot must show the policy prices that are converted in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Conversion {
    /// Currency of the converted prices in capitals, such as `USD`.
    pub to: String,
    /// File of exchange rates, with the fields of a price file. Its `symbol` is their pair: a rate
    /// of `EURUSD` is the USD that one EUR costs. Prices in EUR become USD by multiplication with
    /// such rates; prices in JPY become USD by division by rates of `USDJPY`. Only closes are read;
    /// each is known when its bar ends. Dates need a `session` that closes when the rate is known,
    /// such as 16:00 in Europe/Berlin for the reference rates of the European Central Bank.
    pub rates: Box<DataFile>,
    /// Largest age of the rate at the open and at the end of a bar; prices with an older rate are
    /// refused. Where the policy can see a fresher rate, old ones make profits that no market pays.
    /// Unit: seconds. Range: [0, ∞). Try first: 432000 (5 days) for daily rates.
    pub max_age_seconds: u32,
}

impl DataFile {
    /// Describes a file whose layout is recognized and whose rows are not resampled.
    pub fn new(symbol: impl Into<String>, path: impl Into<PathBuf>, timestamps: BarLabel) -> Self {
        Self {
            symbol: symbol.into(),
            path: path.into(),
            sha256: None,
            timestamps,
            resample_seconds: None,
            resample_anchor: None,
            session: None,
            currency: None,
            conversion: None,
            layout: None,
            utc_offset_minutes: None,
            time_zone: None,
            instrument: None,
            gaps: Gaps::Leave,
            signals: Vec::new(),
        }
    }

    /// Paths of the file and of its exchange rates.
    #[cfg(feature = "cli")]
    pub(crate) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let rates = self.conversion.iter_mut().map(|c| &mut c.rates.path);
        std::iter::once(&mut self.path).chain(rates)
    }

    /// Error about the whole file.
    pub(super) fn error(&self, fault: IngestFault) -> IngestError {
        IngestError::file(&self.path, fault)
    }

    /// Error about row `i`, counted from 0; the message counts from 1.
    pub(super) fn in_row(&self, i: usize, fault: IngestFault) -> IngestError {
        IngestError::new(&self.path, At::Row(1 + i), fault)
    }

    /// Error about the timestamp of row `i`, counted from 0.
    pub(super) fn in_time(&self, i: usize, fault: IngestFault) -> IngestError {
        let at = At::Cell(1 + i, "timestamp".into());
        IngestError::new(&self.path, at, fault)
    }

    /// Error about an unreadable cell of row `i`, counted from 0.
    pub(super) fn cell(
        &self,
        i: usize,
        column: impl Into<Cow<'static, str>>,
        found: &str,
        expected: &'static str,
    ) -> IngestError {
        let found = found.to_owned();
        let fault = IngestFault::Cell { found, expected };
        IngestError::new(&self.path, At::Cell(1 + i, column.into()), fault)
    }

    /// Error about a column of an unsuitable type.
    pub(super) fn column_type(
        &self,
        column: impl Into<Cow<'static, str>>,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        let fault = IngestFault::ColumnType { found, expected };
        IngestError::new(&self.path, At::Column(column.into()), fault)
    }

    /// Error about a table that polars cannot read.
    pub(super) fn table(&self, error: PolarsError) -> IngestError {
        self.error(IngestFault::Table(Box::new(error)))
    }

    /// Error about a field of this type whose value does not fit the file.
    pub(super) fn refuse(
        &self,
        field: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> IngestError {
        let fault = IngestFault::Setting {
            found: found.into(),
            expected: expected.into(),
        };
        IngestError::new(&self.path, At::Setting(field), fault)
    }

    /// Refuses [`BarLabel::End`] for bare dates. A date names a session, and the midnight before it
    /// is not its end.
    pub(super) fn refuse_ends_of_dates(&self) -> Result<(), IngestError> {
        match self.timestamps {
            BarLabel::Open => Ok(()),
            BarLabel::End => {
                let expected = "Open, because a time is a bare date, which names a session and not \
                                the midnight before it";
                Err(self.refuse("timestamps", "End", expected))
            }
        }
    }

    /// Refuses [`BarLabel::End`] for a layout whose timestamps mark the open.
    pub(super) fn refuse_ends(&self, layout: FileLayout) -> Result<(), IngestError> {
        match self.timestamps {
            BarLabel::Open => Ok(()),
            BarLabel::End => {
                let expected = format!("Open, because times of {layout} mark the open of a bar");
                Err(self.refuse("timestamps", "End", expected))
            }
        }
    }

    /// Refuses an `instrument` for a file without an instrument column.
    pub(super) fn refuse_instrument(&self) -> Result<(), IngestError> {
        match &self.instrument {
            None => Ok(()),
            Some(_) => Err(self.error(IngestFault::Instrument {
                found: "no column of instruments".to_owned(),
                expected: "one; leave out `instrument`".to_owned(),
            })),
        }
    }
}

/// Instant of a bar that its timestamp marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum BarLabel {
    /// The open; the panel's timestamp is one bar length later. Choose it for daily files that name
    /// the session date.
    Open,
    /// The end, as in the panel. Choose it where the source stamps a row at its close.
    End,
}

/// Treatment of gaps between a file's first and last bar: no trades, closed market or lost bars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Gaps {
    /// Leaves gaps in the panel; an audit finds them. Choose it for markets with sessions.
    #[default]
    Leave,
    /// Inserts bars at the previous close with volume 0 and counts them in the report. No order is
    /// filled in such a bar. Choose it where a source omits bars without trades.
    ForwardFill {
        /// Longest gap to fill; longer gaps, such as nights, remain. Unit: bars.
        at_most: u32,
    },
    /// Refuses the file and names the first gap. Choose it where no bar may be missing.
    Refuse,
}

impl Gaps {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_leave(&self) -> bool {
        *self == Self::Leave
    }
}

/// Treatment of bars that only some files have: different starts or ends, and holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Calendar {
    /// Keeps the bars that every file has and counts the others. Choose it for assets with
    /// different histories or holidays.
    Intersect,
    /// Refuses the files and names the first difference. Choose it where the bars must match.
    Refuse,
}
