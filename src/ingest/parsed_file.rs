//! One file as bars, before it meets the others.

use super::data_file::BarLabel;
use super::error::IngestError;
use super::fault::IngestFault;
use super::file_layout::{FileLayout, RowKind};
use super::note::Note;
use super::report::{Adjustment, BarFields, PriceBasis, ResampleReport, VolumeField};
use crate::market::Bar;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// Bars of one file: checked, adjusted and resampled.
pub(super) struct ParsedFile {
    pub(super) series: BarSeries,
    /// End of a bar that the timestamps mark.
    pub(super) label: BarLabel,
    /// Rows of the file.
    pub(super) n_rows: usize,
    pub(super) sha256: String,
    pub(super) instrument: Option<String>,
    pub(super) layout: FileLayout,
    /// Evidence for the layout.
    pub(super) evidence: String,
    pub(super) notes: Vec<Note>,
    pub(super) contents: Contents,
    pub(super) resampled: Option<ResampleReport>,
    pub(super) adjustment: Option<Adjustment>,
    /// Rows that were left out.
    pub(super) faults: Vec<FaultyRows>,
    /// Bar length, where resampling set it.
    pub(super) bar_length: Option<TimeDelta>,
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

/// What the first bytes of a file show.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) layout: FileLayout,
    /// Evidence for the layout.
    pub(super) evidence: String,
    pub(super) kind: RowKind,
    /// Columns that are read, by the names that all layouts share.
    pub(super) fields: Vec<&'static str>,
    /// Columns of the file, by its own names.
    pub(super) header: String,
}

/// Prices and volumes that a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) prices: PriceBasis,
    pub(super) fields: BarFields,
    pub(super) volume: VolumeField,
}

/// Treatment of rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultyRowPolicy {
    /// The first of them is an error.
    Refuse,
    /// They are left out and counted.
    LeaveOut,
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
