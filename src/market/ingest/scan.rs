//! CSV and Parquet through polars: lazily, needed columns only, typed from the start.
//!
//! A typed scan is fast but cannot say where it failed. Only when it fails, a second scan reads the same bytes as strings
//! and finds the first row and column that do not parse.

use super::IngestError;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use polars::io::HiveOptions;
use polars::prelude::{
    Column, DataFrame, DataType, LazyCsvReader, LazyFileListReader, LazyFrame, PolarsError,
    PolarsResult, ScanArgsParquet, ScanSources, Schema, TimeUnit, col,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The bytes of one table and the names of its columns.
pub(super) struct Source {
    path: PathBuf,
    format: Format,
    bytes: ScanSources,
    names: Vec<String>,
}

/// Columns of equal length.
pub(super) struct Columns {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    numbers: Vec<(&'static str, Vec<f64>)>,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Parquet,
}

impl Columns {
    pub(super) fn number(&self, name: &str) -> Option<&[f64]> {
        let (_, values) = self.numbers.iter().find(|(column, _)| *column == name)?;
        Some(values)
    }
}

impl Source {
    /// Reads the names of the columns, no row.
    pub(super) fn open(path: &Path, bytes: Vec<u8>) -> Result<Self, IngestError> {
        let path = path.to_path_buf();
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let format = match extension.to_ascii_lowercase().as_str() {
            "csv" => Format::Csv,
            "parquet" => Format::Parquet,
            _ => {
                return Err(IngestError::Format {
                    found: extension.into_owned(),
                    path,
                });
            }
        };
        if bytes.is_empty() {
            return Err(IngestError::Empty { path });
        }
        let bytes = ScanSources::Buffers(Arc::new([bytes.into()]));
        let mut source = Self {
            path,
            format,
            bytes,
            names: Vec::new(),
        };
        let schema = source
            .lazy(&[])
            .and_then(|mut lazy| lazy.collect_schema())
            .map_err(|error| source.table_error(error))?;
        source.names = schema.iter_names().map(ToString::to_string).collect();
        Ok(source)
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.names.iter().any(|name| name == column)
    }

    pub(super) fn need(&self, column: &'static str) -> Result<(), IngestError> {
        if self.has(column) {
            return Ok(());
        }
        Err(IngestError::MissingColumn {
            path: self.path.clone(),
            column,
            found: self.names.join(", "),
        })
    }

    /// Number of row `i` (from 0) as an editor shows it.
    pub(super) fn row(&self, i: usize) -> usize {
        match self.format {
            Format::Csv => i + 2,
            Format::Parquet => i + 1,
        }
    }

    /// Reads `timestamp` and the columns `numbers`, which must be there, and nothing else.
    pub(super) fn read(
        &self,
        timestamp: &'static str,
        numbers: &[&'static str],
    ) -> Result<Columns, IngestError> {
        let frame = match self.collect(numbers, timestamp, numbers) {
            Ok(frame) => frame,
            Err(error) => return Err(self.culprit(timestamp, numbers, error)),
        };
        if frame.height() == 0 {
            return Err(IngestError::Empty {
                path: self.path.clone(),
            });
        }
        let column = |name: &str| frame.column(name).map_err(|error| self.table_error(error));
        let timestamps = self.timestamps(timestamp, column(timestamp)?)?;
        let numbers = numbers
            .iter()
            .map(|&name| Ok((name, self.numbers(name, column(name)?)?)))
            .collect::<Result<_, IngestError>>()?;
        Ok(Columns {
            timestamps,
            numbers,
        })
    }

    fn collect(
        &self,
        typed: &[&'static str],
        timestamp: &str,
        numbers: &[&'static str],
    ) -> PolarsResult<DataFrame> {
        let wanted: Vec<_> = std::iter::once(timestamp)
            .chain(numbers.iter().copied())
            .map(col)
            .collect();
        self.lazy(typed)?.select(wanted).collect()
    }

    /// CSV: the columns `typed` as numbers, all others as strings. Parquet: as they are.
    fn lazy(&self, typed: &[&'static str]) -> PolarsResult<LazyFrame> {
        let sources = self.bytes.clone();
        match self.format {
            Format::Csv => {
                let schema = typed.iter().map(|&name| (name.into(), DataType::Float64));
                LazyCsvReader::new_with_sources(sources)
                    .with_infer_schema_length(Some(0))
                    .with_dtype_overwrite(Some(Arc::new(schema.collect::<Schema>())))
                    .finish()
            }
            Format::Parquet => {
                let args = ScanArgsParquet {
                    hive_options: HiveOptions::new_disabled(),
                    ..ScanArgsParquet::default()
                };
                LazyFrame::scan_parquet_sources(sources, args)
            }
        }
    }

    /// The first cell that does not parse, found in a scan that cannot fail on a cell; otherwise `error` as it is.
    fn culprit(
        &self,
        timestamp: &'static str,
        numbers: &[&'static str],
        error: PolarsError,
    ) -> IngestError {
        if self.format == Format::Parquet {
            return self.table_error(error);
        }
        let Ok(frame) = self.collect(&[], timestamp, numbers) else {
            return self.table_error(error);
        };
        let first_bad = |&name: &&'static str| {
            let strings = frame.column(name).ok()?.str().ok()?;
            let bad = |text: &str| {
                if name == timestamp {
                    parse_timestamp(text).is_none()
                } else {
                    text.parse::<f64>().is_err()
                }
            };
            let (i, text) = strings
                .iter()
                .enumerate()
                .find(|(_, text)| text.is_none_or(bad))?;
            Some((i, name, text.unwrap_or_default().to_owned()))
        };
        std::iter::once(&timestamp)
            .chain(numbers)
            .filter_map(first_bad)
            .min_by_key(|&(i, ..)| i)
            .map_or_else(
                || self.table_error(error),
                |(i, name, found)| {
                    self.cell_error(
                        i,
                        name,
                        found,
                        if name == timestamp { TIMESTAMP } else { NUMBER },
                    )
                },
            )
    }

    fn timestamps(
        &self,
        name: &'static str,
        column: &Column,
    ) -> Result<Vec<DateTime<Utc>>, IngestError> {
        let table_error = |error| self.table_error(error);
        if let Ok(strings) = column.str() {
            return strings
                .iter()
                .enumerate()
                .map(|(i, text)| {
                    let text = text.unwrap_or_default();
                    parse_timestamp(text)
                        .ok_or_else(|| self.cell_error(i, name, text.to_owned(), TIMESTAMP))
                })
                .collect();
        }
        let to_time: fn(i64) -> Option<DateTime<Utc>> = match column.dtype() {
            DataType::Date => |days| DateTime::from_timestamp(days.checked_mul(86_400)?, 0),
            DataType::Datetime(TimeUnit::Milliseconds, _) => DateTime::from_timestamp_millis,
            DataType::Datetime(TimeUnit::Microseconds, _) => DateTime::from_timestamp_micros,
            DataType::Datetime(TimeUnit::Nanoseconds, _) => {
                |ns| Some(DateTime::from_timestamp_nanos(ns))
            }
            other => {
                return Err(IngestError::ColumnType {
                    path: self.path.clone(),
                    column: name,
                    found: other.to_string(),
                    expected: "a date, a datetime or an ISO 8601 string",
                });
            }
        };
        let counts = column
            .to_physical_repr()
            .cast(&DataType::Int64)
            .map_err(table_error)?;
        let counts = counts.i64().map_err(table_error)?;
        counts
            .iter()
            .enumerate()
            .map(|(i, count)| {
                count.and_then(to_time).and_then(in_range).ok_or_else(|| {
                    let found = count.map_or_else(String::new, |count| count.to_string());
                    self.cell_error(i, name, found, TIMESTAMP)
                })
            })
            .collect()
    }

    fn numbers(&self, name: &'static str, column: &Column) -> Result<Vec<f64>, IngestError> {
        if !column.dtype().is_primitive_numeric() {
            return Err(IngestError::ColumnType {
                path: self.path.clone(),
                column: name,
                found: column.dtype().to_string(),
                expected: "numbers",
            });
        }
        let column = column
            .cast(&DataType::Float64)
            .map_err(|error| self.table_error(error))?;
        let values = column.f64().map_err(|error| self.table_error(error))?;
        values
            .iter()
            .enumerate()
            .map(|(i, value)| value.ok_or_else(|| self.cell_error(i, name, String::new(), NUMBER)))
            .collect()
    }

    fn cell_error(
        &self,
        i: usize,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        IngestError::Cell {
            path: self.path.clone(),
            row: self.row(i),
            column,
            found,
            expected,
        }
    }

    fn table_error(&self, error: PolarsError) -> IngestError {
        IngestError::Table {
            path: self.path.clone(),
            source: Box::new(error),
        }
    }
}

const NUMBER: &str = "a number";
const TIMESTAMP: &str = "a UTC time such as 2013-03-01T00:00:00Z or 2013-03-01";

/// ISO 8601 with an offset, or without one in UTC, or a date (its first instant).
fn parse_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let without = |format| NaiveDateTime::parse_from_str(text, format).map(|time| time.and_utc());
    with_offset
        .or_else(|_| without("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| without("%Y-%m-%d %H:%M:%S%.f"))
        .ok()
        .or_else(|| {
            Some(
                NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .ok()?
                    .and_hms_opt(0, 0, 0)?
                    .and_utc(),
            )
        })
        .and_then(in_range)
}

/// Times whose arithmetic cannot overflow.
fn in_range(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1..=9999).contains(&time.year()).then_some(time)
}
