//! Observations about a file that its bars do not show.

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt;

/// An observation about a file that its bars do not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The file is compressed.
    Compressed(Compression),
    /// The file begins with a byte order mark.
    ByteOrderMark,
    /// Lines end with carriage return and line feed.
    CarriageReturns,
    /// The newest row came first; the order was reversed.
    NewestFirst,
    /// Number of omitted rows without a price (`null`, `.` or empty, depending on the layout).
    MissingRows(usize),
    /// Number of omitted empty lines.
    BlankLines(usize),
    /// Number of omitted headers between rows, as in joined files.
    RepeatedHeaders(usize),
    /// Number of omitted lines that are not rows, such as the name of the source.
    Remarks(usize),
    /// Zone of the local times, which were converted to UTC.
    LocalClock(String),
    /// Number of dates read as month first although all of them could be day first.
    MonthFirst(usize),
    /// Number of omitted rows of other instruments.
    OtherInstruments(usize),
    /// Epoch times in several units, each read in its own unit.
    MixedEpochs(EpochRows),
    /// Quotes with the bid above the ask.
    CrossedQuotes {
        /// Number of such quotes.
        n_quotes: usize,
        /// Time of the first such quote.
        first: DateTime<Utc>,
    },
    /// Number of trades or quotes earlier than the previous one.
    LateTicks(usize),
    /// Number of bars inserted into gaps, at the previous close with volume 0.
    FilledBars(usize),
}

/// Compression of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

/// Number of rows per unit of epoch time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EpochRows {
    /// Number of rows with times in seconds.
    pub seconds: usize,
    /// Number of rows with times in milliseconds.
    pub milliseconds: usize,
    /// Number of rows with times in microseconds.
    pub microseconds: usize,
    /// Number of rows with times in nanoseconds.
    pub nanoseconds: usize,
}

/// Order of the rows in a file.
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
    /// Position of the next older row, for messages.
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
            Self::NewestFirst => f.write_str("newest row first; order reversed"),
            Self::MissingRows(n) => write!(f, "rows without a price, left out: {n}"),
            Self::BlankLines(n) => write!(f, "empty lines, left out: {n}"),
            Self::RepeatedHeaders(n) => write!(f, "headers between rows, left out: {n}"),
            Self::Remarks(n) => write!(f, "lines that are not rows, left out: {n}"),
            Self::LocalClock(zone) => {
                write!(f, "times of the day are of a clock at {zone}; moved to UTC")
            }
            Self::MonthFirst(n) => write!(
                f,
                "{n} dates are read with the month first, but no day after the 12th shows that"
            ),
            Self::OtherInstruments(n) => write!(f, "rows of other instruments, left out: {n}"),
            Self::MixedEpochs(rows) => write!(
                f,
                "times in several units, each row read in its own: {} in s, {} in ms, {} in us, \
                 {} in ns",
                rows.seconds, rows.milliseconds, rows.microseconds, rows.nanoseconds
            ),
            Self::CrossedQuotes { n_quotes, .. } => {
                write!(f, "quotes with the bid above the ask: {n_quotes}")
            }
            Self::LateTicks(n) => write!(f, "rows earlier than the one above: {n}"),
            Self::FilledBars(n) => write!(f, "bars inserted into gaps, at the previous close: {n}"),
        }
    }
}
