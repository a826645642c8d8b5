//! `metrics.parquet`: training logs, one row per update.

use super::table::{Table, column, write};
use crate::{
    report::{error::ReportError, input::TrainingLog},
    train::{METRICS, MetricRow},
};
use polars::prelude::DataFrame;
use std::path::Path;

/// Writes training logs; the file appears complete or not at all.
///
/// # Errors
/// [`ReportError`] if a row does not have one value per metric, or the file cannot be written.
pub fn write_metrics(path: &Path, logs: &[TrainingLog]) -> Result<(), ReportError> {
    write(path, &mut metrics_frame(logs)?)
}

/// Reads a file written by [`write_metrics`]. Metrics unknown to this version are left out; metrics
/// missing in the file are `None`.
///
/// # Errors
/// [`ReportError`] if the file cannot be read or was not written by that function.
pub fn read_metrics(path: &Path) -> Result<Vec<TrainingLog>, ReportError> {
    let table = Table::read(path)?;
    let policies: Vec<String> = table.column("policy")?;
    let seeds: Vec<u64> = table.column("seed")?;
    let updates: Vec<u64> = table.column("update")?;
    let env_steps: Vec<u64> = table.column("env_steps")?;
    let metrics = METRICS
        .iter()
        .map(|metric| table.optional_column(metric.name));
    let metrics: Vec<Vec<Option<f64>>> = metrics.collect::<Result<_, _>>()?;
    let mut logs: Vec<TrainingLog> = Vec::new();
    for (at, (policy, seed)) in policies.into_iter().zip(seeds).enumerate() {
        let row = MetricRow {
            update: updates[at],
            env_steps: env_steps[at],
            values: metrics.iter().map(|column| column[at]).collect(),
        };
        match logs.last_mut() {
            Some(log) if log.policy == policy && log.seed == seed => log.rows.push(row),
            _ => logs.push(TrainingLog {
                policy,
                seed,
                rows: vec![row],
            }),
        }
    }
    Ok(logs)
}

/// Builds the table that [`write_metrics`] writes: `policy`, `seed`, `update`, `env_steps`, then
/// one column per metric of [`METRICS`]. An empty cell is a metric that the update did not log.
///
/// # Errors
/// [`ReportError`] if a row does not have one value per metric.
pub fn metrics_frame(logs: &[TrainingLog]) -> Result<DataFrame, ReportError> {
    let mut rows: Vec<(&TrainingLog, &MetricRow)> = Vec::new();
    for log in logs {
        for row in &log.rows {
            if row.values.len() != METRICS.len() {
                return Err(ReportError::RaggedRow {
                    policy: log.policy.clone(),
                    update: row.update,
                    found: row.values.len(),
                    expected: METRICS.len(),
                });
            }
            rows.push((log, row));
        }
    }
    let mut columns = vec![
        column("policy", &rows, |(log, _)| log.policy.clone()),
        column("seed", &rows, |(log, _)| log.seed),
        column("update", &rows, |(_, row)| row.update),
        column("env_steps", &rows, |(_, row)| row.env_steps),
    ];
    for (index, metric) in METRICS.iter().enumerate() {
        columns.push(column(metric.name, &rows, |(_, row)| row.values[index]));
    }
    DataFrame::new_infer_height(columns).map_err(ReportError::frame("metric table"))
}
