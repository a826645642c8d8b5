//! Every way in which a file can be wrong.

use super::{Layout, RowOrder};
use crate::market::{BarError, PanelError, ResampleError};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;

/// Files that do not make a panel.
///
/// A `row` is what an editor shows: the line of a CSV file (its header is line 1), the row of a
/// Parquet or JSON file (the first is 1).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// No file at all.
    #[error("found no data file, expected at least one")]
    NoFile,
    /// A path that leads nowhere.
    #[error("{}: found no such file, expected a file of bars; check the path and the folder it is relative to", .path.display())]
    MissingFile {
        /// The path.
        path: PathBuf,
    },
    /// A file that the system will not give.
    #[error("{}: cannot be read: {source}", .path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// Bytes of a format that is not read.
    #[error("{}: found {found}, expected a table of a known layout (CSV, JSON, Parquet, Arrow IPC); {remedy}", .path.display())]
    Format {
        /// The path.
        path: PathBuf,
        /// The format.
        found: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A file of no known layout.
    #[error("{}: found no layout that it has; {nearest} comes nearest, but {why}; name the columns as in the tidy layout (timestamp, open, high, low, close, volume), or give `layout`", .path.display())]
    UnknownLayout {
        /// The path.
        path: PathBuf,
        /// The layout that it has the most of.
        nearest: Layout,
        /// What is otherwise: found, expected.
        why: String,
    },
    /// Bytes or a text with nothing of a table.
    #[error("{}: found {found}, expected a table of a known layout; check what the file is, or name the columns as in the tidy layout (timestamp, open, high, low, close, volume)", .path.display())]
    NoTable {
        /// The path.
        path: PathBuf,
        /// What it begins with.
        found: String,
    },
    /// A file that does not have the layout that was given.
    #[error("{}: expected the layout {layout}, but {why}; leave out `layout` to have it recognized", .path.display())]
    OtherLayout {
        /// The path.
        path: PathBuf,
        /// The layout that was given.
        layout: Layout,
        /// What is otherwise: found, expected.
        why: String,
    },
    /// A file that has two layouts.
    #[error("{}: found a file that may be {first} and {second}, expected one layout; give `layout`", .path.display())]
    Ambiguous {
        /// The path.
        path: PathBuf,
        /// One of them.
        first: Layout,
        /// Another.
        second: Layout,
    },
    /// A time whose zone nobody told.
    #[error("{}, row {row}: found the time {found:?} without its zone, which {layout} leaves open; give `utc_offset_minutes`, how far that clock is ahead of UTC, or `time_zone`, its zone", .path.display())]
    ZoneOpen {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// The layout.
        layout: Layout,
        /// The time.
        found: String,
    },
    /// A zone that the layout defines otherwise.
    #[error("{}, utc_offset_minutes: found {found}, expected {expected}, as {layout} defines it; leave it out", .path.display())]
    ZoneDefined {
        /// The path.
        path: PathBuf,
        /// The layout.
        layout: Layout,
        /// What was given.
        found: i32,
        /// What the layout says.
        expected: i32,
    },
    /// A named zone where the layout defines one.
    #[error("{}, time_zone: found {found:?}, expected none, for {layout} defines the zone of its times; leave it out", .path.display())]
    TimeZoneDefined {
        /// The path.
        path: PathBuf,
        /// The layout.
        layout: Layout,
        /// What was given.
        found: String,
    },
    /// A zone that nobody knows.
    #[error("{}, time_zone: found {found:?}, expected a name of the IANA database such as Europe/Athens or America/New_York; correct it", .path.display())]
    TimeZone {
        /// The path.
        path: PathBuf,
        /// What was given.
        found: String,
    },
    /// A time at which clocks were changed.
    #[error("{}, row {row}: found the time {found:?}, which {zone} {how}, expected one that it has once; give `utc_offset_minutes` where the clock is the same all year round, or correct the row", .path.display())]
    ClockChange {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// The time.
        found: String,
        /// The zone.
        zone: String,
        /// What the zone does with it.
        how: &'static str,
    },
    /// A zone that no clock is in.
    #[error("{}, utc_offset_minutes: found {found}, expected -1439 to 1439", .path.display())]
    UtcOffset {
        /// The path.
        path: PathBuf,
        /// What was given.
        found: i32,
    },
    /// Bars whose times are not what was given.
    #[error("{}, timestamps: found End, expected Open, for the times of {layout} mark the open of a bar", .path.display())]
    LabelDefined {
        /// The path.
        path: PathBuf,
        /// The layout.
        layout: Layout,
    },
    /// No such instrument, or no way to tell.
    #[error("{}: found {found}, expected {expected}", .path.display())]
    Instrument {
        /// The path.
        path: PathBuf,
        /// The instruments of the file.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// Rows of several instruments.
    #[error("{}, row {row}: found the instrument {found:?}, expected {expected:?} as in the rows before; give `instrument`, the one to read", .path.display())]
    Instruments {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Another instrument.
        found: String,
        /// The first one.
        expected: String,
    },
    /// Files of one path with `*` that do not look alike.
    #[error("{}: found {found}, expected {expected} as in the first of the files; give them apart", .path.display())]
    Parts {
        /// The file that differs.
        path: PathBuf,
        /// What it looks like.
        found: String,
        /// What the first one looks like.
        expected: String,
    },
    /// A hole, where that is refused.
    #[error("{}: found no bar between {previous} and {found}, expected one every {} s; restore the rows, or choose gaps Leave or ForwardFill", .path.display(), .bar_length.as_seconds_f64())]
    Gap {
        /// The path.
        path: PathBuf,
        /// The timestamp before the hole.
        previous: DateTime<Utc>,
        /// The timestamp after it.
        found: DateTime<Utc>,
        /// The bar length.
        bar_length: TimeDelta,
    },
    /// Trades or quotes that are to be no bars.
    #[error("{}: found trades or quotes, expected a length of the bars to make of them; give `resample_seconds`", .path.display())]
    TicksNeedLength {
        /// The path.
        path: PathBuf,
    },
    /// A row with a cell too many or too few.
    #[error("{}, row {row}: found {found} cells, expected {expected}; correct the row", .path.display())]
    CellCount {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Its cells.
        found: usize,
        /// Those of the first row.
        expected: usize,
    },
    /// Bytes that are no text.
    #[error("{}, row {row}: found bytes that are no UTF-8, expected a text; save it as UTF-8", .path.display())]
    Encoding {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
    },
    /// A line that does not end.
    #[error("{}: found more than {found} bytes without a line break, expected lines; check what the file is", .path.display())]
    LongLine {
        /// The path.
        path: PathBuf,
        /// Bytes so far.
        found: usize,
    },
    /// A file of columns that is too large to be held.
    #[error("{}: found more than {found} bytes, expected fewer, for a Parquet or Arrow file is held as a whole; unpack it where it is compressed, or cut it", .path.display())]
    Large {
        /// The path.
        path: PathBuf,
        /// Bytes so far.
        found: usize,
    },
    /// A Parquet or Arrow file that contradicts itself.
    #[error("{}: found a file of columns with {found}, expected a whole one; write or download it again", .path.display())]
    Corrupt {
        /// The path.
        path: PathBuf,
        /// What cannot be.
        found: &'static str,
    },
    /// No JSON, or other JSON.
    #[error("{}: found {source}, expected an array of rows; write the file again", .path.display())]
    Json {
        /// The path.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// Bytes other than those that were asked for.
    #[error("{}: found sha256 {found}, expected {expected}; restore the file, or update the checksum if the change is meant", .path.display())]
    Sha256 {
        /// The path.
        path: PathBuf,
        /// Digest of the bytes.
        found: String,
        /// Digest that was asked for.
        expected: String,
    },
    /// Not a table at all, in polars' words.
    #[error("{}: cannot be read as a table: {source}", .path.display())]
    Table {
        /// The path.
        path: PathBuf,
        /// What polars said.
        #[source]
        source: Box<polars::error::PolarsError>,
    },
    /// A column that the layout needs.
    #[error("{}: found columns {found}, expected a column {column:?}", .path.display())]
    MissingColumn {
        /// The path.
        path: PathBuf,
        /// The missing column.
        column: &'static str,
        /// The columns there are.
        found: String,
    },
    /// A Parquet column of a type that cannot serve.
    #[error("{}, column {column}: found type {found}, expected {expected}", .path.display())]
    ColumnType {
        /// The path.
        path: PathBuf,
        /// The column.
        column: &'static str,
        /// Its type.
        found: String,
        /// What can serve.
        expected: &'static str,
    },
    /// No row.
    #[error("{}: found no row, expected at least one bar", .path.display())]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// A cell that does not read as what its column holds.
    #[error("{}, row {row}, column {column}: found {found:?}, expected {expected}", .path.display())]
    Cell {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// The column.
        column: &'static str,
        /// The cell, empty where it is missing.
        found: String,
        /// What the column holds.
        expected: &'static str,
    },
    /// A row whose numbers cannot be a bar: NaN, a price that is not positive, high < low, ...
    #[error("{}, row {row}, column {error}", .path.display())]
    Bar {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Column, found, expected.
        #[source]
        error: BarError,
    },
    /// A bar before the one above it.
    #[error("{}, row {row}, column timestamp: found {found}, expected a time after {previous}, the row {}; sort the rows by time", .path.display(), .order.older())]
    Unsorted {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Its timestamp.
        found: DateTime<Utc>,
        /// The timestamp of the row above, or below where the newest comes first.
        previous: DateTime<Utc>,
        /// In which order the rows of the file stand.
        order: RowOrder,
    },
    /// The same bar twice.
    #[error("{}, row {row}, column timestamp: found {found} twice, expected each time once; keep one of the rows", .path.display())]
    Duplicate {
        /// The path.
        path: PathBuf,
        /// The second of the rows, as an editor shows it.
        row: usize,
        /// The timestamp.
        found: DateTime<Utc>,
    },
    /// A file too short to tell its bar length.
    #[error("{}: found a single bar, expected at least two to infer the bar length; give `bar_seconds`", .path.display())]
    NoBarLength {
        /// The path.
        path: PathBuf,
    },
    /// Files of different bar lengths.
    #[error("{}: found bars of {} s, expected {} s as in {}; use files of one bar length, or give it", .path.display(), .found.num_seconds(), .expected.num_seconds(), .first.display())]
    BarLengths {
        /// The file that differs.
        path: PathBuf,
        /// Its bar length.
        found: TimeDelta,
        /// The bar length of the first file.
        expected: TimeDelta,
        /// The first file.
        first: PathBuf,
    },
    /// A bar length that cannot be.
    #[error("bar length: found {} s, expected more than zero and at most 366 days", .found.num_seconds())]
    BarLength {
        /// What was given.
        found: TimeDelta,
    },
    /// A bar length that nothing can be resampled to.
    #[error("{}, resample_seconds: {error}", .path.display())]
    ResampleLength {
        /// The path.
        path: PathBuf,
        /// Found, expected.
        #[source]
        error: ResampleError,
    },
    /// A bar length that rows do not add up to.
    #[error("{}, resample_seconds: found {}, expected a multiple of {}, the seconds from row to row in the file; choose one, or leave it out", .path.display(), .found.as_seconds_f64(), .row_length.as_seconds_f64())]
    ResampleMultiple {
        /// The path.
        path: PathBuf,
        /// What was asked for.
        found: TimeDelta,
        /// The most frequent distance between the first rows.
        row_length: TimeDelta,
    },
    /// A file too short to tell the length of its rows' bars.
    #[error("{}, resample_seconds: found a single row, expected at least two to tell how long a row's bar is; leave it out", .path.display())]
    ResampleSingle {
        /// The path.
        path: PathBuf,
    },
    /// Rows that become shorter or longer in the course of a file.
    #[error("{}, column timestamp: found rows most often {} s apart in the whole file, expected {} s as in its first rows; resample a file with rows of one length", .path.display(), .found.as_seconds_f64(), .expected.as_seconds_f64())]
    ResampleSteps {
        /// The path.
        path: PathBuf,
        /// The most frequent distance between all rows.
        found: TimeDelta,
        /// The most frequent distance between the first rows.
        expected: TimeDelta,
    },
    /// Rows that are no bars of one length.
    #[error("{}, row {row}, column timestamp: found more than {n_different} different distances from row to row so far, expected bars of one length; make bars of the trades first", .path.display())]
    ResampleIrregular {
        /// The path.
        path: PathBuf,
        /// The row at which it was too many, as an editor shows it.
        row: usize,
        /// How many are too many.
        n_different: usize,
    },
    /// A row that cannot be part of a longer bar.
    #[error("{}, row {row}, column timestamp: {error}", .path.display())]
    Resample {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Found, expected.
        #[source]
        error: ResampleError,
    },
    /// A file that is resampled to another bar length than that of the panel.
    #[error("{}, resample_seconds: found {}, expected {} as the bar length asked for; make them the same", .path.display(), .found.num_seconds(), .expected.as_seconds_f64())]
    ResampleBarLength {
        /// The path.
        path: PathBuf,
        /// What it is resampled to.
        found: TimeDelta,
        /// The bar length of the panel.
        expected: TimeDelta,
    },
    /// Files of different calendars where that is refused.
    #[error("{}: found {found_rows} bars of which {foreign} are not in {}, expected the same calendar (first difference: the bar ending {timestamp}); choose calendar Intersect to keep common bars only", .path.display(), .first.display())]
    Calendars {
        /// The file that differs.
        path: PathBuf,
        /// The first file.
        first: PathBuf,
        /// Bars of the file that differs.
        found_rows: usize,
        /// How many of them the first file lacks.
        foreign: usize,
        /// End of the first bar that only one of the two has.
        timestamp: DateTime<Utc>,
    },
    /// Files without one common bar.
    #[error("{}: found no bar that all files before it have too, expected common bars; check the spans of the files and whether their timestamps mark the open or the end", .path.display())]
    NoCommonBar {
        /// The first file that leaves nothing in common.
        path: PathBuf,
    },
    /// Tables that are right one by one but make no panel.
    #[error(transparent)]
    Panel(#[from] PanelError),
}
