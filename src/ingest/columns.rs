//! Some rows of a table as times and numbers.

use super::place::Place;
use super::tally::Tally;
use super::timestamp::{self, TimestampReader, in_range};
use super::{IngestError, RowOrder};
use crate::market::instant::instant_ns;
use chrono::{DateTime, Utc};
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

/// What a cell of a number must hold.
pub(super) const NUMBER: &str = "a number";

/// Name of the column of times.
pub(super) const TIMESTAMP: &str = "timestamp";

/// Columns of equal length.
pub(super) struct Columns {
    rows: RowNumbers,
    /// Nanoseconds since 1970.
    pub(super) timestamps: Vec<i128>,
    numbers: Vec<(&'static str, Vec<f64>)>,
    /// What was met on the way.
    pub(super) tally: Tally,
}

/// Which rows of the file they are, from 0.
enum RowNumbers {
    /// All from one on.
    From(usize),
    Listed(Vec<usize>),
}

impl Columns {
    /// Reads `timestamp` and the columns `numbers` of a frame whose first row is row `first` of the
    /// file.
    pub(super) fn new(
        frame: &DataFrame,
        numbers: &[&'static str],
        place: &Place,
        first: usize,
    ) -> Result<Self, IngestError> {
        let column = |name: &str| frame.column(name).map_err(|error| place.table(error));
        let part = Part { place, first };
        Ok(Self {
            rows: RowNumbers::From(first),
            tally: Tally::default(),
            timestamps: part.timestamps(TIMESTAMP, column(TIMESTAMP)?)?,
            numbers: numbers
                .iter()
                .map(|&name| Ok((name, part.numbers(name, column(name)?)?)))
                .collect::<Result<_, IngestError>>()?,
        })
    }

    /// No row yet, with numbers of these names.
    pub(super) fn listed(numbers: impl Iterator<Item = &'static str>) -> Self {
        Self {
            rows: RowNumbers::Listed(Vec::new()),
            timestamps: Vec::new(),
            numbers: numbers.map(|name| (name, Vec::new())).collect(),
            tally: Tally::default(),
        }
    }

    /// Adds row `i` of the file, its numbers in the order of their names.
    pub(super) fn push(&mut self, timestamp_ns: i128, i: usize, numbers: &[f64]) {
        if let RowNumbers::Listed(rows) = &mut self.rows {
            rows.push(i);
        }
        self.timestamps.push(timestamp_ns);
        for ((_, column), &number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
    }

    /// Which row of the file row `k` of these is, from 0.
    #[inline]
    pub(super) fn row(&self, k: usize) -> usize {
        match &self.rows {
            RowNumbers::From(first) => first + k,
            RowNumbers::Listed(rows) => rows[k],
        }
    }

    /// The rows that `keep` says, one by one.
    pub(super) fn kept(&self, keep: impl Iterator<Item = bool>) -> Self {
        let mut kept = Self::listed(self.numbers.iter().map(|(name, _)| *name));
        for (k, _) in keep.enumerate().filter(|(_, keep)| *keep) {
            let numbers: Vec<f64> = self.numbers.iter().map(|(_, column)| column[k]).collect();
            kept.push(self.timestamps[k], self.row(k), &numbers);
        }
        kept
    }

    /// The last row first.
    pub(super) fn reversed(mut self) -> Self {
        self.timestamps.reverse();
        for (_, column) in &mut self.numbers {
            column.reverse();
        }
        if let RowNumbers::Listed(rows) = &mut self.rows {
            rows.reverse();
        }
        self.tally.order = RowOrder::NewestFirst;
        self
    }

    pub(super) fn number(&self, name: &str) -> Option<&[f64]> {
        let (_, values) = self.numbers.iter().find(|(column, _)| *column == name)?;
        Some(values)
    }
}

/// Rows of a file, from one on.
struct Part<'a> {
    place: &'a Place,
    first: usize,
}

impl Part<'_> {
    fn cell(
        &self,
        i: usize,
        name: &'static str,
        found: &str,
        expected: &'static str,
    ) -> IngestError {
        self.place
            .cell(self.first + i, name, found.to_owned(), expected)
    }

    fn timestamps(&self, name: &'static str, column: &Column) -> Result<Vec<i128>, IngestError> {
        if let Ok(strings) = column.str() {
            let mut reader = TimestampReader::default();
            return strings
                .iter()
                .enumerate()
                .map(|(i, text)| {
                    let text = text.unwrap_or_default();
                    reader
                        .read(text)
                        .ok_or_else(|| self.cell(i, name, text, timestamp::EXPECTED))
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
                let expected = "a date, a datetime or an ISO 8601 string";
                return Err(self.place.column_type(name, other.to_string(), expected));
            }
        };
        let table_error = |error| self.place.table(error);
        let counts = column
            .to_physical_repr()
            .cast(&DataType::Int64)
            .map_err(table_error)?;
        let counts = counts.i64().map_err(table_error)?;
        counts
            .iter()
            .enumerate()
            .map(|(i, count)| {
                let time = count.and_then(to_time).and_then(in_range);
                time.map(instant_ns).ok_or_else(|| {
                    let found = count.map_or_else(String::new, |count| count.to_string());
                    self.cell(i, name, &found, timestamp::EXPECTED)
                })
            })
            .collect()
    }

    fn numbers(&self, name: &'static str, column: &Column) -> Result<Vec<f64>, IngestError> {
        let dtype = column.dtype();
        if !dtype.is_primitive_numeric() {
            return Err(self.place.column_type(name, dtype.to_string(), "numbers"));
        }
        let table_error = |error| self.place.table(error);
        let column = column.cast(&DataType::Float64).map_err(table_error)?;
        let values = column.f64().map_err(table_error)?;
        if values.null_count() > 0 {
            let missing = values.iter().position(|value| value.is_none());
            return Err(self.cell(missing.unwrap_or(0), name, "", NUMBER));
        }
        let mut all = Vec::with_capacity(values.len());
        for chunk in values.downcast_iter() {
            all.extend_from_slice(chunk.values());
        }
        Ok(all)
    }
}
