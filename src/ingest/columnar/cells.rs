//! Conversion of polars columns to times and numbers.

use crate::ingest::columns::NUMBER;
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::signal_column::SignalColumn;
use crate::ingest::timestamp::{self, TimestampReader, in_range};
use crate::market::instant::instant_ns;
use chrono::{DateTime, Utc};
use polars::prelude::{Column, DataFrame, DataType, TimeUnit};

/// Consecutive rows of a file.
pub(super) struct Cells<'a> {
    pub(super) frame: &'a DataFrame,
    pub(super) file: &'a DataFile,
    /// Index of the first row, from 0.
    pub(super) first: usize,
}

impl Cells<'_> {
    fn column(&self, name: &str) -> Result<&Column, IngestError> {
        self.frame
            .column(name)
            .map_err(|error| self.file.table(error))
    }

    /// Column of strings; a missing string is empty.
    pub(super) fn strings(&self, name: &'static str) -> Result<Vec<&str>, IngestError> {
        let column = self.column(name)?;
        let Ok(strings) = column.str() else {
            let found = column.dtype().to_string();
            return Err(self.file.column_type(name, found, "strings"));
        };
        Ok(strings.iter().map(Option::unwrap_or_default).collect())
    }

    /// Returns true for a column of dates, or of strings that include a bare date.
    pub(super) fn are_dates(&self, name: &'static str) -> bool {
        let is_date = |text: &&str| text.trim_ascii().len() == "2013-03-01".len();
        match self.strings(name) {
            Ok(strings) => strings.iter().any(is_date),
            Err(_) => self
                .column(name)
                .is_ok_and(|column| column.dtype() == &DataType::Date),
        }
    }

    /// A column of dates, datetimes or strings. Unit: nanoseconds since 1970.
    pub(super) fn timestamps(&self, name: &'static str) -> Result<Vec<i128>, IngestError> {
        let column = self.column(name)?;
        let fault = |k: usize, found: &str| {
            self.file
                .cell(self.first + k, name, found, timestamp::EXPECTED)
        };
        if let Ok(strings) = self.strings(name) {
            let mut reader = TimestampReader::default();
            let read = |(k, text)| reader.read(text).ok_or_else(|| fault(k, text));
            return strings.into_iter().enumerate().map(read).collect();
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
                return Err(self.file.column_type(name, other.to_string(), expected));
            }
        };
        let physical = column.to_physical_repr().cast(&DataType::Int64);
        let counts = physical.map_err(|error| self.file.table(error))?;
        let counts = counts.i64().map_err(|error| self.file.table(error))?;
        let read = |(k, count): (usize, Option<i64>)| {
            let time = count.and_then(to_time).and_then(in_range);
            time.map(instant_ns).ok_or_else(|| {
                fault(
                    k,
                    &count.map_or_else(String::new, |count| count.to_string()),
                )
            })
        };
        counts.iter().enumerate().map(read).collect()
    }

    /// Column of numbers without missing values.
    pub(super) fn numbers(&self, name: &'static str) -> Result<Vec<f64>, IngestError> {
        self.read(name, |i, value| {
            value.ok_or_else(|| self.file.cell(i, name, "", NUMBER))
        })
    }

    /// Column of a signal; NaN marks a missing value where the signal carries the last one.
    pub(super) fn signal(&self, signal: &SignalColumn) -> Result<Vec<f64>, IngestError> {
        self.read(&signal.column, |i, value| {
            let text = value.map_or_else(String::new, |value| value.to_string());
            self.file.signal_value(signal, i, value, &text)
        })
    }

    /// Column of numbers; `read` gets the index of each row in the file and its value.
    fn read(
        &self,
        name: &str,
        read: impl Fn(usize, Option<f64>) -> Result<f64, IngestError>,
    ) -> Result<Vec<f64>, IngestError> {
        let column = self.column(name)?;
        if !column.dtype().is_primitive_numeric() {
            let found = column.dtype().to_string();
            return Err(self.file.column_type(name.to_owned(), found, "numbers"));
        }
        let column = column.cast(&DataType::Float64);
        let column = column.map_err(|error| self.file.table(error))?;
        let values = column.f64().map_err(|error| self.file.table(error))?;
        let values = values.iter().enumerate();
        values
            .map(|(k, value)| read(self.first + k, value))
            .collect()
    }
}
