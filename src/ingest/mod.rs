//! From files of historical bars to a [`Panel`](crate::market::Panel) (cargo feature `data`).
//!
//! `read` puts files on one `calendar`. Each is read once: `hashed_file` unpacks and hashes bytes,
//! `blocks` cuts lines, `source` finds the layout (`layout`: text and JSON, `columnar`: Parquet and
//! Arrow), and `file_parser` makes bars of the rows, or longer bars (`longer_bars`, `tick_bars`).
//! `report` says what was read, dropped and assumed; `audit` what is suspicious about prices that
//! can be read.
//!
//! The tidy layout: `timestamp` (UTC), `close`, optionally `open`, `high`, `low` (all three or
//! none), `volume`, `adj_close`. With `adj_close` each bar is scaled to it: prices by `adj_close /
//! close`, volume by the inverse, so splits and dividends vanish and price times volume stays the
//! money that changed hands. Files without open, high and low make bars with a single price, files
//! without volume make bars of volume 0; the report says so.
//!
//! A text file may be larger than memory where its rows are resampled
//! ([`DataFile::resample_seconds`]): it is read block by block, and only the longer bars are kept.
//! A Parquet or Arrow file is held as a whole, because its index stands at its end.

mod ahead;
pub mod audit;
mod bar_columns;
mod blocks;
mod calendar;
mod columnar;
mod columns;
mod data_file;
mod error;
mod fault;
mod file_layout;
mod file_parser;
mod gaps;
mod hashed_file;
mod layout;
mod longer_bars;
mod note;
mod parsed_file;
mod parts;
mod read;
mod report;
mod source;
mod steps;
mod tally;
#[cfg(test)]
mod tests;
mod tick_bars;
mod timestamp;

pub use data_file::{BarLabel, Calendar, DataFile, Gaps};
pub use error::IngestError;
pub use fault::IngestFault;
pub use file_layout::FileLayout;
#[cfg(feature = "cli")]
pub(crate) use hashed_file::{hexadecimal, sha256_of};
pub use note::{Compression, EpochRows, Note, RowOrder};
pub use parsed_file::{FaultyRows, RowFault};
pub use parts::files_of;
pub use read::{Ingested, Surveyed, read_panel, survey_panel};
pub use report::{
    Adjustment, BarFields, BarLengthSource, FileReport, IngestReport, PriceBasis, ResampleReport,
    VolumeField,
};
