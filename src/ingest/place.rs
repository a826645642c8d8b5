//! A file and the numbering of its rows, for errors.

use super::error::{At, IngestError};
use super::fault::IngestFault;
use polars::prelude::PolarsError;
use std::path::{Path, PathBuf};

/// A file and the numbering of its rows.
#[derive(Debug, Clone)]
pub(super) struct Place {
    path: PathBuf,
    first_row: usize,
}

impl Place {
    /// `first_row` is the number that an editor gives to the first row.
    pub(super) fn new(path: &Path, first_row: usize) -> Self {
        Self {
            path: path.to_path_buf(),
            first_row,
        }
    }

    /// A fault of the file as a whole.
    pub(super) fn error(&self, fault: IngestFault) -> IngestError {
        IngestError::file(&self.path, fault)
    }

    /// A fault of row `i`, from 0.
    pub(super) fn in_row(&self, i: usize, fault: IngestFault) -> IngestError {
        IngestError::new(&self.path, At::Row(self.first_row + i), fault)
    }

    /// A fault of the timestamp of row `i`, from 0.
    pub(super) fn in_time(&self, i: usize, fault: IngestFault) -> IngestError {
        let at = At::Cell(self.first_row + i, "timestamp");
        IngestError::new(&self.path, at, fault)
    }

    /// A cell of row `i`, from 0, that cannot be read.
    pub(super) fn cell(
        &self,
        i: usize,
        column: &'static str,
        found: &str,
        expected: &'static str,
    ) -> IngestError {
        let found = found.to_owned();
        let fault = IngestFault::Cell { found, expected };
        IngestError::new(&self.path, At::Cell(self.first_row + i, column), fault)
    }

    /// A column of an unsuitable type.
    pub(super) fn column_type(
        &self,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        let fault = IngestFault::ColumnType { found, expected };
        IngestError::new(&self.path, At::Column(column), fault)
    }

    /// A table that polars does not read.
    pub(super) fn table(&self, error: PolarsError) -> IngestError {
        self.error(IngestFault::Table(Box::new(error)))
    }
}
