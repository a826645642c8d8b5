//! One file as bars, before it meets the others.

use super::data_file::{BarLabel, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::{FileLayout, RowKind};
use super::report::{BarFields, FileReport, PriceBasis, VolumeField};
use crate::market::Bar;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Bars of one file: checked, adjusted and resampled.
pub(super) struct ParsedFile {
    pub(super) series: BarSeries,
    /// End of a bar that the timestamps mark.
    pub(super) label: BarLabel,
    /// Bar length, where resampling set it.
    pub(super) bar_length: Option<TimeDelta>,
    /// Rows that were left out.
    pub(super) faults: Vec<FaultyRows>,
    /// All but the dropped bars, which depend on the other files.
    pub(super) report: FileReport,
}

/// Bars of equal length and their timestamps.
#[derive(Default)]
pub(super) struct BarSeries {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    pub(super) bars: Vec<Bar>,
}

impl BarSeries {
    pub(super) fn push(&mut self, timestamp: DateTime<Utc>, bar: Bar) {
        self.timestamps.push(timestamp);
        self.bars.push(bar);
    }
}

/// A bar of a single price.
pub(super) const fn flat(price: f64, volume: f64) -> Bar {
    Bar {
        open: price,
        high: price,
        low: price,
        close: price,
        volume,
    }
}

/// What the first bytes of a file show.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) layout: FileLayout,
    /// Evidence for the layout.
    pub(super) evidence: String,
    pub(super) kind: RowKind,
    pub(super) contents: Contents,
}

/// Prices and volumes that a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
}

impl Contents {
    /// What a file has with these columns of numbers, by the names that all layouts share. Open,
    /// high and low must be there together. `header` has the file's own names.
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
    /// What is wrong with them.
    pub fault: RowFault,
    /// Number of rows.
    pub count: usize,
    /// Timestamp of the first, as in the file.
    pub first: DateTime<Utc>,
    /// Error about the first.
    pub message: String,
}

/// Fault of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFault {
    /// Its time is that of the row before.
    Duplicate,
    /// Its time is before that of the row before.
    Unsorted,
    /// Its numbers cannot be a bar: a price that is not positive, a high below a low, a close
    /// outside of both.
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
