//! The error type of price files: file, place and fault.

use super::fault::IngestFault;
use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// Error about price files that do not make a panel: the file, the place in it, and the fault.
#[derive(Debug)]
pub struct IngestError {
    path: Option<PathBuf>,
    at: At,
    fault: Box<IngestFault>,
}

/// Place of a fault in a file.
#[derive(Debug, Clone)]
pub(super) enum At {
    File,
    /// Row, counted from 1.
    Row(usize),
    Column(Cow<'static, str>),
    Cell(usize, Cow<'static, str>),
    /// A field of [`super::DataFile`].
    Setting(&'static str),
}

impl IngestError {
    pub(super) fn file(path: &Path, fault: IngestFault) -> Self {
        Self::new(path, At::File, fault)
    }

    pub(super) fn new(path: &Path, at: At, fault: IngestFault) -> Self {
        Self {
            path: Some(path.to_path_buf()),
            at,
            fault: Box::new(fault),
        }
    }

    /// Path of the file; `None` if the fault concerns no single file.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Row of the fault, counted from 1: the line of a text file (header included), or the row of a
    /// Parquet, Arrow or JSON file.
    #[must_use]
    pub const fn row(&self) -> Option<usize> {
        match self.at {
            At::Row(row) | At::Cell(row, _) => Some(row),
            At::File | At::Column(_) | At::Setting(_) => None,
        }
    }

    /// Field of [`super::DataFile`] whose value does not fit the file.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self.at {
            At::Setting(field) => Some(field),
            _ => None,
        }
    }

    /// Kind and details of the fault.
    #[must_use]
    pub const fn fault(&self) -> &IngestFault {
        &self.fault
    }
}

impl From<IngestFault> for IngestError {
    fn from(fault: IngestFault) -> Self {
        Self {
            path: None,
            at: At::File,
            fault: Box::new(fault),
        }
    }
}

impl std::error::Error for IngestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source()
    }
}

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(path) = &self.path else {
            return self.fault.fmt(f);
        };
        path.display().fmt(f)?;
        match &self.at {
            At::File => Ok(()),
            At::Row(row) => write!(f, ", row {row}"),
            At::Column(column) => write!(f, ", column {column}"),
            At::Cell(row, column) => write!(f, ", row {row}, column {column}"),
            At::Setting(field) => write!(f, ", {field}"),
        }?;
        match &*self.fault {
            // The text of a `BarError` begins with the column.
            IngestFault::Bar(error) => write!(f, ", column {error}"),
            fault => write!(f, ": {fault}"),
        }
    }
}
