//! A file of either format, read once from the front to the end.

use super::IngestError;
use super::blocks::Blocks;
use super::columns::Columns;
use super::csv::Csv;
use super::hashed_file::HashedFile;
use super::parquet::Parquet;
use super::place::Place;
use std::path::Path;
use std::thread::Scope;

/// A file of which the names of the columns were read.
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

    /// The rows, many at a time: `timestamp` and the columns `numbers`, which must be there.
    pub(super) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        numbers: Vec<&'static str>,
    ) -> Result<Box<dyn Iterator<Item = Result<Columns, IngestError>> + 'scope>, IngestError>
    where
        'a: 'scope,
    {
        match self {
            Self::Csv(csv) => {
                let path = csv.place().path();
                match csv.rows(scope, numbers) {
                    Ok(rows) => Ok(Box::new(rows)),
                    Err(source) => Err(IngestError::Io { path, source }),
                }
            }
            Self::Parquet(parquet) => Ok(Box::new(parquet.rows(numbers)?)),
        }
    }
}
