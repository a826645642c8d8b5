//! Errors of reports, tables and files of records.

use std::path::PathBuf;

/// Error of making or reading a report, table or file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file that could not be written, moved into place or read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Cause of the error.
        #[source]
        source: std::io::Error,
    },
    /// A failed read or write of a Parquet file, or a failed query over it.
    #[error("{place}: {source}")]
    Frame {
        /// Name of the file or the query.
        place: String,
        /// Cause of the error.
        #[source]
        source: polars::error::PolarsError,
    },
    /// An empty cell in a Parquet file, where this module writes a value.
    #[error("{place}: column `{column}`, row {row}: found nothing, expected {expected}")]
    MissingCell {
        /// Name of the file.
        place: String,
        /// Name of the column.
        column: String,
        /// Row index, from 0.
        row: usize,
        /// Kind of value expected.
        expected: &'static str,
    },
    /// Columns of a ledger with different lengths, or a ledger without bars.
    #[error(
        "ledger of `{policy}` under `{attack}`: column `{column}` has {found} values, expected \
         {expected}"
    )]
    RaggedLedger {
        /// Policy of the ledger.
        policy: String,
        /// Attack of the ledger.
        attack: String,
        /// Name of the column.
        column: &'static str,
        /// Length of the column.
        found: usize,
        /// Expected length.
        expected: String,
    },
    /// Ledgers of different assets, which cannot share a file.
    #[error(
        "ledger of `{policy}`: assets {found:?}, expected {expected:?} as in the first ledger; \
         write one file per panel"
    )]
    MixedSymbols {
        /// Policy of the ledger.
        policy: String,
        /// Assets of the ledger.
        found: Vec<String>,
        /// Assets of the first ledger.
        expected: Vec<String>,
    },
    /// A metric row that does not have one value per metric.
    #[error("training log of `{policy}`, update {update}: {found} values, expected {expected}")]
    RaggedRow {
        /// Policy of the log.
        policy: String,
        /// Index of the update.
        update: u64,
        /// Number of values.
        found: usize,
        /// Number of metrics.
        expected: usize,
    },
    /// A report without content.
    #[error("report `{title}`: {missing} is empty, expected {expected}")]
    Empty {
        /// Title of the report.
        title: String,
        /// Name of the empty input.
        missing: &'static str,
        /// Content expected.
        expected: &'static str,
    },
    /// An unknown performance metric.
    #[error(
        "report `{title}`: performance metric `{found}` is unknown, expected one of {expected}"
    )]
    UnknownMetric {
        /// Title of the report.
        title: String,
        /// Metric name found.
        found: String,
        /// Known names.
        expected: String,
    },
}

impl ReportError {
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File {
            path: path.to_path_buf(),
            source,
        }
    }

    pub(crate) fn frame(place: &str) -> impl FnOnce(polars::error::PolarsError) -> Self + '_ {
        move |source| Self::Frame {
            place: place.to_owned(),
            source,
        }
    }
}
