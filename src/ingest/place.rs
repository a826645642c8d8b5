//! A file whose rows are counted from 1, for errors.

use super::error::{At, IngestError};
use super::fault::IngestFault;
use polars::prelude::PolarsError;
use std::path::PathBuf;

/// A file whose rows an editor counts from 1, and this crate from 0.
#[derive(Debug, Clone)]
pub(super) struct Place(pub(super) PathBuf);

impl Place {
    /// A fault of the file as a whole.
    pub(super) fn error(&self, fault: IngestFault) -> IngestError {
        IngestError::file(&self.0, fault)
    }

    /// A fault of row `i`, from 0.
    pub(super) fn in_row(&self, i: usize, fault: IngestFault) -> IngestError {
        IngestError::new(&self.0, At::Row(1 + i), fault)
    }

    /// A fault of the timestamp of row `i`, from 0.
    pub(super) fn in_time(&self, i: usize, fault: IngestFault) -> IngestError {
        let at = At::Cell(1 + i, "timestamp");
        IngestError::new(&self.0, at, fault)
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
        IngestError::new(&self.0, At::Cell(1 + i, column), fault)
    }

    /// A column of an unsuitable type.
    pub(super) fn column_type(
        &self,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        let fault = IngestFault::ColumnType { found, expected };
        IngestError::new(&self.0, At::Column(column), fault)
    }

    /// A table that polars does not read.
    pub(super) fn table(&self, error: PolarsError) -> IngestError {
        self.error(IngestFault::Table(Box::new(error)))
    }
}
