//! Report of what was read, dropped and assumed.

use super::data_file::Calendar;
use super::file_layout::FileLayout;
use super::note::Note;
use super::session::Session;
use super::signal_column::Known;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// Report on how files became a panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IngestReport {
    /// One entry per file, in the order of the assets.
    pub files: Vec<FileReport>,
    /// Treatment of bars that some files lack.
    pub calendar: Calendar,
    /// Number of bars in the panel.
    pub n_bars: usize,
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Source of the bar length.
    pub bar_length: BarLengthSource,
    /// Number of omitted bars before the first bar at whose end every signal is known.
    #[serde(skip_serializing_if = "is_zero")]
    pub bars_before_signals: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Report on how one file became one asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Name of the asset.
    pub symbol: String,
    /// Path of the file.
    pub path: PathBuf,
    /// SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
    /// Instrument of the rows, if the file names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// Layout of the file.
    pub layout: FileLayout,
    /// Evidence for the layout.
    pub evidence: String,
    /// Kind of time stamp of the bars: dates, midnights or instants.
    pub stamps: Stamps,
    /// Trading hours of a daily bar, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Session>,
    /// Currency of the prices in the panel, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Report on the conversion from another currency; `None` for prices as in the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversion: Option<ConversionReport>,
    /// Observations that the bars do not show.
    pub notes: Vec<Note>,
    /// Number of rows in the file, omitted rows included.
    pub rows_read: usize,
    /// Report on resampling; `None` if the rows are the bars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resampled: Option<ResampleReport>,
    /// Number of bars dropped because another file lacks them.
    pub rows_dropped: usize,
    /// Number of dropped bars between the first and the last bar of the panel: holes, not ragged
    /// ends.
    pub rows_dropped_inside: usize,
    /// Raw or adjusted prices.
    pub prices: PriceBasis,
    /// Factors from raw to adjusted prices; `None` for raw prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<Adjustment>,
    /// Price fields of the file.
    pub fields: BarFields,
    /// Presence of volumes.
    pub volume: VolumeField,
    /// Signals from further columns, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<SignalReport>,
    /// Columns that are not read, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unused_columns: Vec<UnusedColumn>,
}

/// Report on how prices were converted to another currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConversionReport {
    /// Currency of the prices in the file.
    pub from: String,
    /// Pair of the rates.
    pub pair: String,
    /// Path of the rates.
    pub path: PathBuf,
    /// SHA-256 of the rates, in lower-case hexadecimal.
    pub sha256: String,
    /// Number of rows in the file of rates.
    pub rows_read: usize,
    /// Smallest factor of a price.
    pub smallest: f64,
    /// Largest factor of a price.
    pub largest: f64,
    /// Largest age of a rate at the open or the end of a bar. Unit: seconds.
    pub oldest_seconds: f64,
}

impl fmt::Display for ConversionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "converted from {} by the rates of {} in {}, {} rows: factors from {} to {}, oldest \
             rate {} s",
            self.from,
            self.pair,
            self.path.display(),
            self.rows_read,
            self.smallest,
            self.largest,
            self.oldest_seconds
        )
    }
}

/// Report on how a further column became a signal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalReport {
    /// Name of the signal.
    pub name: String,
    /// Name of the column.
    pub column: String,
    /// Moment at which the values are known.
    pub known: Known,
    /// Number of cells without a finite number; the last known value stays in their place.
    pub n_missing: usize,
    /// Number of bars of the panel that show the same row's value as the bar before.
    pub n_carried: usize,
    /// Largest age of a value at a decision, from the end of its row. Unit: seconds.
    pub oldest_seconds: f64,
}

impl fmt::Display for SignalReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "signal {}: column {}, known {}; cells without a number {}, bars with the value of the \
             bar before {}, oldest value {} s",
            self.name, self.column, self.known, self.n_missing, self.n_carried, self.oldest_seconds
        )
    }
}

/// A column that is not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnusedColumn {
    /// Name of the column in the file, or the layout's name if there is no header.
    pub name: String,
    /// True if the first row holds a number, so the column may be a signal.
    pub is_numeric: bool,
}

/// Report on how the rows of a file became longer bars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ResampleReport {
    /// Bar length of a row: the most frequent distance between rows; `None` for trades and quotes.
    /// Unit: seconds.
    pub row_seconds: Option<f64>,
    /// Number of longer bars.
    pub n_bars: usize,
    /// Number of longer bars with missing rows: a closed market, a hole, or the ragged start or end
    /// of the file. 0 for trades and quotes.
    pub n_incomplete: usize,
}

/// Basis of the prices in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Prices scaled to `adj_close`.
    Adjusted,
    /// Prices as in the file, which has no `adj_close`.
    Raw,
}

/// Factors from raw to adjusted prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjustment {
    /// Smallest factor.
    pub smallest: f64,
    /// Largest factor.
    pub largest: f64,
    /// Number of row-to-row changes of the log factor by more than 0.2, as at a split.
    pub n_jumps: usize,
    /// Timestamps of the first ten rows after such a change.
    pub jumps: Vec<DateTime<Utc>>,
    /// Factor of the last row.
    #[serde(skip)]
    last: f64,
}

impl Adjustment {
    /// Log change of the factor that counts as a jump; smaller than a 5:4 split, 0.22.
    const JUMP: f64 = 0.2;

    /// Maximum number of stored jump timestamps.
    const N_JUMPS: usize = 10;

    /// Starts with the factor of the first row.
    pub(super) const fn new(factor: f64) -> Self {
        Self {
            smallest: factor,
            largest: factor,
            n_jumps: 0,
            jumps: Vec::new(),
            last: factor,
        }
    }

    /// Adds the factor of the next row.
    pub(super) fn push(&mut self, factor: f64, timestamp: impl FnOnce() -> DateTime<Utc>) {
        self.smallest = self.smallest.min(factor);
        self.largest = self.largest.max(factor);
        if (factor / self.last).ln().abs() > Self::JUMP {
            self.n_jumps += 1;
            if self.jumps.len() < Self::N_JUMPS {
                self.jumps.push(timestamp());
            }
        }
        self.last = factor;
    }
}

/// Kind of time stamp in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stamps {
    /// Bare dates, each the name of a session.
    Dates,
    /// Midnights in UTC only: the starts of days, or dates written as times.
    Midnights,
    /// Instants, of which at least one is not midnight in UTC.
    Instants,
}

/// Price fields of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarFields {
    /// Open, high, low and close.
    OpenHighLowClose,
    /// Close only. Open, high and low of a row equal its close, so a fill at the open is a fill at
    /// that close (in a resampled bar, at the close of its first row).
    CloseOnly,
    /// Trades, aggregated to bars.
    Trades,
    /// Best bid and ask, whose midpoints are aggregated to bars.
    Quotes,
}

/// Presence of volumes in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeField {
    /// The file has volumes.
    Present,
    /// The file has no volumes; the panel's volumes are 0.
    Absent,
}

/// Source of the bar length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarLengthSource {
    /// Bar length given by the caller.
    Given,
    /// The most frequent distance between timestamps, or the length of resampled bars.
    Inferred,
}
