//! Errors of reports, tables and files of records.

use std::path::PathBuf;

/// A report, table or file that cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A file could not be written, moved into place or read.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Cause.
        #[source]
        source: std::io::Error,
    },
    /// A Parquet file or a query over it failed.
    #[error("{place}: {source}")]
    Frame {
        /// The file or the query.
        place: String,
        /// Cause.
        #[source]
        source: polars::error::PolarsError,
    },
    /// A Parquet file of another kind than this module writes.
    #[error("{place}: column `{column}`, row {row}: found nothing, expected {expected}")]
    MissingCell {
        /// The file.
        place: String,
        /// The column.
        column: String,
        /// Row from 0.
        row: usize,
        /// Expected value.
        expected: &'static str,
    },
    /// Columns of a ledger have different lengths, or it has no bar.
    #[error(
        "ledger of `{policy}` under `{attack}`: column `{column}` has {found} values, expected \
         {expected}"
    )]
    RaggedLedger {
        /// Policy of the ledger.
        policy: String,
        /// Attack of the ledger.
        attack: String,
        /// The column.
        column: &'static str,
        /// Its length.
        found: usize,
        /// Expected length.
        expected: String,
    },
    /// Ledgers of different assets cannot share a file.
    #[error(
        "ledger of `{policy}`: assets {found:?}, expected {expected:?} as in the first ledger; \
         write one file per panel"
    )]
    MixedSymbols {
        /// Policy of the ledger.
        policy: String,
        /// Its assets.
        found: Vec<String>,
        /// The first ledger's assets.
        expected: Vec<String>,
    },
    /// A metric row does not have one value per metric.
    #[error("training log of `{policy}`, update {update}: {found} values, expected {expected}")]
    RaggedRow {
        /// Policy of the log.
        policy: String,
        /// The update.
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
        /// The empty input.
        missing: &'static str,
        /// Expected value.
        expected: &'static str,
    },
    /// An unknown performance metric.
    #[error(
        "report `{title}`: performance metric `{found}` is unknown, expected one of {expected}"
    )]
    UnknownMetric {
        /// Title of the report.
        title: String,
        /// The name that was given.
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
