//! `experiment.parquet`: the metrics of every backtest.

use super::table::{column, write};
use crate::{eval::LedgerSummary, report::error::ReportError};
use polars::prelude::DataFrame;
use std::{collections::BTreeSet, path::Path};

/// Writes one row per backtest: `policy`, `attack`, `budget_bps`, `seed`, then one column per
/// metric of any backtest, in alphabetical order. An empty cell is an undefined metric. The file
/// appears complete or not at all.
///
/// # Errors
/// [`ReportError`] if the file cannot be written.
pub fn write_summaries(path: &Path, rows: &[LedgerSummary]) -> Result<(), ReportError> {
    let metrics: BTreeSet<&String> = rows.iter().flat_map(|row| row.figures.keys()).collect();
    let mut columns = vec![
        column("policy", rows, |row| row.policy.clone()),
        column("attack", rows, |row| row.attack.clone()),
        column("budget_bps", rows, |row| row.budget_bps),
        column("seed", rows, |row| row.seed),
    ];
    for metric in metrics {
        columns.push(column(metric, rows, |row| row.get(metric)));
    }
    let frame = DataFrame::new_infer_height(columns);
    write(
        path,
        &mut frame.map_err(ReportError::frame("metrics of backtests"))?,
    )
}
