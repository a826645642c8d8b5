//! What was read, dropped and assumed: nothing of it happens silently.

use super::calendar::Aligned;
use super::columns::Columns;
use super::table::Table;
use super::{Calendar, DataFile, Layout};
use crate::market::instant::time;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// How files became a panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IngestReport {
    /// One entry per file, in the order of the assets.
    pub files: Vec<FileReport>,
    /// How differing calendars were met.
    pub calendar: Calendar,
    /// Bars (rows) of the panel.
    pub n_bars: usize,
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Who said so.
    pub bar_length: BarLengthSource,
}

/// How one file became one asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Name of the asset.
    pub symbol: String,
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// The instrument whose rows were read, where the file names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// What the file looks like.
    pub layout: Layout,
    /// Why it is taken for that.
    pub evidence: String,
    /// What else there is to know about it.
    pub notes: Vec<Note>,
    /// Rows in the file, also those that the notes say were left out.
    pub rows_read: usize,
    /// What became of the rows where they were resampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resampled: Option<ResampleReport>,
    /// Bars that another file lacks, and that are therefore not in the panel.
    pub rows_dropped: usize,
    /// Those of them between the first and the last bar of the panel: holes, not ragged ends.
    pub rows_dropped_inside: usize,
    /// Raw or adjusted prices.
    pub prices: PriceBasis,
    /// How far the adjusted ones are from the raw ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adjustment: Option<Adjustment>,
    /// Which prices the file has.
    pub fields: BarFields,
    /// Whether the file has volumes.
    pub volume: VolumeField,
}

/// How the rows of a file became longer bars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ResampleReport {
    /// Length of a row's bar: the most frequent distance between neighboring rows; trades and
    /// quotes have none. Unit: seconds.
    pub row_seconds: Option<f64>,
    /// Longer bars.
    pub n_bars: usize,
    /// Those of them that lack rows: a market that was closed, a hole, or the ragged start or end
    /// of the file. None are known of trades and quotes.
    pub n_incomplete: usize,
}

/// What the prices in the panel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Scaled to `adj_close`.
    Adjusted,
    /// As in the file, which has no `adj_close`.
    Raw,
}

/// The factors from raw to adjusted prices.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Adjustment {
    /// The smallest.
    pub smallest: f64,
    /// The largest.
    pub largest: f64,
    /// How often the factor changes by more than a fifth from one row to the next, as it does at a
    /// split.
    pub n_jumps: usize,
    /// The labels of the first rows after such a change, ten at most.
    pub jumps: Vec<DateTime<Utc>>,
    /// Of the last row.
    #[serde(skip)]
    last: f64,
}

/// Follows the factor through some more rows of a file, where it has adjusted closes.
pub(super) fn adjust(adjustment: &mut Option<Adjustment>, columns: &Columns) {
    /// Of log price: a split of 5:4 is more.
    const JUMP: f64 = 0.2;
    const MOST: usize = 10;
    let (Some(close), Some(adjusted)) = (columns.number("close"), columns.number("adj_close"))
    else {
        return;
    };
    for (i, (close, adjusted)) in close.iter().zip(adjusted).enumerate() {
        let factor = adjusted / close;
        let known = adjustment.get_or_insert(Adjustment {
            smallest: factor,
            largest: factor,
            n_jumps: 0,
            jumps: Vec::new(),
            last: factor,
        });
        known.smallest = known.smallest.min(factor);
        known.largest = known.largest.max(factor);
        if (factor / known.last).ln().abs() > JUMP {
            known.n_jumps += 1;
            if known.jumps.len() < MOST {
                known.jumps.push(time(columns.timestamps[i]));
            }
        }
        known.last = factor;
    }
}

/// Which prices a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarFields {
    /// All four.
    OpenHighLowClose,
    /// Only `close`; open, high and low of a row equal it, and a fill at the open is a fill at that
    /// close (of the row; where rows are resampled, at the first close in the bar).
    CloseOnly,
    /// Trades, of which bars were made.
    Trades,
    /// Best bid and ask, of whose middle bars were made.
    Quotes,
}

/// Something about a file that its bars do not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// It is compressed.
    Compressed(Compression),
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// Its lines end with carriage return and line feed.
    CarriageReturns,
    /// Its rows were turned around.
    NewestFirst,
    /// So many rows without a price (`null`, `.` or nothing, as the layout says it) were left out.
    MissingRows(usize),
    /// So many empty lines were left out.
    BlankLines(usize),
    /// The header came so many times more, as it does in joined files.
    RepeatedHeaders(usize),
    /// So many lines that are no rows, such as the name of the source, were left out.
    Remarks(usize),
    /// Times of the day are of a clock that is not at UTC; they were moved to UTC.
    LocalClock(String),
    /// The month was taken to stand before the day, and none of so many dates shows that it does.
    MonthFirst(usize),
    /// So many rows of other instruments were left out.
    OtherInstruments(usize),
    /// Times are in several units, and each was taken by its own.
    MixedEpochs(EpochRows),
    /// So many quotes have a bid above the ask.
    CrossedQuotes {
        /// How many.
        n_quotes: usize,
        /// When the first of them came.
        first: DateTime<Utc>,
    },
    /// So many trades or quotes came before the one above.
    LateTicks(usize),
    /// So many bars were put into gaps, at the close before, of volume 0.
    FilledBars(usize),
}

/// How the bytes of a file are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// How many rows count their time since 1970 in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct EpochRows {
    /// In seconds.
    pub seconds: usize,
    /// In milliseconds.
    pub milliseconds: usize,
    /// In microseconds.
    pub microseconds: usize,
    /// In nanoseconds.
    pub nanoseconds: usize,
}

/// In which order rows stand in a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOrder {
    /// The oldest row first.
    #[default]
    OldestFirst,
    /// The newest row first.
    NewestFirst,
}

impl RowOrder {
    /// Where the row stands that is a bar older.
    pub(super) const fn older(self) -> &'static str {
        match self {
            Self::OldestFirst => "above",
            Self::NewestFirst => "below",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compressed(Compression::Gzip) => f.write_str("compressed with gzip"),
            Self::Compressed(Compression::Zstd) => f.write_str("compressed with zstd"),
            Self::ByteOrderMark => f.write_str("begins with a byte order mark"),
            Self::CarriageReturns => f.write_str("lines end with carriage return and line feed"),
            Self::NewestFirst => f.write_str("newest row first; turned around"),
            Self::MissingRows(n) => write!(f, "rows without a price, left out: {n}"),
            Self::BlankLines(n) => write!(f, "empty lines, left out: {n}"),
            Self::RepeatedHeaders(n) => write!(f, "headers between rows, left out: {n}"),
            Self::Remarks(n) => write!(f, "lines that are no rows, left out: {n}"),
            Self::LocalClock(clock) => {
                write!(
                    f,
                    "times of the day are of a clock at {clock}; moved to UTC"
                )
            }
            Self::MonthFirst(n) => write!(
                f,
                "dates are read with the month first, which none of {n} shows: no day is after the 12th"
            ),
            Self::OtherInstruments(n) => write!(f, "rows of other instruments, left out: {n}"),
            Self::MixedEpochs(rows) => write!(
                f,
                "times in several units, each row taken by its own: {} in s, {} in ms, {} in us, {} in ns",
                rows.seconds, rows.milliseconds, rows.microseconds, rows.nanoseconds
            ),
            Self::CrossedQuotes { n_quotes, .. } => {
                write!(f, "quotes with a bid above the ask: {n_quotes}")
            }
            Self::LateTicks(n) => write!(f, "rows earlier than the one above: {n}"),
            Self::FilledBars(n) => write!(f, "bars put into gaps, at the close before: {n}"),
        }
    }
}

/// Whether a file has volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeField {
    /// It has.
    Present,
    /// It has none; volumes of the panel are 0.
    Absent,
}

/// Where the bar length comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarLengthSource {
    /// The caller.
    Given,
    /// The most frequent distance between neighboring timestamps, or what the files were resampled
    /// to.
    Inferred,
}

pub(super) fn write(
    files: &[DataFile],
    tables: &[Table],
    aligned: &Aligned,
    calendar: Calendar,
    bar_length: BarLengthSource,
) -> IngestReport {
    let report_file =
        |((file, table), &rows_dropped_inside): ((&DataFile, &Table), &usize)| FileReport {
            symbol: file.symbol.clone(),
            path: file.path.clone(),
            sha256: table.sha256.clone(),
            instrument: table.instrument.clone(),
            layout: table.layout,
            evidence: table.evidence.clone(),
            notes: table.notes.clone(),
            rows_read: table.n_rows,
            resampled: table.resampled,
            rows_dropped: table.bars.len() - aligned.timestamps.len(),
            rows_dropped_inside,
            prices: table.contents.prices,
            adjustment: table.adjustment.clone(),
            fields: table.contents.fields,
            volume: table.contents.volume,
        };
    IngestReport {
        files: files
            .iter()
            .zip(tables)
            .zip(&aligned.dropped_inside)
            .map(report_file)
            .collect(),
        calendar,
        n_bars: aligned.timestamps.len(),
        first: aligned.timestamps.first().copied().unwrap_or_default(),
        last: aligned.timestamps.last().copied().unwrap_or_default(),
        bar_seconds: aligned.bar_length.num_seconds(),
        bar_length,
    }
}
