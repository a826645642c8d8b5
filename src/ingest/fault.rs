//! What can be wrong with price files.

use super::file_layout::FileLayout;
use super::note::RowOrder;
use crate::market::{BarError, PanelError, ResampleError};
use chrono::{DateTime, TimeDelta, Utc};
use std::io;
use std::path::PathBuf;

/// Fault of a price file, or of several together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestFault {
    /// No file is named.
    #[error("found no data file, expected at least one")]
    NoFile,
    /// The path names no file.
    #[error(
        "found no such file, expected a file of bars; check the path and the folder it is relative \
         to"
    )]
    MissingFile,
    /// The system cannot read the file.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// The bytes are not those of the checksum.
    #[error(
        "found sha256 {found}, expected {expected}; restore the file, or update the checksum if \
         the change is meant"
    )]
    Sha256 {
        /// Digest of the bytes.
        found: String,
        /// Digest in [`super::DataFile::sha256`].
        expected: String,
    },
    /// The format is known and not read.
    #[error(
        "found {found}, expected a table of a known layout (CSV, JSON, Parquet, Arrow IPC); \
         {remedy}"
    )]
    Format {
        /// The format.
        found: &'static str,
        /// What to do with the file.
        remedy: &'static str,
    },
    /// The content is not a table.
    #[error(
        "found {found}, expected a table of a known layout; check what the file is, or name the \
         columns as in the tidy layout (timestamp, open, high, low, close, volume)"
    )]
    NoTable {
        /// First bytes or first line.
        found: String,
    },
    /// No known layout fits the file.
    #[error(
        "found no layout that fits; {nearest} comes nearest, but {why}; name the columns as in the \
         tidy layout (timestamp, open, high, low, close, volume), or give `layout`"
    )]
    UnknownLayout {
        /// The layout that fits best.
        nearest: FileLayout,
        /// The first difference from it: found, expected.
        why: String,
    },
    /// The file does not have the layout that was given.
    #[error("expected the layout {layout}, but {why}; leave out `layout` to have it recognized")]
    OtherLayout {
        /// The layout that was given.
        layout: FileLayout,
        /// The first difference from it: found, expected.
        why: String,
    },
    /// Two layouts fit the file.
    #[error("found a file that may be {first} and {second}, expected one layout; give `layout`")]
    Ambiguous {
        /// One of them.
        first: FileLayout,
        /// The other.
        second: FileLayout,
    },
    /// A field of [`super::DataFile`] does not fit the file; `IngestError::field` names it.
    #[error("found {found}, expected {expected}")]
    Setting {
        /// Its value.
        found: String,
        /// Values that fit, and what to do.
        expected: String,
    },
    /// A local time, and neither the file nor [`super::DataFile`] names its zone.
    #[error(
        "found the time {found:?} without its zone, which {layout} leaves open; give \
         `utc_offset_minutes`, how far that clock is ahead of UTC, or `time_zone`, its zone"
    )]
    ZoneOpen {
        /// The layout.
        layout: FileLayout,
        /// The time.
        found: String,
    },
    /// A local time that its zone skips or repeats when clocks change.
    #[error(
        "found the time {found:?}, which {zone} {how}, expected one that it has once; give \
         `utc_offset_minutes` where the clock is the same all year round, or correct the row"
    )]
    ClockChange {
        /// The time.
        found: String,
        /// The zone.
        zone: String,
        /// Whether it skips or repeats the time.
        how: &'static str,
    },
    /// The instrument is not in the file, or must be chosen.
    #[error("found {found}, expected {expected}")]
    Instrument {
        /// Instruments of the file.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// Rows of several instruments.
    #[error(
        "found the instrument {found:?}, expected {expected:?} as in the rows before; give \
         `instrument`, the one to read"
    )]
    Instruments {
        /// Instrument of the row.
        found: String,
        /// Instrument of the first row.
        expected: String,
    },
    /// Files of one path with `*` that have different layouts or columns.
    #[error("found {found}, expected {expected} as in the first of the files; give them apart")]
    Parts {
        /// Evidence for the layout of this file.
        found: String,
        /// Evidence for the layout of the first file.
        expected: String,
    },
    /// Bytes that cannot be decoded or held in memory.
    #[error("found {found}, expected {expected}")]
    Damaged {
        /// What is wrong with them.
        found: String,
        /// What can be read, and what to do.
        expected: &'static str,
    },
    /// Malformed JSON, or JSON of another shape.
    #[error("found {0}, expected an array of rows; write the file again")]
    Json(#[source] serde_json::Error),
    /// A Parquet or Arrow file that polars does not read.
    #[error("cannot be read as a table: {0}")]
    Table(#[source] Box<polars::error::PolarsError>),
    /// A required column is absent.
    #[error("found columns {found}, expected a column {column:?}")]
    MissingColumn {
        /// The missing column.
        column: &'static str,
        /// The columns of the file.
        found: String,
    },
    /// A column of an unsuitable type.
    #[error("found type {found}, expected {expected}")]
    ColumnType {
        /// Its type.
        found: String,
        /// Suitable types.
        expected: &'static str,
    },
    /// No row to make a bar from.
    #[error("found no row, expected at least one bar")]
    Empty,
    /// A row with too many or too few cells.
    #[error("found {found} cells, expected {expected}; correct the row")]
    CellCount {
        /// Its cells.
        found: usize,
        /// Cells of the first row or of the header.
        expected: usize,
    },
    /// A cell that cannot be read as the value of its column.
    #[error("found {found:?}, expected {expected}")]
    Cell {
        /// The cell; empty where it is missing.
        found: String,
        /// Values of the column.
        expected: &'static str,
    },
    /// A row whose numbers cannot be a bar: NaN, a price that is not positive, high < low, …
    #[error("{0}")]
    Bar(#[source] BarError),
    /// A row before the row above it.
    #[error("found {found}, expected a time after {previous}, the row {}; sort the rows by time",
        .order.older())]
    Unsorted {
        /// Its timestamp.
        found: DateTime<Utc>,
        /// Timestamp of the row above, or below where the newest row comes first.
        previous: DateTime<Utc>,
        /// Order of the rows in the file.
        order: RowOrder,
    },
    /// Two rows of the same time.
    #[error("found {found} twice, expected each time once; keep one of the rows")]
    Duplicate {
        /// The timestamp.
        found: DateTime<Utc>,
    },
    /// Trades or quotes without a length of the bars to make from them.
    #[error(
        "found trades or quotes, expected a length of the bars to make of them; give \
         `resample_seconds`"
    )]
    TicksNeedLength,
    /// Distances between rows that do not make longer bars.
    #[error("found {found}, expected {expected}")]
    RowSteps {
        /// The distances.
        found: String,
        /// Distances that make longer bars, and what to do.
        expected: String,
    },
    /// A row that cannot be part of a longer bar.
    #[error("{0}")]
    Resample(#[source] ResampleError),
    /// A single bar, from which no bar length can be inferred.
    #[error(
        "found a single bar, expected at least two to infer the bar length; give `bar_seconds`"
    )]
    NoBarLength,
    /// Files of different bar lengths.
    #[error("found bars of {} s, expected {} s as in {}; use files of one bar length, or give it",
        .found.num_seconds(), .expected.num_seconds(), .first.display())]
    BarLengths {
        /// Bar length of this file.
        found: TimeDelta,
        /// Bar length of the first file.
        expected: TimeDelta,
        /// The first file.
        first: PathBuf,
    },
    /// An impossible bar length.
    #[error("bar length: found {} s, expected more than zero and at most 366 days",
        .found.num_seconds())]
    BarLength {
        /// The bar length.
        found: TimeDelta,
    },
    /// A missing bar under [`super::Gaps::Refuse`].
    #[error("found no bar between {previous} and {found}, expected one every {} s; restore the \
        rows, or choose gaps Leave or ForwardFill", .bar_length.as_seconds_f64())]
    Gap {
        /// Timestamp before the gap.
        previous: DateTime<Utc>,
        /// Timestamp after it.
        found: DateTime<Utc>,
        /// The bar length.
        bar_length: TimeDelta,
    },
    /// Files of different calendars under [`super::Calendar::Refuse`].
    #[error("found {found_rows} bars of which {foreign} are not in {}, expected the same calendar \
        (first difference: the bar ending {timestamp}); choose calendar Intersect to keep common \
        bars only", .first.display())]
    Calendars {
        /// The first file.
        first: PathBuf,
        /// Bars of this file.
        found_rows: usize,
        /// Bars of this file that the first one lacks.
        foreign: usize,
        /// End of the first bar that only one of the two has.
        timestamp: DateTime<Utc>,
    },
    /// No bar is common to this file and all files before it.
    #[error(
        "found no bar that all files before it have too, expected common bars; check the spans of \
         the files and whether their timestamps mark the open or the end"
    )]
    NoCommonBar,
    /// Files that are valid one by one but make no panel.
    #[error(transparent)]
    Panel(PanelError),
}

impl From<io::Error> for IngestFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::MissingFile,
            _ => Self::Io(error),
        }
    }
}
