//! A file of either format, read once from the front to the end.

use super::IngestError;
use super::blocks::Blocks;
use super::columns::{Columns, TIMESTAMP};
use super::csv::Csv;
use super::hashed_file::HashedFile;
use super::parquet::Parquet;
use super::place::Place;
use std::path::Path;

/// The rows of a file that were not handed out yet.
pub(super) enum Source<'a> {
    Csv(Csv<'a>),
    Parquet(Parquet),
}

impl<'a> Source<'a> {
    /// Reads the names of the columns.
    pub(super) fn open(path: &Path, file: &'a mut HashedFile) -> Result<Self, IngestError> {
        let blocks = Blocks::new(file, Blocks::SIZE)?;
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        match extension.to_ascii_lowercase().as_str() {
            "csv" => Csv::open(path, blocks).map(Self::Csv),
            "parquet" => Parquet::open(path, blocks.into_rest()?).map(Self::Parquet),
            _ => Err(IngestError::Format {
                found: extension.into_owned(),
                path: path.to_path_buf(),
            }),
        }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        match self {
            Self::Csv(csv) => csv.names().any(|name| name == column),
            Self::Parquet(parquet) => parquet.names().any(|name| name == column),
        }
    }

    /// Refuses a file without a column of this name.
    pub(super) fn need(&self, column: &'static str) -> Result<(), IngestError> {
        if self.has(column) {
            return Ok(());
        }
        let names: Vec<&str> = match self {
            Self::Csv(csv) => csv.names().collect(),
            Self::Parquet(parquet) => parquet.names().collect(),
        };
        Err(IngestError::MissingColumn {
            path: self.place().path(),
            column,
            found: names.join(", "),
        })
    }

    pub(super) const fn place(&self) -> &Place {
        match self {
            Self::Csv(csv) => csv.place(),
            Self::Parquet(parquet) => parquet.place(),
        }
    }

    /// The next rows: `timestamp` and the columns `numbers`, which must be there; `None` at the end.
    pub(super) fn next(
        &mut self,
        numbers: &[&'static str],
    ) -> Result<Option<Columns>, IngestError> {
        debug_assert!(self.has(TIMESTAMP));
        match self {
            Self::Csv(csv) => csv.next(numbers),
            Self::Parquet(parquet) => parquet.next(numbers),
        }
    }
}
