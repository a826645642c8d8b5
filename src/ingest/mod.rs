//! From files of historical bars to a [`Panel`] (cargo feature `data`).
//!
//! | file | holds |
//! |---|---|
//! | `hashed_file` `blocks` | bytes, read once, hashed and unpacked on the way; whole lines, many at a time |
//! | `ahead` | reading, parsing and checking at the same time, each in its own thread |
//! | `layout` | the layouts that files have, one file each, recognized from what is in the file; how those of lines are read |
//! | `parts` | the files that a path with `*` stands for |
//! | `source` | a file of any format, opened: its layout and its rows |
//! | `csv` | tidy CSV through polars: needed columns only, and the search for the culprit when that fails |
//! | `columnar` `arrow` | Parquet and Arrow IPC: needed columns only |
//! | `pages` | whether a Parquet file can be whole, before polars believes it |
//! | `columns` `timestamp` | some rows as times and numbers |
//! | `table` `place` | one file whole: which prices, adjustment, the checks of each row; where a fault is |
//! | `rows` `ticks` | where checked rows go: into the panel as they are, or into longer bars; trades and quotes into bars |
//! | `gaps` | what becomes of the holes in a file |
//! | `calendar` `steps` | bar length, bar ends, the calendar that all files share |
//! | `report` `tally` | what was read, dropped and assumed |
//! | `survey` | all rows that cannot be used, counted |
//! | `error` | every way in which a file can be wrong |
//!
//! The tidy layout: `timestamp` (UTC), `close`, optionally `open`, `high`, `low` (all three or
//! none), `volume`, `adj_close`. Where `adj_close` is there, each bar is scaled to it: prices by
//! `adj_close / close`, volume by the inverse, so that splits and dividends vanish and price times
//! volume stays the money that changed hands. Files without open, high and low make bars that have
//! only one price, files without volume make bars of volume 0; the report says so.
//!
//! A CSV file may be larger than memory where its rows are resampled
//! ([`DataFile::resample_seconds`]): it is read block by block, and what is kept are the longer
//! bars. The bytes of a Parquet or Arrow file are held as a whole, for its index stands at its end.

mod ahead;
mod arrow;
pub mod audit;
mod blocks;
mod calendar;
mod columnar;
mod columns;
mod csv;
mod error;
mod gaps;
mod hashed_file;
mod layout;
mod pages;
mod parts;
mod place;
mod report;
mod rows;
mod source;
mod steps;
mod survey;
mod table;
mod tally;
mod ticks;
mod timestamp;

pub use error::IngestError;
pub use layout::Layout;
pub use parts::files_of;
pub use report::{
    Adjustment, BarFields, BarLengthSource, Compression, EpochRows, FileReport, IngestReport, Note,
    PriceBasis, ResampleReport, RowOrder, VolumeField,
};
pub use survey::{FaultyRows, RowFault, Surveyed, survey_panel};

use crate::market::Panel;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use table::Faulty;

/// One file of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Name of the asset in the panel.
    pub symbol: String,
    /// A file of any [`Layout`], plain or compressed with gzip or zstd; its name does not matter.
    /// Where the last part of the path has a `*`, which stands for any letters: all files that fit,
    /// one after another in the order of their names.
    pub path: PathBuf,
    /// Expected SHA-256 of the bytes as they are, in hexadecimal; unchecked when absent. Of several
    /// files: of their digests in lower case, one a line, without a line break at the end.
    #[serde(default)]
    pub sha256: Option<String>,
    /// What the timestamps mark. Most layouts other than the tidy one define it, as the open.
    pub timestamps: BarLabel,
    /// Makes bars of this length of the rows, as [`crate::market::Resampler`] does; as they are
    /// when absent. Unit: seconds.
    ///
    /// It is a multiple of the length of a row's bar, which is the most frequent distance from row
    /// to row, and the bar length of the panel. Each row lies within one of the longer bars. A
    /// longer bar that lacks rows is made of those that are there, also at the start and the end of
    /// the file; one without rows is absent; the report counts the former, an audit finds the
    /// latter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample_seconds: Option<u32>,
    /// Its layout; recognized from the content when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
    /// How far the clock of the timestamps is ahead of UTC, the same all year round, where the
    /// layout leaves that open (MetaTrader: the broker's clock). Unit: minutes; UTC−5 is -300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i32>,
    /// The zone of that clock by its name in the IANA database, such as `Europe/Athens`, where it
    /// has daylight saving; beside it, `utc_offset_minutes` is how far the clock is ahead of the
    /// zone's (of a broker whose day ends at 17:00 in New York: `America/New_York` and 420). A time
    /// that the zone skips or has twice is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The instrument to read, as the file calls it, where it holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// What becomes of bars that are missing between the first and the last; they are left out when
    /// this is absent.
    #[serde(default, skip_serializing_if = "Gaps::are_left")]
    pub gaps: Gaps,
}

impl DataFile {
    /// A file whose layout is recognized and whose bars are taken as they are.
    pub fn new(symbol: impl Into<String>, path: impl Into<PathBuf>, timestamps: BarLabel) -> Self {
        Self {
            symbol: symbol.into(),
            path: path.into(),
            sha256: None,
            timestamps,
            resample_seconds: None,
            layout: None,
            utc_offset_minutes: None,
            time_zone: None,
            instrument: None,
            gaps: Gaps::Leave,
        }
    }
}

/// Which end of a bar its timestamp marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BarLabel {
    /// The open: the panel's timestamp is one bar length later (daily: the end of the session
    /// date).
    Open,
    /// The end, as in the panel.
    End,
}

/// What to do where a file has no bar, between its first and its last: nothing was traded, the
/// market was closed, or the bar got lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gaps {
    /// The panel has no bar there either; an audit finds the gaps.
    #[default]
    Leave,
    /// Bars at the close before, of volume 0; the report says how many.
    ForwardFill {
        /// Longer gaps are left, such as nights and weekends. Unit: bars.
        at_most: u32,
    },
    /// Refuse, naming the first gap.
    Refuse,
}

impl Gaps {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde hands out references"
    )]
    fn are_left(&self) -> bool {
        *self == Self::Leave
    }
}

/// What to do when the files do not have the same bars: ragged starts and ends, holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Calendar {
    /// Keep the bars that every file has; the report counts the others.
    Intersect,
    /// Refuse, naming the first difference.
    Refuse,
}

/// A panel and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// The bars, in the order of the files.
    pub panel: Panel,
    /// What was read, dropped and assumed.
    pub report: IngestReport,
}

/// Reads one file per asset into a panel.
///
/// Without `bar_length` it is inferred: what a file is resampled to, or the most frequent distance
/// between neighboring timestamps; all files must agree on it.
///
/// # Errors
/// [`IngestError`] naming file, row, column, found and expected of the first fault.
pub fn read_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Ingested, IngestError> {
    let (ingested, _) = read_tables(files, calendar, bar_length, Faulty::Refused)?;
    Ok(ingested)
}

/// The panel, and the rows that were left out of it.
fn read_tables(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
    faulty: Faulty,
) -> Result<(Ingested, Vec<Vec<FaultyRows>>), IngestError> {
    if files.is_empty() {
        return Err(IngestError::NoFile);
    }
    let mut tables = files
        .iter()
        .map(|file| table::read(file, faulty))
        .collect::<Result<Vec<_>, _>>()?;
    let (bar_length, bar_length_source) = calendar::bar_length(files, &tables, bar_length)?;
    for (file, table) in files.iter().zip(&mut tables) {
        gaps::apply(file, table, bar_length)?;
    }
    let aligned = calendar::align(files, &tables, calendar, bar_length)?;
    let report = report::write(files, &tables, &aligned, calendar, bar_length_source);
    let symbols = files.iter().map(|file| file.symbol.clone()).collect();
    let panel = Panel::new(symbols, aligned.timestamps, aligned.bars, bar_length)?;
    let left_out = tables.into_iter().map(|table| table.faults).collect();
    Ok((Ingested { panel, report }, left_out))
}

#[cfg(test)]
mod tests;
