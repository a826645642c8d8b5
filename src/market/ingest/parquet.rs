//! Parquet through polars.
//!
//! The index of such a file stands at its end, so that the bytes are held as a whole; the rows are handed out in parts.

use super::IngestError;
use super::columns::{Columns, TIMESTAMP};
use super::place::Place;
use polars::io::HiveOptions;
use polars::prelude::{DataFrame, LazyFrame, PolarsResult, ScanArgsParquet, ScanSources, col};
use std::path::Path;
use std::sync::Arc;

/// The rows of a Parquet file that were not handed out yet.
pub(super) struct Parquet {
    bytes: ScanSources,
    names: Vec<String>,
    place: Place,
    /// The wanted columns, once they are known.
    frame: Option<DataFrame>,
    n_read: usize,
}

impl Parquet {
    /// Rows of one part.
    const PART: usize = 1 << 16;

    /// Reads the names of the columns, no row.
    pub(super) fn open(path: &Path, bytes: Vec<u8>) -> Result<Self, IngestError> {
        let place = Place::new(path, 1);
        if bytes.is_empty() {
            return Err(IngestError::Empty { path: place.path() });
        }
        let mut parquet = Self {
            bytes: ScanSources::Buffers(Arc::new([bytes.into()])),
            names: Vec::new(),
            place,
            frame: None,
            n_read: 0,
        };
        let schema = parquet.scan().and_then(|mut lazy| lazy.collect_schema());
        let schema = schema.map_err(|error| parquet.place.table(error))?;
        parquet.names = schema.iter_names().map(ToString::to_string).collect();
        Ok(parquet)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The next rows, `timestamp` and the columns `numbers`, which must be there, and nothing else; `None` at the end.
    pub(super) fn next(
        &mut self,
        numbers: &[&'static str],
    ) -> Result<Option<Columns>, IngestError> {
        let frame = match self.frame.take() {
            Some(frame) => frame,
            None => self
                .collect(numbers)
                .map_err(|error| self.place.table(error))?,
        };
        let first = self.n_read;
        let part = frame.slice(i64::try_from(first).unwrap_or(i64::MAX), Self::PART);
        self.n_read += part.height();
        self.frame = Some(frame);
        if part.height() == 0 {
            return Ok(None);
        }
        Columns::new(&part, numbers, &self.place, first).map(Some)
    }

    fn collect(&self, numbers: &[&'static str]) -> PolarsResult<DataFrame> {
        let wanted: Vec<_> = std::iter::once(TIMESTAMP)
            .chain(numbers.iter().copied())
            .map(col)
            .collect();
        self.scan()?.select(wanted).collect()
    }

    fn scan(&self) -> PolarsResult<LazyFrame> {
        let args = ScanArgsParquet {
            hive_options: HiveOptions::new_disabled(),
            ..ScanArgsParquet::default()
        };
        LazyFrame::scan_parquet_sources(self.bytes.clone(), args)
    }
}
