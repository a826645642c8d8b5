//! Every way in which a file can be wrong.

use crate::market::{BarError, PanelError, ResampleError};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;

/// Files that do not make a panel.
///
/// A `row` is what an editor shows: the line of a CSV file (its header is line 1), the row of a Parquet file (the first is 1).
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
    /// Neither CSV nor Parquet by name.
    #[error("{}: found extension {found:?}, expected \"csv\" or \"parquet\"", .path.display())]
    Format {
        /// The path.
        path: PathBuf,
        /// Its extension.
        found: String,
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
    #[error("{}, row {row}, column timestamp: found {found}, expected a time after {previous}, the row above; sort the rows by time", .path.display())]
    Unsorted {
        /// The path.
        path: PathBuf,
        /// The row, as an editor shows it.
        row: usize,
        /// Its timestamp.
        found: DateTime<Utc>,
        /// The timestamp of the row above.
        previous: DateTime<Utc>,
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
    #[error("{}: found a single bar, expected at least two to infer the bar length; give the bar length", .path.display())]
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
