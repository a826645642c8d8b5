//! Parquet through polars, and Arrow IPC.
//!
//! The index of such a file stands at its end, so that the bytes are held as a whole; the rows are
//! handed out in parts.

use super::columns::{Columns, TIMESTAMP};
use super::place::Place;
use super::{IngestError, arrow, pages};
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

/// A file of columns of which the names were read.
pub(super) struct Columnar {
    bytes: Bytes,
    names: Vec<String>,
    place: Place,
}

/// A file, whole.
enum Bytes {
    Parquet(ScanSources),
    Arrow(Vec<u8>),
}

impl Columnar {
    /// Whether a file that begins so is one.
    pub(super) fn begins(front: &[u8]) -> bool {
        front.starts_with(b"PAR1") || front.starts_with(arrow::MAGIC)
    }

    /// Rows of one part.
    const PART: usize = 1 << 16;

    /// Reads the names of the columns, no row.
    pub(super) fn open(path: &Path, bytes: Vec<u8>) -> Result<Self, IngestError> {
        let place = Place::new(path, 1);
        if bytes.is_empty() {
            return Err(IngestError::Empty { path: place.path() });
        }
        let mut columnar = Self {
            bytes: if bytes.starts_with(arrow::MAGIC) {
                Bytes::Arrow(bytes)
            } else {
                if let Err(fault) = pages::check(&bytes) {
                    return Err(IngestError::Corrupt {
                        path: place.path(),
                        found: fault,
                    });
                }
                Bytes::Parquet(ScanSources::Buffers(Arc::new([bytes.into()])))
            },
            names: Vec::new(),
            place,
        };
        columnar.names = columnar.guarded(|| match &columnar.bytes {
            Bytes::Arrow(bytes) => arrow::names(bytes),
            Bytes::Parquet(bytes) => {
                let schema = scan(bytes)?.collect_schema()?;
                Ok(schema.iter_names().map(ToString::to_string).collect())
            }
        })?;
        Ok(columnar)
    }

    /// What kind of file it is.
    pub(super) const fn format(&self) -> &'static str {
        match self.bytes {
            Bytes::Parquet(_) => "Parquet",
            Bytes::Arrow(_) => "Arrow IPC",
        }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The rows, many at a time: the column `time` and the columns `numbers`, which must be there,
    /// and nothing else; of one instrument, where that is asked for.
    pub(super) fn rows(
        self,
        time: &'static str,
        numbers: Vec<&'static str>,
        instruments: Instruments,
    ) -> Result<impl Iterator<Item = Result<Columns, IngestError>>, IngestError> {
        let symbol = match instruments {
            Instruments::Any => None,
            Instruments::One | Instruments::Only(_) => Some(SYMBOL),
        };
        let wanted: Vec<&str> = std::iter::once(time)
            .chain(numbers.iter().copied())
            .chain(symbol)
            .collect();
        let frame = self.guarded(|| {
            let mut frame = self.collect(&wanted)?;
            frame.rename(time, TIMESTAMP.into())?;
            Ok(frame)
        })?;
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

    fn collect(&self, wanted: &[&str]) -> PolarsResult<DataFrame> {
        match &self.bytes {
            Bytes::Arrow(bytes) => arrow::frame(bytes, wanted),
            Bytes::Parquet(bytes) => {
                let columns: Vec<_> = wanted.iter().copied().map(col).collect();
                scan(bytes)?.select(columns).collect()
            }
        }
    }

    /// What polars makes of the bytes. Within a page that is broken it panics; that is a fault of
    /// the file.
    fn guarded<T>(&self, read: impl FnOnce() -> PolarsResult<T>) -> Result<T, IngestError> {
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(read) => read.map_err(|error| self.place.table(error)),
            Err(_) => Err(IngestError::Corrupt {
                path: self.place.path(),
                found: "a page that cannot be decoded",
            }),
        }
    }
}

fn scan(bytes: &ScanSources) -> PolarsResult<LazyFrame> {
    let args = ScanArgsParquet {
        hive_options: HiveOptions::new_disabled(),
        ..ScanArgsParquet::default()
    };
    LazyFrame::scan_parquet_sources(bytes.clone(), args)
}
