//! Bars of one file, before alignment with other files.

use super::data_file::{BarLabel, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::{FileLayout, RowKind};
use super::report::{BarFields, FileReport, PriceBasis, UnusedColumn, VolumeField};
use super::signals::SignalRows;
use crate::market::Bar;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Bars of one file: checked, adjusted and resampled.
#[derive(Clone)]
pub(super) struct ParsedFile {
    pub(super) series: BarSeries,
    /// Instant of a bar that the timestamps mark.
    pub(super) label: BarLabel,
    /// Bar length, if resampling set it.
    pub(super) bar_length: Option<TimeDelta>,
    /// Values of the signal columns, in the order of [`DataFile::signals`].
    pub(super) signals: Vec<SignalRows>,
    /// Counts of unusable rows.
    pub(super) faults: Vec<FaultyRows>,
    /// Report, except for the dropped bars, which depend on the other files.
    pub(super) report: FileReport,
}

/// Bars of equal length and their timestamps.
#[derive(Clone, Default)]
pub(super) struct BarSeries {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    pub(super) bars: Vec<Bar>,
    /// Indices of the bars that were inserted into gaps, in order.
    pub(super) filled: Vec<usize>,
}

impl BarSeries {
    pub(super) fn push(&mut self, timestamp: DateTime<Utc>, bar: Bar) {
        self.timestamps.push(timestamp);
        self.bars.push(bar);
    }

    /// Pushes a bar that stands for a missing one.
    pub(super) fn fill(&mut self, timestamp: DateTime<Utc>, bar: Bar) {
        self.filled.push(self.bars.len());
        self.push(timestamp, bar);
    }
}

/// Bar with a single price.
pub(super) const fn flat(price: f64, volume: f64) -> Bar {
    Bar {
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
    }
}

/// Layout and columns that the first bytes of a file show.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) layout: FileLayout,
    pub(super) evidence: String,
    pub(super) kind: RowKind,
    pub(super) contents: Contents,
    /// Columns that are not read.
    pub(super) unused: Vec<UnusedColumn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
}

impl Contents {
    /// Contents of a file with these numeric `columns`, by the names that all layouts share. Open,
    /// high and low must be all present or all absent. `header` lists the file's own names.
    pub(super) fn of(
        file: &DataFile,
        kind: RowKind,
        columns: &[&str],
        header: &str,
    ) -> Result<Self, IngestError> {
        const RANGE: [&str; 3] = ["open", "high", "low"];
        let has = |column: &str| columns.contains(&column);
        let fields = match kind {
            RowKind::Quote => BarFields::Quotes,
            RowKind::Trade => BarFields::Trades,
            RowKind::Bar if !RANGE.into_iter().any(has) => BarFields::CloseOnly,
            RowKind::Bar => match RANGE.into_iter().find(|column| !has(column)) {
                None => BarFields::OpenHighLowClose,
                Some(column) => {
                    let found = header.to_owned();
                    return Err(file.error(IngestFault::MissingColumn { column, found }));
                }
            },
        };
        Ok(Self {
            prices: if has("adj_close") {
                PriceBasis::Adjusted
            } else {
                PriceBasis::Raw
            },
            fields,
            volume: if has("volume") || has("size") {
                VolumeField::Present
            } else {
                VolumeField::Absent
            },
        })
    }
}

/// Rows of one file with the same fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultyRows {
    /// Fault of the rows.
    pub fault: RowFault,
    /// Number of rows.
    pub count: usize,
    /// Timestamp of the first row, as in the file.
    pub first: DateTime<Utc>,
    /// Error about the first row.
    pub message: String,
}

/// Fault of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFault {
    /// A row with the time of the previous row.
    Duplicate,
    /// A row earlier than the previous row.
    Unsorted,
    /// A row that is not a valid bar: a price that is not finite and positive, a high below the
    /// low, an open or close outside low to high, or a volume that is negative or not finite.
    ImpossibleBar,
}

impl FaultyRows {
    /// Counts a row; keeps the error about the first row with each fault.
    pub(super) fn count(all: &mut Vec<Self>, first: DateTime<Utc>, error: &IngestError) {
        let fault = match error.fault() {
            IngestFault::Duplicate { .. } => RowFault::Duplicate,
            IngestFault::Unsorted { .. } => RowFault::Unsorted,
            _ => RowFault::ImpossibleBar,
        };
        match all.iter_mut().find(|known| known.fault == fault) {
            Some(known) => known.count += 1,
            None => all.push(Self {
                fault,
                count: 1,
                first,
                message: error.to_string(),
            }),
        }
    }
}
