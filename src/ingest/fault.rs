//! Faults of price files.

use super::file_layout::FileLayout;
use super::note::RowOrder;
use super::session::Session;
use crate::market::{BarError, PanelError, ResampleError};
use chrono::{DateTime, TimeDelta, Utc};
use std::io;
use std::path::PathBuf;

/// Fault of one price file, or of several together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestFault {
    /// An empty list of files.
    #[error("found no data file, expected at least one")]
    NoFile,
    /// No file exists at the path.
    #[error(
        "found no such file, expected a file of bars; check the path and the folder it is relative \
         to"
    )]
    MissingFile,
    /// An input error of the operating system.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// The file's SHA-256 differs from the expected one.
    #[error(
        "found sha256 {found}, expected {expected}; restore the file, or update the checksum if \
         the change is meant"
    )]
    Sha256 {
        /// SHA-256 of the file.
        found: String,
        /// SHA-256 in [`super::DataFile::sha256`].
        expected: String,
    },
    /// A known format that cannot be read.
    #[error(
        "found {found}, expected a table of a known layout (CSV, JSON, Parquet, Arrow IPC); \
         {remedy}"
    )]
    Format {
        /// Name of the format.
        found: &'static str,
        /// Advice on what to do with the file.
        remedy: &'static str,
    },
    /// Content that is not a table.
    #[error(
        "found {found}, expected a table of a known layout; check what the file is, or name the \
         columns as in the tidy layout (timestamp, open, high, low, close, volume)"
    )]
    NoTable {
        /// First bytes or first line of the file.
        found: String,
    },
    /// No known layout fits the file.
    #[error(
        "found no layout that fits; {nearest} comes nearest, but {why}; name the columns as in the \
         tidy layout (timestamp, open, high, low, close, volume), or give `layout`"
    )]
    UnknownLayout {
        /// Layout that fits best.
        nearest: FileLayout,
        /// First difference from that layout: found, expected.
        why: String,
    },
    /// A file that does not fit the given layout.
    #[error("expected the layout {layout}, but {why}; leave out `layout` to have it recognized")]
    OtherLayout {
        /// The given layout.
        layout: FileLayout,
        /// First difference from that layout: found, expected.
        why: String,
    },
    /// A file that fits two layouts.
    #[error("found a file that may be {first} and {second}, expected one layout; give `layout`")]
    Ambiguous {
        /// First layout that fits.
        first: FileLayout,
        /// Second layout that fits.
        second: FileLayout,
    },
    /// A [`super::DataFile`] field that does not fit the file; `IngestError::field` names it.
    #[error("found {found}, expected {expected}")]
    Setting {
        /// Rejected value.
        found: String,
        /// Accepted values, and advice.
        expected: String,
    },
    /// A local time whose zone neither the file nor [`super::DataFile`] states.
    #[error(
        "found the time {found:?} without its zone, which {layout} leaves open; give \
         `utc_offset_minutes`, how far that clock is ahead of UTC, or `time_zone`, its zone"
    )]
    ZoneOpen {
        /// Layout of the file.
        layout: FileLayout,
        /// Time as in the file.
        found: String,
    },
    /// A local time that its zone skips or repeats when clocks change.
    #[error(
        "found the time {found:?}, which {zone} {how}, expected one that it has once; give \
         `utc_offset_minutes` where the clock is the same all year round, or correct the row"
    )]
    ClockChange {
        /// Time as in the file.
        found: String,
        /// Zone of the time.
        zone: String,
        /// Reason: the zone skips, repeats or does not reach the time.
        how: &'static str,
    },
    /// An instrument that is not in the file or must be chosen.
    #[error("found {found}, expected {expected}")]
    Instrument {
        /// Instruments in the file.
        found: String,
        /// Expected instrument, and advice.
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
    /// Files of one path with `*` that differ in layout or columns.
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
        /// Description of the damage.
        found: String,
        /// Readable content, and advice.
        expected: &'static str,
    },
    /// Malformed JSON, or JSON of another shape.
    #[error("found {0}, expected an array of rows; write the file again")]
    Json(#[source] serde_json::Error),
    /// A Parquet or Arrow file that polars cannot read.
    #[error("cannot be read as a table: {0}")]
    Table(#[source] Box<polars::error::PolarsError>),
    /// A required column is absent.
    #[error("found columns {found}, expected a column {column:?}")]
    MissingColumn {
        /// Name of the missing column.
        column: &'static str,
        /// Columns of the file.
        found: String,
    },
    /// A column of an unsuitable type.
    #[error("found type {found}, expected {expected}")]
    ColumnType {
        /// Type of the column.
        found: String,
        /// Suitable types.
        expected: &'static str,
    },
    /// A file without a row that makes a bar.
    #[error("found no row, expected at least one bar")]
    Empty,
    /// A row with too many or too few cells.
    #[error("found {found} cells, expected {expected}; correct the row")]
    CellCount {
        /// Number of cells in the row.
        found: usize,
        /// Number of cells in the first row or the header.
        expected: usize,
    },
    /// A cell that cannot be read as the value of its column.
    #[error("found {found:?}, expected {expected}")]
    Cell {
        /// Text of the cell; empty if it is missing.
        found: String,
        /// Expected content of the column.
        expected: &'static str,
    },
    /// A row whose numbers cannot be a bar: NaN, a price that is not positive, high < low, …
    #[error("{0}")]
    Bar(#[source] BarError),
    /// A row earlier than the row above it.
    #[error("found {found}, expected a time after {previous}, the row {}; sort the rows by time",
        .order.older())]
    Unsorted {
        /// Timestamp of the row.
        found: DateTime<Utc>,
        /// Timestamp of the row above, or of the row below if the file is newest first.
        previous: DateTime<Utc>,
        /// Order of the rows in the file.
        order: RowOrder,
    },
    /// Two rows with the same time.
    #[error("found {found} twice, expected each time once; keep one of the rows")]
    Duplicate {
        /// Repeated timestamp.
        found: DateTime<Utc>,
    },
    /// Trades or quotes without [`super::DataFile::resample_seconds`].
    #[error(
        "found trades or quotes, expected a length of the bars to make of them; give \
         `resample_seconds`"
    )]
    TicksNeedLength,
    /// Distances between rows that are too irregular for resampling.
    #[error("found {found}, expected {expected}")]
    RowSteps {
        /// Distances found.
        found: String,
        /// Distances that can be resampled, and advice.
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
        /// Path of the first file.
        first: PathBuf,
    },
    /// A bar length outside its range.
    #[error("bar length: found {} s, expected more than zero and at most 366 days",
        .found.num_seconds())]
    BarLength {
        /// Rejected bar length.
        found: TimeDelta,
    },
    /// A missing bar under [`super::Gaps::Refuse`].
    #[error("found no bar between {previous} and {found}, expected one every {} s; restore the \
        rows, or choose gaps Leave or ForwardFill", .bar_length.as_seconds_f64())]
    Gap {
        /// Timestamp before the gap.
        previous: DateTime<Utc>,
        /// Timestamp after the gap.
        found: DateTime<Utc>,
        /// Bar length of the files.
        bar_length: TimeDelta,
    },
    /// Files of different calendars under [`super::Calendar::Refuse`].
    #[error("found {found_rows} bars of which {foreign} are not in {}, expected the same calendar \
        (first difference: the bar ending {timestamp}); choose calendar Intersect to keep common \
        bars only", .first.display())]
    Calendars {
        /// Path of the first file.
        first: PathBuf,
        /// Number of bars of this file.
        found_rows: usize,
        /// Number of bars of this file that the first one lacks.
        foreign: usize,
        /// End of the first bar that only one of the two files has.
        timestamp: DateTime<Utc>,
    },
    /// No bar is common to this file and all files before it.
    #[error(
        "found no bar that all files before it have too, expected common bars; check the spans of \
         the files and whether their timestamps mark the open or the end"
    )]
    NoCommonBar,
    /// A signal without a known value at any bar's end.
    #[error(
        "found no bar at whose end the signal {name:?} is known, expected at least one; check \
         `known` and the cells of its column"
    )]
    SignalNeverKnown {
        /// Name of the signal.
        name: String,
    },
    /// A daily bar that opens before the order that it fills is decided, at the latest close of the
    /// row before.
    #[error(
        "found hours of {session}: a bar opens at {open}, before {decision}, when the bar of the \
         day before closes in {} (hours of {last_session}); expected bars that open after the \
         latest close, because an order cannot be filled before its decision; make the days of \
         both files of shorter bars with one `resample_anchor`, or leave one of the assets out",
        .last.display()
    )]
    EarlyFill {
        /// Trading hours of the file.
        session: Session,
        /// Open of the bar.
        open: DateTime<Utc>,
        /// Latest close of the row before.
        decision: DateTime<Utc>,
        /// Path of the file that closes last.
        last: PathBuf,
        /// Trading hours of that file.
        last_session: Session,
    },
    /// A bar at whose open or end no exchange rate is known.
    #[error(
        "found no rate of {pair} at {at}, when a bar opens or ends, expected one that is known \
         then; the rates of {} begin at {first}: give a file of rates that begins earlier, or \
         leave out the rows before", .rates.display()
    )]
    NoRate {
        /// Pair of the rates.
        pair: String,
        /// Path of the rates.
        rates: PathBuf,
        /// Open or end of the bar.
        at: DateTime<Utc>,
        /// First moment at which a rate is known.
        first: DateTime<Utc>,
    },
    /// A bar at whose open or end only an old exchange rate is known.
    #[error(
        "found the rate of {pair} from {known} at {at}, when a bar opens or ends, expected one at \
         most {} s old; complete {}, leave out the rows, or raise `max_age_seconds` if such a \
         rate will do", .max_age.num_seconds(), .rates.display()
    )]
    OldRate {
        /// Pair of the rates.
        pair: String,
        /// Path of the rates.
        rates: PathBuf,
        /// Open or end of the bar.
        at: DateTime<Utc>,
        /// Moment since which the newest rate is known.
        known: DateTime<Utc>,
        /// [`super::Conversion::max_age_seconds`].
        max_age: TimeDelta,
    },
    /// Valid files that do not make a valid panel.
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
