//! Parquet through polars.
//!
//! The index of such a file stands at its end, so that the bytes are held as a whole; the rows are handed out in parts.

use super::columns::{Columns, TIMESTAMP};
use super::place::Place;
use super::{IngestError, pages};
use polars::io::HiveOptions;
use polars::prelude::{DataFrame, LazyFrame, PolarsResult, ScanArgsParquet, ScanSources, col};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// Column of the instruments, in files that hold several.
pub(super) const SYMBOL: &str = "symbol";

/// Which rows are read.
pub(super) enum Instruments {
    /// All, in a file without a column of instruments.
    Any,
    /// All, which must be of one.
    One,
    /// Those of this one.
    Only(String),
}

/// The rows of the instrument.
fn of_instrument(
    part: &DataFrame,
    mut columns: Columns,
    instruments: &Instruments,
    place: &Place,
) -> Result<Columns, IngestError> {
    let column = part.column(SYMBOL).map_err(|error| place.table(error))?;
    let Ok(names) = column.str() else {
        let found = column.dtype().to_string();
        return Err(place.column_type(SYMBOL, found, "strings"));
    };
    let names: Vec<&str> = names.iter().map(Option::unwrap_or_default).collect();
    match instruments {
        Instruments::Only(wanted) => {
            let mut kept = columns.kept(names.iter().map(|name| name == wanted));
            kept.tally.other_instruments = names.len() - kept.timestamps.len();
            Ok(kept)
        }
        Instruments::Any | Instruments::One => {
            let first = names.first().copied().unwrap_or_default();
            if let Some(k) = names.iter().position(|name| *name != first) {
                return Err(IngestError::Instruments {
                    path: place.path(),
                    row: place.row(columns.row(k)),
                    found: names[k].to_owned(),
                    expected: first.to_owned(),
                });
            }
            columns.tally.instrument = Some(first.to_owned());
            Ok(columns)
        }
    }
}

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
        if let Err(fault) = pages::check(&bytes) {
            return Err(IngestError::Corrupt {
                path: place.path(),
                found: fault,
            });
        }
        let mut parquet = Self {
            bytes: ScanSources::Buffers(Arc::new([bytes.into()])),
            names: Vec::new(),
            place,
        };
        let schema = parquet.guarded(|| parquet.scan()?.collect_schema())?;
        parquet.names = schema.iter_names().map(ToString::to_string).collect();
        Ok(parquet)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The rows, many at a time: `timestamp` and the columns `numbers`, which must be there, and nothing else; of one instrument,
    /// where that is asked for.
    pub(super) fn rows(
        self,
        numbers: Vec<&'static str>,
        instruments: Instruments,
    ) -> Result<impl Iterator<Item = Result<Columns, IngestError>>, IngestError> {
        let symbol = match instruments {
            Instruments::Any => None,
            Instruments::One | Instruments::Only(_) => Some(SYMBOL),
        };
        let frame = self.guarded(|| self.collect(&numbers, symbol))?;
        let place = self.place;
        let parts = (0..frame.height()).step_by(Self::PART).map(move |first| {
            let start = i64::try_from(first).unwrap_or(i64::MAX);
            let part = frame.slice(start, Self::PART);
            let columns = Columns::new(&part, &numbers, &place, first)?;
            if symbol.is_none() {
                return Ok(columns);
            }
            of_instrument(&part, columns, &instruments, &place)
        });
        Ok(parts)
    }

    fn collect(
        &self,
        numbers: &[&'static str],
        symbol: Option<&'static str>,
    ) -> PolarsResult<DataFrame> {
        let wanted: Vec<_> = std::iter::once(TIMESTAMP)
            .chain(numbers.iter().copied())
            .chain(symbol)
            .map(col)
            .collect();
        self.scan()?.select(wanted).collect()
    }

    /// What polars makes of the bytes. Within a page that is broken it panics; that is a fault of the file.
    fn guarded<T>(&self, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, IngestError> {
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(read) => read.map_err(|error| self.place.table(error)),
            Err(_) => Err(IngestError::Corrupt {
                path: self.place.path(),
                found: "a page that cannot be decoded",
            }),
        }
    }

    fn scan(&self) -> PolarsResult<LazyFrame> {
        let args = ScanArgsParquet {
            hive_options: HiveOptions::new_disabled(),
            ..ScanArgsParquet::default()
        };
        LazyFrame::scan_parquet_sources(self.bytes.clone(), args)
    }
}
