//! The price file of one asset and how to read it.

use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::file_layout::FileLayout;
use polars::prelude::PolarsError;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The price file of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct DataFile {
    /// Name of the asset in the panel.
    pub symbol: String,
    /// Path of a file in any [`FileLayout`], plain or compressed with gzip or zstd; its name does
    /// not matter. A `*` in the last part of the path stands for any characters: the files that
    /// match are read as one, in the order of their names.
    pub path: PathBuf,
    /// SHA-256 that the bytes on disk must have, in hexadecimal. For several files: the SHA-256 of
    /// their digests in lower case, one per line, without a final line break. Default: not checked.
    #[serde(default)]
    pub sha256: Option<String>,
    /// End of a bar that its timestamp marks. Most layouts except the tidy one require `Open`.
    pub timestamps: BarLabel,
    /// Length of the bars to make from the rows, as [`crate::market::Resampler`] makes them. Unit:
    /// seconds. Default: the rows are the bars.
    ///
    /// It must be a multiple of the most frequent distance between rows, and each row must lie
    /// within one longer bar. A longer bar that lacks rows is made from the rows there are, which
    /// the report counts; a longer bar without rows is absent, which an audit finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample_seconds: Option<u32>,
    /// Layout of the file. Default: recognized from the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<FileLayout>,
    /// Constant offset of the file's clock from UTC, or from `time_zone` where that is given.
    /// Needed where the layout does not define the zone (MetaTrader: the broker's clock). Unit:
    /// minutes; UTC−5 is -300. Range: -1439 to 1439. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i32>,
    /// IANA name of the clock's zone, such as `Europe/Athens`, where it has daylight saving. A
    /// broker whose day ends at 17:00 in New York: `America/New_York` with `utc_offset_minutes:
    /// 420`. A time that the zone skips or repeats is an error. Default: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Instrument to read from a file of several, by its name in the file. Default: the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<String>,
    /// Treatment of bars that are missing between the first and the last. Default: `Leave`.
    #[serde(default, skip_serializing_if = "Gaps::is_leave")]
    pub gaps: Gaps,
}

impl DataFile {
    /// A file whose layout is recognized and whose rows become bars unchanged.
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

    /// A fault of the file as a whole.
    pub(super) fn error(&self, fault: IngestFault) -> IngestError {
        IngestError::file(&self.path, fault)
    }

    /// A fault of row `i`, from 0; an editor counts from 1.
    pub(super) fn in_row(&self, i: usize, fault: IngestFault) -> IngestError {
        IngestError::new(&self.path, At::Row(1 + i), fault)
    }

    /// A fault of the timestamp of row `i`, from 0.
    pub(super) fn in_time(&self, i: usize, fault: IngestFault) -> IngestError {
        let at = At::Cell(1 + i, "timestamp");
        IngestError::new(&self.path, at, fault)
    }

    /// A cell of row `i`, from 0, that cannot be read.
    pub(super) fn cell(
        &self,
        i: usize,
        column: &'static str,
        found: &str,
        expected: &'static str,
    ) -> IngestError {
        let found = found.to_owned();
        let fault = IngestFault::Cell { found, expected };
        IngestError::new(&self.path, At::Cell(1 + i, column), fault)
    }

    /// A column of an unsuitable type.
    pub(super) fn column_type(
        &self,
        column: &'static str,
        found: String,
        expected: &'static str,
    ) -> IngestError {
        let fault = IngestFault::ColumnType { found, expected };
        IngestError::new(&self.path, At::Column(column), fault)
    }

    /// A table that polars does not read.
    pub(super) fn table(&self, error: PolarsError) -> IngestError {
        self.error(IngestFault::Table(Box::new(error)))
    }

    /// A value of a field of this type that does not fit the file.
    pub(super) fn refuse(
        &self,
        field: &'static str,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> IngestError {
        let fault = IngestFault::Setting {
            found: found.into(),
            expected: expected.into(),
        };
        IngestError::new(&self.path, At::Setting(field), fault)
    }

    /// Refuses timestamps of bar ends where the layout marks opens.
    pub(super) fn refuse_ends(&self, layout: FileLayout) -> Result<(), IngestError> {
        match self.timestamps {
            BarLabel::Open => Ok(()),
            BarLabel::End => {
                let expected = format!("Open, because times of {layout} mark the open of a bar");
                Err(self.refuse("timestamps", "End", expected))
            }
        }
    }

    /// Refuses an instrument where the file has no column of instruments.
    pub(super) fn refuse_instrument(&self) -> Result<(), IngestError> {
        match &self.instrument {
            None => Ok(()),
            Some(_) => Err(self.error(IngestFault::Instrument {
                found: "no column of instruments".to_owned(),
                expected: "one; leave out `instrument`".to_owned(),
            })),
        }
    }
}

/// End of a bar that its timestamp marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum BarLabel {
    /// The open; the panel's timestamp is one bar length later. Choose it for daily files that name
    /// the session date.
    Open,
    /// The end, as in the panel. Choose it where the source says that a row is stamped at its
    /// close.
    End,
}

/// Treatment of times without a bar between the first and the last bar of a file: no trade, a
/// closed market, or a lost bar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Gaps {
    /// Leaves them out of the panel, too; an audit finds them. Choose it for markets with sessions.
    #[default]
    Leave,
    /// Inserts bars at the previous close with volume 0, which the report counts. Choose it where
    /// a source omits bars without trades.
    ForwardFill {
        /// Longest gap that is filled; longer ones, such as nights, are left. Unit: bars.
        at_most: u32,
    },
    /// Refuses the file and names the first gap. Choose it where no bar may be missing.
    Refuse,
}

impl Gaps {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_leave(&self) -> bool {
        *self == Self::Leave
    }
}

/// Treatment of files that do not have the same bars: ragged starts and ends, holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Calendar {
    /// Keeps the bars that every file has and counts the others. Choose it for assets with
    /// different histories or holidays.
    Intersect,
    /// Refuses the files and names the first difference. Choose it where they must match.
    Refuse,
}
