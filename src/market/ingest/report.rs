//! What was read, dropped and assumed: nothing of it happens silently.

use super::calendar::Aligned;
use super::tidy::Table;
use super::{Calendar, DataFile};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::path::PathBuf;

/// How files became a panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IngestReport {
    /// One entry per file, in the order of the assets.
    pub files: Vec<FileReport>,
    /// How differing calendars were met.
    pub calendar: Calendar,
    /// Bars (rows) of the panel.
    pub n_bars: usize,
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Who said so.
    pub bar_length: BarLengthSource,
}

/// How one file became one asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Name of the asset.
    pub symbol: String,
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Rows in the file.
    pub rows_read: usize,
    /// What became of the rows where they were resampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resampled: Option<ResampleReport>,
    /// Bars that another file lacks, and that are therefore not in the panel.
    pub rows_dropped: usize,
    /// Those of them between the first and the last bar of the panel: holes, not ragged ends.
    pub rows_dropped_inside: usize,
    /// Raw or adjusted prices.
    pub prices: PriceBasis,
    /// Which prices the file has.
    pub fields: BarFields,
    /// Whether the file has volumes.
    pub volume: VolumeField,
}

/// How the rows of a file became longer bars.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ResampleReport {
    /// Length of a row's bar: the most frequent distance between neighboring rows. Unit: seconds.
    pub row_seconds: f64,
    /// Longer bars.
    pub n_bars: usize,
    /// Those of them that lack rows: a market that was closed, a hole, or the ragged start or end of the file.
    pub n_incomplete: usize,
}

/// What the prices in the panel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// Scaled to `adj_close`.
    Adjusted,
    /// As in the file, which has no `adj_close`.
    Raw,
}

/// Which prices a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarFields {
    /// All four.
    OpenHighLowClose,
    /// Only `close`; open, high and low of a row equal it, and a fill at the open is a fill at that close (of the row; where rows
    /// are resampled, at the first close in the bar).
    CloseOnly,
}

/// Whether a file has volumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeField {
    /// It has.
    Present,
    /// It has none; volumes of the panel are 0.
    Absent,
}

/// Where the bar length comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BarLengthSource {
    /// The caller.
    Given,
    /// The most frequent distance between neighboring timestamps, or what the files were resampled to.
    Inferred,
}

pub(super) fn write(
    files: &[DataFile],
    tables: &[Table],
    aligned: &Aligned,
    calendar: Calendar,
    bar_length: BarLengthSource,
) -> IngestReport {
    let report_file =
        |((file, table), &rows_dropped_inside): ((&DataFile, &Table), &usize)| FileReport {
            symbol: file.symbol.clone(),
            path: file.path.clone(),
            sha256: table.sha256.clone(),
            rows_read: table.n_rows,
            resampled: table.resampled,
            rows_dropped: table.bars.len() - aligned.timestamps.len(),
            rows_dropped_inside,
            prices: table.layout.prices,
            fields: table.layout.fields,
            volume: table.layout.volume,
        };
    IngestReport {
        files: files
            .iter()
            .zip(tables)
            .zip(&aligned.dropped_inside)
            .map(report_file)
            .collect(),
        calendar,
        n_bars: aligned.timestamps.len(),
        first: aligned.timestamps.first().copied().unwrap_or_default(),
        last: aligned.timestamps.last().copied().unwrap_or_default(),
        bar_seconds: aligned.bar_length.num_seconds(),
        bar_length,
    }
}
