//! Ledgers and metric logs as Parquet files: one long table each, so that any tool can group and
//! compare.
//!
//! `ledger.parquet`: one row per bar. `ledger` (number of the backtest in the file), `policy`,
//! `attack`, `budget_bps`, `seed`, `bar_seconds`, `initial_equity`, `ruined`, the four counts of
//! `env::Interventions`, `timestamp_ns` (bar end, UTC, since 1970), `equity`, `cost`, `turnover`,
//! then `weight_<SYMBOL>`, `close_<SYMBOL>` and `shock_bps_<SYMBOL>` per asset.
//!
//! `metrics.parquet`: one row per update. `policy`, `seed`, `update`, `env_steps`, then one column
//! per metric of [`METRICS`]; an empty cell is a metric that the update did not have.

use super::error::ReportError;
use super::input::TrainingLog;
use crate::env::Interventions;
use crate::eval::{Ledger, LedgerSummary};
use crate::train::{METRICS, MetricRow};
use chrono::DateTime;
use polars::prelude::{
    Column, DataFrame, IntoColumn, NamedFrom, ParquetReader, ParquetWriter, SerReader, Series,
};
use std::collections::BTreeSet;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

/// Writes ledgers of one set of assets; the file appears complete or not at all.
///
/// # Errors
/// [`ReportError`] when ledgers disagree on their assets or have ragged columns, or when the file
/// cannot be written.
pub fn write_ledgers(path: &Path, ledgers: &[Ledger]) -> Result<(), ReportError> {
    write_frame(path, &mut ledger_frame(ledgers)?)
}

/// Reads what [`write_ledgers`] wrote.
///
/// # Errors
/// [`ReportError`] when the file cannot be read or is not such a file.
pub fn read_ledgers(path: &Path) -> Result<Vec<Ledger>, ReportError> {
    let table = Table::read(path)?;
    let symbols: Vec<String> = table
        .frame
        .get_column_names()
        .iter()
        .filter_map(|name| name.strip_prefix("weight_").map(str::to_owned))
        .collect();
    let ids = table.integers("ledger")?;
    let columns = LedgerColumns::read(&table, &symbols)?;
    let mut ledgers = Vec::new();
    let mut first = 0;
    while first < ids.len() {
        let end = first
            + ids[first..]
                .iter()
                .take_while(|id| **id == ids[first])
                .count();
        ledgers.push(columns.ledger(&symbols, first..end));
        first = end;
    }
    Ok(ledgers)
}

/// Writes training logs; the file appears complete or not at all.
///
/// # Errors
/// [`ReportError`] when a row does not have one value per metric, or the file cannot be written.
pub fn write_metrics(path: &Path, logs: &[TrainingLog]) -> Result<(), ReportError> {
    write_frame(path, &mut metrics_frame(logs)?)
}

/// Reads what [`write_metrics`] wrote. Metrics unknown to this version are left out; metrics
/// unknown to the file are `None`.
///
/// # Errors
/// [`ReportError`] when the file cannot be read or is not such a file.
pub fn read_metrics(path: &Path) -> Result<Vec<TrainingLog>, ReportError> {
    let table = Table::read(path)?;
    let (policy, seed) = (table.texts("policy")?, table.unsigned("seed")?);
    let (update, env_steps) = (table.unsigned("update")?, table.unsigned("env_steps")?);
    let values: Vec<Vec<Option<f64>>> = METRICS
        .iter()
        .map(|metric| table.optional_numbers(metric.name))
        .collect::<Result<_, _>>()?;
    let mut logs: Vec<TrainingLog> = Vec::new();
    for row in 0..policy.len() {
        let metrics = MetricRow {
            update: update[row],
            env_steps: env_steps[row],
            values: values.iter().map(|column| column[row]).collect(),
        };
        match logs.last_mut() {
            Some(log) if log.policy == policy[row] && log.seed == seed[row] => {
                log.rows.push(metrics);
            }
            _ => logs.push(TrainingLog {
                policy: policy[row].clone(),
                seed: seed[row],
                rows: vec![metrics],
            }),
        }
    }
    Ok(logs)
}

/// A per-asset column of a ledger: name and cells `[n_bars, n_assets]`.
type Part = (&'static str, fn(&Ledger) -> &[f64]);
/// Writes the metrics of backtests, one row each: `policy`, `attack`, `budget_bps`, `seed`, then
/// one column per metric that any of them has, in alphabetical order; an empty cell is undefined.
/// The file appears complete or not at all.
///
/// # Errors
/// [`ReportError`] when the file cannot be written.
pub fn write_scores(path: &Path, scores: &[LedgerSummary]) -> Result<(), ReportError> {
    let metrics: BTreeSet<&str> = scores
        .iter()
        .flat_map(|score| score.figures.keys().map(String::as_str))
        .collect();
    let texts = |text: fn(&LedgerSummary) -> &str| scores.iter().map(text).collect::<Vec<_>>();
    let mut columns = vec![
        column("policy", texts(|score| &score.policy)),
        column("attack", texts(|score| &score.attack)),
        column(
            "budget_bps",
            scores.iter().map(|s| s.budget_bps).collect::<Vec<_>>(),
        ),
        column("seed", scores.iter().map(|s| s.seed).collect::<Vec<_>>()),
    ];
    for metric in metrics {
        let values: Vec<Option<f64>> = scores.iter().map(|score| score.get(metric)).collect();
        columns.push(column(metric, values));
    }
    let frame = DataFrame::new_infer_height(columns);
    write_frame(path, &mut frame.map_err(ReportError::frame("score table"))?)
}

/// The ledger table (columns in the module's documentation).
///
/// # Errors
/// [`ReportError`] when ledgers disagree on their assets or have ragged columns.
pub fn ledger_frame(ledgers: &[Ledger]) -> Result<DataFrame, ReportError> {
    let symbols = ledgers.first().map_or(&[][..], |ledger| &ledger.symbols);
    for ledger in ledgers {
        check(ledger, symbols)?;
    }
    let mut columns = vec![
        per_bar("ledger", ledgers, |index, _, _| index),
        per_bar("policy", ledgers, |_, l, _| l.policy.clone()),
        per_bar("attack", ledgers, |_, l, _| l.attack.clone()),
        per_bar("budget_bps", ledgers, |_, l, _| l.budget_bps),
        per_bar("seed", ledgers, |_, l, _| l.seed),
        per_bar("bar_seconds", ledgers, |_, l, _| l.bar_seconds),
        per_bar("initial_equity", ledgers, |_, l, _| l.initial_equity),
        per_bar("ruined", ledgers, |_, l, _| l.ruined),
        per_bar("refused_actions", ledgers, |_, l, _| {
            l.interventions.refused_actions
        }),
        per_bar("clamped_weights", ledgers, |_, l, _| {
            l.interventions.clamped_weights
        }),
        per_bar("scaled_to_gross", ledgers, |_, l, _| {
            l.interventions.scaled_to_gross
        }),
        per_bar("projected_shocks", ledgers, |_, l, _| {
            l.interventions.projected_shocks
        }),
        per_bar("timestamp_ns", ledgers, |_, l, bar| {
            l.timestamps[bar].timestamp_nanos_opt()
        }),
        per_bar("equity", ledgers, |_, l, bar| l.equity[bar]),
        per_bar("cost", ledgers, |_, l, bar| l.cost[bar]),
        per_bar("turnover", ledgers, |_, l, bar| l.turnover[bar]),
    ];
    let parts: [Part; 3] = [
        ("weight", |l| &l.weights),
        ("close", |l| &l.close),
        ("shock_bps", |l| &l.shock_bps),
    ];
    for (prefix, part) in parts {
        for (asset, symbol) in symbols.iter().enumerate() {
            let name = format!("{prefix}_{symbol}");
            columns.push(per_bar(&name, ledgers, |_, l, bar| {
                part(l)[bar * symbols.len() + asset]
            }));
        }
    }
    DataFrame::new_infer_height(columns).map_err(ReportError::frame("ledger table"))
}

/// The metric table (columns in the module's documentation).
///
/// # Errors
/// [`ReportError`] when a row does not have one value per metric.
pub fn metrics_frame(logs: &[TrainingLog]) -> Result<DataFrame, ReportError> {
    let rows = || {
        logs.iter()
            .flat_map(|log| log.rows.iter().map(move |row| (log, row)))
    };
    for (log, row) in rows() {
        if row.values.len() != METRICS.len() {
            return Err(ReportError::RaggedRow {
                policy: log.policy.clone(),
                update: row.update,
                found: row.values.len(),
                expected: METRICS.len(),
            });
        }
    }
    let policies: Vec<&str> = rows().map(|(log, _)| log.policy.as_str()).collect();
    let mut columns = vec![
        column("policy", &policies[..]),
        column("seed", rows().map(|(log, _)| log.seed).collect::<Vec<_>>()),
        column(
            "update",
            rows().map(|(_, row)| row.update).collect::<Vec<_>>(),
        ),
        column(
            "env_steps",
            rows().map(|(_, row)| row.env_steps).collect::<Vec<_>>(),
        ),
    ];
    for (index, metric) in METRICS.iter().enumerate() {
        let values: Vec<Option<f64>> = rows().map(|(_, row)| row.values[index]).collect();
        columns.push(column(metric.name, values));
    }
    DataFrame::new_infer_height(columns).map_err(ReportError::frame("metric table"))
}

/// One value per bar of every ledger, in order.
fn per_bar<T>(name: &str, ledgers: &[Ledger], cell: impl Fn(u32, &Ledger, usize) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    let values: Vec<T> = (0..)
        .zip(ledgers)
        .flat_map(|(index, ledger)| {
            let cell = &cell;
            (0..ledger.timestamps.len()).map(move |bar| cell(index, ledger, bar))
        })
        .collect();
    column(name, values)
}

fn column<V, P: ?Sized>(name: &str, values: V) -> Column
where
    Series: NamedFrom<V, P>,
{
    Series::new(name.into(), values).into_column()
}

/// One value per bar and asset in every column that says so, and the same assets everywhere.
fn check(ledger: &Ledger, symbols: &[String]) -> Result<(), ReportError> {
    if ledger.symbols != symbols {
        return Err(ReportError::MixedSymbols {
            policy: ledger.policy.clone(),
            found: ledger.symbols.clone(),
            expected: symbols.to_vec(),
        });
    }
    let n_bars = ledger.timestamps.len();
    let n_cells = n_bars * symbols.len();
    let columns = [
        ("equity", ledger.equity.len(), n_bars),
        ("cost", ledger.cost.len(), n_bars),
        ("turnover", ledger.turnover.len(), n_bars),
        ("weights", ledger.weights.len(), n_cells),
        ("close", ledger.close.len(), n_cells),
        ("shock_bps", ledger.shock_bps.len(), n_cells),
    ];
    let ragged = |column, found, expected| ReportError::RaggedLedger {
        policy: ledger.policy.clone(),
        attack: ledger.attack.clone(),
        column,
        found,
        expected,
    };
    if n_bars == 0 {
        return Err(ragged("timestamps", 0, "at least one bar".to_owned()));
    }
    columns
        .into_iter()
        .find(|(_, found, expected)| found != expected)
        .map_or(Ok(()), |(name, found, expected)| {
            Err(ragged(name, found, expected.to_string()))
        })
}

fn write_frame(path: &Path, frame: &mut DataFrame) -> Result<(), ReportError> {
    super::file::replace(path, |file| {
        ParquetWriter::new(file)
            .finish(frame)
            .map_err(ReportError::frame(&path.display().to_string()))?;
        Ok(())
    })
}

/// A Parquet file in memory, with its name for messages.
struct Table {
    place: String,
    frame: DataFrame,
}

impl Table {
    fn read(path: &Path) -> Result<Self, ReportError> {
        let place = path.display().to_string();
        let file = File::open(path).map_err(ReportError::file(path))?;
        let frame = ParquetReader::new(file)
            .finish()
            .map_err(ReportError::frame(&place))?;
        Ok(Self { place, frame })
    }

    fn numbers(&self, name: &str) -> Result<Vec<f64>, ReportError> {
        let column = self.column(name)?;
        let cells = column.f64().map_err(ReportError::frame(&self.place))?;
        self.complete(name, "a number", cells.iter())
    }

    /// The column's cells; all `None` where the file has no such column.
    fn optional_numbers(&self, name: &str) -> Result<Vec<Option<f64>>, ReportError> {
        if self.frame.get_column_index(name).is_none() {
            return Ok(vec![None; self.frame.height()]);
        }
        let column = self.column(name)?;
        let cells = column.f64().map_err(ReportError::frame(&self.place))?;
        Ok(cells.iter().collect())
    }

    fn integers(&self, name: &str) -> Result<Vec<u32>, ReportError> {
        let column = self.column(name)?;
        let cells = column.u32().map_err(ReportError::frame(&self.place))?;
        self.complete(name, "an integer", cells.iter())
    }

    fn unsigned(&self, name: &str) -> Result<Vec<u64>, ReportError> {
        let column = self.column(name)?;
        let cells = column.u64().map_err(ReportError::frame(&self.place))?;
        self.complete(name, "an integer", cells.iter())
    }

    fn signed(&self, name: &str) -> Result<Vec<i64>, ReportError> {
        let column = self.column(name)?;
        let cells = column.i64().map_err(ReportError::frame(&self.place))?;
        self.complete(name, "an integer", cells.iter())
    }

    fn flags(&self, name: &str) -> Result<Vec<bool>, ReportError> {
        let column = self.column(name)?;
        let cells = column.bool().map_err(ReportError::frame(&self.place))?;
        self.complete(name, "true or false", cells.iter())
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, ReportError> {
        let column = self.column(name)?;
        let cells = column.str().map_err(ReportError::frame(&self.place))?;
        self.complete(
            name,
            "text",
            cells.iter().map(|cell| cell.map(str::to_owned)),
        )
    }

    fn column(&self, name: &str) -> Result<&Column, ReportError> {
        self.frame
            .column(name)
            .map_err(ReportError::frame(&self.place))
    }

    fn complete<T>(
        &self,
        column: &str,
        expected: &'static str,
        cells: impl Iterator<Item = Option<T>>,
    ) -> Result<Vec<T>, ReportError> {
        cells
            .enumerate()
            .map(|(row, cell)| {
                cell.ok_or_else(|| ReportError::MissingCell {
                    place: self.place.clone(),
                    column: column.to_owned(),
                    row,
                    expected,
                })
            })
            .collect()
    }
}

/// The columns of a ledger file, all ledgers one below the other.
struct LedgerColumns {
    policy: Vec<String>,
    attack: Vec<String>,
    budget_bps: Vec<f64>,
    seed: Vec<u64>,
    bar_seconds: Vec<i64>,
    initial_equity: Vec<f64>,
    ruined: Vec<bool>,
    refused_actions: Vec<u64>,
    clamped_weights: Vec<u64>,
    scaled_to_gross: Vec<u64>,
    projected_shocks: Vec<u64>,
    timestamp_ns: Vec<i64>,
    equity: Vec<f64>,
    cost: Vec<f64>,
    turnover: Vec<f64>,
    weights: Vec<Vec<f64>>,
    close: Vec<Vec<f64>>,
    shock_bps: Vec<Vec<f64>>,
}

impl LedgerColumns {
    fn read(table: &Table, symbols: &[String]) -> Result<Self, ReportError> {
        let per_asset = |prefix: &str| {
            symbols
                .iter()
                .map(|symbol| table.numbers(&format!("{prefix}_{symbol}")))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            policy: table.texts("policy")?,
            attack: table.texts("attack")?,
            budget_bps: table.numbers("budget_bps")?,
            seed: table.unsigned("seed")?,
            bar_seconds: table.signed("bar_seconds")?,
            initial_equity: table.numbers("initial_equity")?,
            ruined: table.flags("ruined")?,
            refused_actions: table.unsigned("refused_actions")?,
            clamped_weights: table.unsigned("clamped_weights")?,
            scaled_to_gross: table.unsigned("scaled_to_gross")?,
            projected_shocks: table.unsigned("projected_shocks")?,
            timestamp_ns: table.signed("timestamp_ns")?,
            equity: table.numbers("equity")?,
            cost: table.numbers("cost")?,
            turnover: table.numbers("turnover")?,
            weights: per_asset("weight")?,
            close: per_asset("close")?,
            shock_bps: per_asset("shock_bps")?,
        })
    }

    /// The ledger in a non-empty range of rows.
    fn ledger(&self, symbols: &[String], rows: Range<usize>) -> Ledger {
        let first = rows.start;
        let row_major = |columns: &[Vec<f64>]| {
            rows.clone()
                .flat_map(|row| columns.iter().map(move |column| column[row]))
                .collect()
        };
        Ledger {
            policy: self.policy[first].clone(),
            attack: self.attack[first].clone(),
            budget_bps: self.budget_bps[first],
            seed: self.seed[first],
            symbols: symbols.to_vec(),
            initial_equity: self.initial_equity[first],
            bar_seconds: self.bar_seconds[first],
            timestamps: self.timestamp_ns[rows.clone()]
                .iter()
                .map(|ns| DateTime::from_timestamp_nanos(*ns))
                .collect(),
            equity: self.equity[rows.clone()].to_vec(),
            cost: self.cost[rows.clone()].to_vec(),
            turnover: self.turnover[rows.clone()].to_vec(),
            weights: row_major(&self.weights),
            close: row_major(&self.close),
            shock_bps: row_major(&self.shock_bps),
            ruined: self.ruined[first],
            interventions: Interventions {
                refused_actions: self.refused_actions[first],
                clamped_weights: self.clamped_weights[first],
                scaled_to_gross: self.scaled_to_gross[first],
                projected_shocks: self.projected_shocks[first],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo;

    #[test]
    fn ledgers_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let ledgers = demo::ledgers();
        write_ledgers(&path, &ledgers).unwrap();
        assert_eq!(read_ledgers(&path).unwrap(), ledgers);
        assert_eq!(
            std::fs::read_dir(folder.path()).unwrap().count(),
            1,
            "a temporary file was left behind"
        );
    }

    #[test]
    fn equal_ledgers_next_to_each_other_stay_two() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let twins = vec![demo::ledgers().remove(0); 2];
        write_ledgers(&path, &twins).unwrap();
        assert_eq!(read_ledgers(&path).unwrap(), twins);
    }

    #[test]
    fn metrics_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.parquet");
        let mut logs = demo::training();
        logs[0].rows[0].values[0] = None;
        write_metrics(&path, &logs).unwrap();
        assert_eq!(read_metrics(&path).unwrap(), logs);
    }

    #[test]
    fn same_records_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = |name: &str| {
            let path = folder.path().join(name);
            write_metrics(&path, &demo::training()).unwrap();
            std::fs::read(path).unwrap()
        };
        assert_eq!(bytes("a"), bytes("b"));
    }

    #[test]
    fn a_ragged_ledger_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.parquet");
        let mut ledgers = demo::ledgers();
        ledgers[1].cost.pop();
        let error = write_ledgers(&path, &ledgers).unwrap_err();
        assert!(
            matches!(error, ReportError::RaggedLedger { column: "cost", .. }),
            "{error}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn foreign_assets_are_refused() {
        let mut ledgers = demo::ledgers();
        ledgers[1].symbols[0] = "XYZ".to_owned();
        let error = ledger_frame(&ledgers).unwrap_err();
        assert!(matches!(error, ReportError::MixedSymbols { .. }), "{error}");
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.parquet");
        write_metrics(&path, &demo::training()).unwrap();
        assert!(matches!(
            read_ledgers(&path),
            Err(ReportError::Frame { .. })
        ));
        std::fs::write(&path, b"no parquet").unwrap();
        assert!(matches!(
            read_ledgers(&path),
            Err(ReportError::Frame { .. })
        ));
        assert!(matches!(
            read_ledgers(&folder.path().join("absent")),
            Err(ReportError::File { .. })
        ));
    }
}
