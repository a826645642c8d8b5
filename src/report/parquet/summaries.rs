//! `experiment.parquet`: the metrics of every backtest.

use super::table::{Cell, optional_column, write};
use crate::{eval::LedgerSummary, report::error::ReportError};
use polars::prelude::DataFrame;
use std::{collections::BTreeSet, path::Path};

/// Writes one row per backtest: `policy`, `attack`, `budget_bps`, `seed`, then one column per
/// metric that any of them has, in alphabetical order. An empty cell is undefined. The file appears
/// complete or not at all.
///
/// # Errors
/// [`ReportError`] when the file cannot be written.
pub fn write_summaries(path: &Path, rows: &[LedgerSummary]) -> Result<(), ReportError> {
    let metrics: BTreeSet<&String> = rows.iter().flat_map(|row| row.figures.keys()).collect();
    let mut columns = vec![
        Cell::column(
            "policy",
            rows.iter().map(|row| row.policy.clone()).collect(),
        ),
        Cell::column(
            "attack",
            rows.iter().map(|row| row.attack.clone()).collect(),
        ),
        Cell::column(
            "budget_bps",
            rows.iter().map(|row| row.budget_bps).collect(),
        ),
        Cell::column("seed", rows.iter().map(|row| row.seed).collect()),
    ];
    for metric in metrics {
        let values = rows.iter().map(|row| row.get(metric)).collect();
        columns.push(optional_column(metric, values));
    }
    let frame = DataFrame::new_infer_height(columns);
    write(
        path,
        &mut frame.map_err(ReportError::frame("metrics of backtests"))?,
    )
}
