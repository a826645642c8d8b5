//! A batch of parsed rows: times and numbers.

use super::error::IngestError;
use super::note::RowOrder;
use super::tally::Tally;

/// Expected content of a numeric cell, for error messages.
pub(super) const NUMBER: &str = "a number";

/// Name of every column of signals; [`Columns::signals`] yields them in order.
pub(super) const SIGNAL: &str = "signal";

/// Batches of the rows of a file.
pub(super) type Parts<'scope> = Box<dyn Iterator<Item = Result<Columns, IngestError>> + 'scope>;

/// A batch of rows as columns of equal length.
pub(super) struct Columns {
    /// Row indices in the file, from 0.
    pub(super) rows: Vec<usize>,
    /// Timestamps of the rows. Unit: nanoseconds since 1970.
    pub(super) timestamps: Vec<i128>,
    numbers: Vec<(&'static str, Vec<f64>)>,
    /// Counts over these rows, for the report.
    pub(super) tally: Tally,
}

impl Columns {
    /// Makes a batch of consecutive rows; `first` is the index of its first row in the file.
    pub(super) fn consecutive(
        first: usize,
        timestamps: Vec<i128>,
        numbers: Vec<(&'static str, Vec<f64>)>,
    ) -> Self {
        Self {
            rows: (first..first + timestamps.len()).collect(),
            timestamps,
            numbers,
            tally: Tally::default(),
        }
    }

    /// Batch without rows, with columns of these names.
    pub(super) fn empty(names: impl Iterator<Item = &'static str>) -> Self {
        Self {
            rows: Vec::new(),
            timestamps: Vec::new(),
            numbers: names.map(|name| (name, Vec::new())).collect(),
            tally: Tally::default(),
        }
    }

    /// Appends row `i` of the file; `numbers` are in column order.
    pub(super) fn push(&mut self, timestamp_ns: i128, i: usize, numbers: &[f64]) {
        self.rows.push(i);
        self.timestamps.push(timestamp_ns);
        for ((_, column), &number) in self.numbers.iter_mut().zip(numbers) {
            column.push(number);
        }
    }

    /// Batch of the rows for which `keep` yields true.
    pub(super) fn kept(&self, keep: impl Iterator<Item = bool>) -> Self {
        let mut kept = Self::empty(self.numbers.iter().map(|(name, _)| *name));
        for (k, _) in keep.enumerate().filter(|(_, keep)| *keep) {
            let numbers: Vec<f64> = self.numbers.iter().map(|(_, column)| column[k]).collect();
            kept.push(self.timestamps[k], self.rows[k], &numbers);
        }
        kept
    }

    pub(super) fn reversed(mut self) -> Self {
        self.timestamps.reverse();
        for (_, column) in &mut self.numbers {
            column.reverse();
        }
        self.rows.reverse();
        self.tally.order = RowOrder::NewestFirst;
        self
    }

    pub(super) fn number(&self, name: &str) -> Option<&[f64]> {
        let (_, values) = self.numbers.iter().find(|(column, _)| *column == name)?;
        Some(values)
    }

    /// Signals, in the order of [`super::DataFile::signals`]; NaN marks a cell without a number.
    pub(super) fn signals(&self) -> impl Iterator<Item = &[f64]> {
        let signals = self.numbers.iter().filter(|(name, _)| *name == SIGNAL);
        signals.map(|(_, values)| values.as_slice())
    }
}
