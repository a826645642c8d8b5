//! Where in a file something is, for its errors.

use super::IngestError;
use polars::prelude::PolarsError;
use std::path::{Path, PathBuf};

/// A file and how its rows are numbered.
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

    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Number of row `i` (from 0) as an editor shows it.
    pub(super) fn row(&self, i: usize) -> usize {
        self.first_row + i
    }

    pub(super) fn cell(
        &self,
        i: usize,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        IngestError::Cell {
            path: self.path(),
            row: self.row(i),
            column,
            found,
            expected,
        }
    }

    pub(super) fn column_type(
        &self,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        IngestError::ColumnType {
            path: self.path(),
            column,
            found,
            expected,
        }
    }

    pub(super) fn table(&self, error: PolarsError) -> IngestError {
        IngestError::Table {
            path: self.path(),
            source: Box::new(error),
        }
    }
}
