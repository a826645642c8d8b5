//! The files of a backtest.

use super::{RunError, atomic::write_json};
use crate::{
    eval::{Ledger, Summary},
    report::write_ledgers,
};
use std::path::Path;

/// Writes `ledger.parquet` and `summary.json` into a new folder.
pub(super) fn write_backtest(
    folder: &Path,
    ledgers: &[Ledger],
    summary: &Summary,
) -> Result<(), RunError> {
    std::fs::create_dir_all(folder)
        .map_err(|error| RunError::failed("creating the backtest folder", &error))?;
    write_ledgers(&folder.join("ledger.parquet"), ledgers)
        .map_err(|error| RunError::failed("writing the ledger", &error))?;
    write_json(&folder.join("summary.json"), summary)
        .map_err(|error| RunError::failed("writing the summary", &error))
}
