//! Parquet files through polars, and Arrow IPC files.
//!
//! The index of such a file stands at its end, so the whole file is held in memory. Stated sizes
//! are checked before polars allocates them, because a failed allocation aborts the process.

mod arrow;
mod cells;
mod layouts;
mod parquet;

use self::layouts::shared_name;
use super::columns::{Columns, SIGNAL};
use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::FileLayout;
use super::layout::refuse_other_zone;
use super::parsed_file::{Contents, Front};
use super::report::UnusedColumn;
use polars::io::HiveOptions;
use polars::prelude::{DataFrame, LazyFrame, PolarsResult, ScanArgsParquet, ScanSources, col};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

const SYMBOL: &str = "symbol";

/// Selection of rows by instrument.
#[derive(Clone)]
enum Instruments {
    /// All rows; the file has no instrument column.
    Any,
    /// All rows, which must be of one instrument.
    One,
    Only(String),
}

/// A Parquet or Arrow file whose layout is known.
pub(super) struct Columnar {
    bytes: Bytes,
    time: &'static str,
    numbers: Vec<&'static str>,
    instruments: Instruments,
}

enum Bytes {
    Parquet(ScanSources),
    Arrow(Vec<u8>),
}

impl Columnar {
    /// Returns true if a file that begins with these bytes is Parquet or Arrow IPC.
    pub(super) fn begins(front: &[u8]) -> bool {
        front.starts_with(parquet::MAGIC) || front.starts_with(arrow::MAGIC)
    }

    /// Number of rows in a batch.
    const PART: usize = 1 << 16;

    /// Reads the column names and recognizes the layout.
    pub(super) fn open(file: &DataFile, bytes: Vec<u8>) -> Result<(Front, Self), IngestError> {
        let is_arrow = bytes.starts_with(arrow::MAGIC);
        let (format, check): (_, fn(&[u8]) -> _) = if is_arrow {
            ("Arrow IPC", arrow::check)
        } else {
            ("Parquet", parquet::check)
        };
        guarded(file, || check(&bytes))?.map_err(|found| file.error(damaged(found)))?;
        let bytes = if is_arrow {
            Bytes::Arrow(bytes)
        } else {
            Bytes::Parquet(ScanSources::Buffers(Arc::new([bytes.into()])))
        };
        let schema = guarded(file, || bytes.schema())?.map_err(|error| file.table(error))?;
        let names: Vec<String> = schema.iter().map(|column| column.name.clone()).collect();
        let layout =
            layouts::recognize(&names, format, file.layout).map_err(|fault| file.error(fault))?;
        if layout.name == FileLayout::FreqtradeBars {
            file.refuse_ends(layout.name)?;
        }
        refuse_other_zone(file, layout.name, 0)?;
        let has = |column: &str| names.iter().any(|name| name == column);
        let instruments = match &file.instrument {
            Some(wanted) if has(SYMBOL) => Instruments::Only(wanted.clone()),
            None if has(SYMBOL) && layout.name != FileLayout::Tidy => Instruments::One,
            _ => {
                file.refuse_instrument()?;
                Instruments::Any
            }
        };
        let numbers = layout.numbers.iter().copied();
        let numbers: Vec<&str> = numbers.filter(|column| has(column)).collect();
        let fields: Vec<&str> = numbers.iter().copied().map(shared_name).collect();
        let required = layout.required.join(", ");
        let mut read = vec![layout.time];
        read.extend(&numbers);
        if !matches!(instruments, Instruments::Any) {
            read.push(SYMBOL);
        }
        let front = Front {
            layout: layout.name,
            evidence: format!("{format} with columns {required}"),
            kind: layout.rows,
            contents: Contents::of(file, layout.rows, &fields, &names.join(", "))?,
            unused: unused_columns(file, schema, &read)?,
        };
        let columnar = Self {
            bytes,
            time: layout.time,
            numbers,
            instruments,
        };
        Ok((front, columnar))
    }

    pub(super) fn rows(
        self,
        file: &DataFile,
    ) -> Result<impl Iterator<Item = Result<Columns, IngestError>>, IngestError> {
        let symbol = match self.instruments {
            Instruments::Any => None,
            Instruments::One | Instruments::Only(_) => Some(SYMBOL),
        };
        let mut wanted: Vec<&str> = std::iter::once(self.time)
            .chain(self.numbers.iter().copied())
            .chain(symbol)
            .collect();
        for signal in &file.signals {
            if !wanted.contains(&signal.column.as_str()) {
                wanted.push(&signal.column);
            }
        }
        let frame =
            guarded(file, || self.bytes.frame(&wanted))?.map_err(|error| file.table(error))?;
        let parts = (0..frame.height()).step_by(Self::PART).map(move |first| {
            let start = i64::try_from(first).unwrap_or(i64::MAX);
            let part = frame.slice(start, Self::PART);
            let cells = cells::Cells {
                frame: &part,
                file,
                first,
            };
            let price = |&column| Ok((shared_name(column), cells.numbers(column)?));
            let signals = file.signals.iter();
            let signals = signals.map(|signal| Ok((SIGNAL, cells.signal(signal)?)));
            let is_dated = cells.are_dates(self.time);
            let mut columns = Columns::consecutive(
                first,
                cells.timestamps(self.time)?,
                self.numbers
                    .iter()
                    .map(price)
                    .chain(signals)
                    .collect::<Result<_, IngestError>>()?,
            );
            if is_dated {
                columns.tally.bare_dates = columns.timestamps.len();
            }
            match &self.instruments {
                Instruments::Any => Ok(columns),
                Instruments::One => of_one_instrument(columns, &cells.strings(SYMBOL)?, file),
                Instruments::Only(wanted) => {
                    let symbols = cells.strings(SYMBOL)?;
                    let mut kept = columns.kept(symbols.iter().map(|symbol| symbol == wanted));
                    kept.tally.bare_dates = columns.tally.bare_dates.min(kept.timestamps.len());
                    kept.tally.other_instruments = symbols.len() - kept.timestamps.len();
                    Ok(kept)
                }
            }
        });
        Ok(parts)
    }
}

/// Checks the columns of the signals; returns the columns that are neither theirs nor in `read`.
fn unused_columns(
    file: &DataFile,
    mut schema: Vec<UnusedColumn>,
    read: &[&str],
) -> Result<Vec<UnusedColumn>, IngestError> {
    // Volumes may be a signal, too.
    let is_further = |name: &str| !read.contains(&name) || matches!(name, "volume" | "amount");
    let names = schema.iter().map(|column| column.name.as_str());
    let names: Vec<&str> = names.filter(|name| is_further(name)).collect();
    file.signal_places(&names)?;
    let is_signal = |name: &str| file.signals.iter().any(|signal| signal.column == name);
    schema.retain(|column| !read.contains(&&*column.name) && !is_signal(&column.name));
    Ok(schema)
}

fn of_one_instrument(
    mut columns: Columns,
    symbols: &[&str],
    file: &DataFile,
) -> Result<Columns, IngestError> {
    let first = symbols.first().copied().unwrap_or_default();
    if let Some(k) = symbols.iter().position(|symbol| *symbol != first) {
        let fault = IngestFault::Instruments {
            found: symbols[k].to_owned(),
            expected: first.to_owned(),
        };
        return Err(file.in_row(columns.rows[k], fault));
    }
    columns.tally.instrument = Some(first.to_owned());
    Ok(columns)
}

impl Bytes {
    /// Names of all columns, and whether they hold numbers.
    fn schema(&self) -> PolarsResult<Vec<UnusedColumn>> {
        match self {
            Self::Arrow(bytes) => arrow::schema(bytes),
            Self::Parquet(bytes) => {
                let schema = scan(bytes)?.collect_schema()?;
                let columns = schema.iter().map(|(name, kind)| UnusedColumn {
                    name: name.to_string(),
                    is_numeric: kind.is_primitive_numeric(),
                });
                Ok(columns.collect())
            }
        }
    }

    /// Columns named in `wanted`, which must exist.
    fn frame(&self, wanted: &[&str]) -> PolarsResult<DataFrame> {
        match self {
            Self::Arrow(bytes) => arrow::frame(bytes, wanted),
            Self::Parquet(bytes) => {
                let columns: Vec<_> = wanted.iter().copied().map(col).collect();
                scan(bytes)?.select(columns).collect()
            }
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

/// Runs polars and turns its panic on a broken page into an error about the file.
fn guarded<T>(file: &DataFile, read: impl FnOnce() -> T) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| file.error(damaged("a page that cannot be decoded")))
}

fn damaged(found: &str) -> IngestFault {
    IngestFault::Damaged {
        found: format!("a file of columns with {found}"),
        expected: "a whole one; write or download it again",
    }
}

/// Refuses an unpacked size above both 256 MiB and 256 times the compressed length.
fn check_unpacked(unpacked: i64, packed: usize) -> Result<(), &'static str> {
    const SMALL: usize = 1 << 28;
    const RATIO: usize = 1 << 8;
    let most = packed.saturating_mul(RATIO).max(SMALL);
    match usize::try_from(unpacked) {
        Ok(unpacked) if unpacked <= most => Ok(()),
        Ok(_) => Err("a column that states to unpack to more than can be"),
        Err(_) => Err("a page of negative length"),
    }
}
