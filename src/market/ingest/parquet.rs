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

/// A Parquet file of which the names of the columns were read.
pub(super) struct Parquet {
    bytes: ScanSources,
    names: Vec<String>,
    place: Place,
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

    /// The rows, many at a time: `timestamp` and the columns `numbers`, which must be there, and nothing else.
    pub(super) fn rows(
        self,
        numbers: Vec<&'static str>,
    ) -> Result<impl Iterator<Item = Result<Columns, IngestError>>, IngestError> {
        let collected = self.collect(&numbers);
        let frame = collected.map_err(|error| self.place.table(error))?;
        let place = self.place;
        let parts = (0..frame.height()).step_by(Self::PART).map(move |first| {
            let start = i64::try_from(first).unwrap_or(i64::MAX);
            Columns::new(&frame.slice(start, Self::PART), &numbers, &place, first)
        });
        Ok(parts)
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
