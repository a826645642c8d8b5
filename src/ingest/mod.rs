//! Reads files of historical prices into a [`Panel`](crate::market::Panel) (cargo feature `data`).
//!
//! `read` puts files on one `calendar`. Each file is read once: `hashed_file` unpacks and hashes
//! bytes, `blocks` splits them into lines, `source` recognizes the layout (`layout`: text and JSON,
//! `columnar`: Parquet and Arrow), and `file_parser` turns rows into bars or longer bars
//! (`longer_bars`, `tick_bars`). `simultaneous` refuses daily files whose sessions would fill an
//! order before its decision; `currency` refuses files of several currencies, which `conversion`
//! makes the same. `report` records what was read, dropped and assumed; `audit` finds suspicious
//! prices in readable files.
//!
//! The tidy layout has columns `timestamp` (UTC), `close`, optionally `open`, `high`, `low` (all
//! three or none), `volume`, `adj_close`. With `adj_close`, prices are multiplied by `adj_close /
//! close` and volume is divided by it, so splits and dividends vanish and price times volume stays
//! the money that changed hands. Without open, high and low, a bar has a single price; without
//! volume, its volume is 0; the report says so.
//!
//! Further columns become signals of the panel ([`DataFile::signals`]): `signals` gives each value
//! the moment from which a decision may use it. The report names the columns that are not read.
//!
//! A text file with the oldest row first may exceed the memory if its rows are resampled
//! ([`DataFile::resample_seconds`]): it is read block by block, and only the longer bars are kept.
//! A Parquet or Arrow file is held as a whole, because its index stands at its end.

mod ahead;
pub mod audit;
mod bar_columns;
mod blocks;
mod buckets;
mod calendar;
mod columnar;
mod columns;
mod conversion;
mod currency;
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
mod session;
mod signal_cells;
mod signal_column;
mod signals;
mod simultaneous;
mod source;
mod steps;
mod tally;
#[cfg(feature = "cli")]
mod template;
#[cfg(test)]
mod tests;
mod tick_bars;
mod timestamp;

pub use data_file::{BarLabel, Calendar, Conversion, DataFile, Gaps};
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
    Adjustment, BarFields, BarLengthSource, ConversionReport, FileReport, IngestReport, PriceBasis,
    ResampleReport, SignalReport, Stamps, UnusedColumn, VolumeField,
};
pub use session::{Anchor, Session, SessionDate, SessionError, TimeOfDay, Zone};
pub use signal_column::{Known, MissingCells, SignalColumn};
#[cfg(feature = "cli")]
pub(crate) use template::Template;
