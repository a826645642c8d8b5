//! `ledger.parquet`: one row per bar.

use super::table::{Table, column, write};
use crate::{
    env::{Interventions, Threat},
    eval::Ledger,
    report::error::ReportError,
};
use chrono::DateTime;
use polars::prelude::DataFrame;
use std::path::Path;

/// Function that returns values of a ledger per bar and asset. Shape: `[n_bars, n_assets]`.
type PerAsset = fn(&Ledger) -> &[f64];

/// Prefixes of the columns per asset, with their values.
const PER_ASSET: [(&str, PerAsset); 3] = [
    ("weight", |ledger| &ledger.weights),
    ("close", |ledger| &ledger.close),
    ("shock_bps", |ledger| &ledger.shock_bps),
];

/// Writes ledgers of one set of assets; the file appears complete or not at all.
///
/// | column | meaning |
/// |---|---|
/// | `ledger` | index of the backtest in the file |
/// | `policy` | policy, method or baseline |
/// | `attack` | attack, `none` for the nominal market |
/// | `budget_bps` | per-step budget of the attack, bps |
/// | `threat` | `corrected` or `kept` (prints), `jump`, `drift`; `none` for the nominal market |
/// | `seed` | training seed, 0 for baselines |
/// | `bar_seconds` | nominal length of a bar, seconds |
/// | `initial_equity` | equity before the first bar |
/// | `ruined` | true if the account was ruined |
/// | `refused_actions` | number of refused actions in the backtest |
/// | `clamped_weights` | number of clamped weights in the backtest |
/// | `scaled_to_gross` | number of decisions scaled to the gross bound in the backtest |
/// | `projected_shocks` | number of projected shocks in the backtest |
/// | `delayed_orders` | number of asset orders that waited, summed over bars |
/// | `dropped_orders` | number of asset orders whose rest was dropped |
/// | `forced_liquidations` | number of margin calls |
/// | `timestamp_ns` | bar end, UTC, nanoseconds since 1970 |
/// | `equity` | equity after costs at the mark |
/// | `cost` | costs paid within the bar, currency |
/// | `turnover` | absolute traded value over equity, of the bar |
/// | `weight_<SYMBOL>` | one column per asset: weight at the mark |
/// | `close_<SYMBOL>` | one column per asset: true close |
/// | `shock_bps_<SYMBOL>` | one column per asset: price shock, bps |
///
/// # Errors
/// [`ReportError`] for ragged columns, different assets, or a file that cannot be written.
pub fn write_ledgers(path: &Path, ledgers: &[Ledger]) -> Result<(), ReportError> {
    write(path, &mut ledger_frame(ledgers)?)
}

struct Row<'a> {
    id: u32,
    ledger: &'a Ledger,
    bar: usize,
}

/// Builds the table that [`write_ledgers`] writes.
///
/// # Errors
/// [`ReportError`] for ragged columns or different assets.
pub fn ledger_frame(ledgers: &[Ledger]) -> Result<DataFrame, ReportError> {
    let symbols = ledgers.first().map_or(&[][..], |ledger| &ledger.symbols);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (id, ledger) in (0..).zip(ledgers) {
        check(ledger, symbols)?;
        rows.extend((0..ledger.n_bars()).map(|bar| Row { id, ledger, bar }));
    }
    let corrections = |row: &Row<'_>| row.ledger.interventions;
    let mut columns = vec![
        column("ledger", &rows, |row| row.id),
        column("policy", &rows, |row| row.ledger.policy.clone()),
        column("attack", &rows, |row| row.ledger.attack.clone()),
        column("budget_bps", &rows, |row| row.ledger.budget_bps),
        column("threat", &rows, |row| threat_word(row.ledger.threat)),
        column("seed", &rows, |row| row.ledger.seed),
        column("bar_seconds", &rows, |row| row.ledger.bar_seconds),
        column("initial_equity", &rows, |row| row.ledger.initial_equity),
        column("ruined", &rows, |row| row.ledger.ruined),
        column("refused_actions", &rows, |row| {
            corrections(row).refused_actions
        }),
        column("clamped_weights", &rows, |row| {
            corrections(row).clamped_weights
        }),
        column("scaled_to_gross", &rows, |row| {
            corrections(row).scaled_to_gross
        }),
        column("projected_shocks", &rows, |row| {
            corrections(row).projected_shocks
        }),
        column("delayed_orders", &rows, |row| {
            corrections(row).delayed_orders
        }),
        column("dropped_orders", &rows, |row| {
            corrections(row).dropped_orders
        }),
        column("forced_liquidations", &rows, |row| {
            corrections(row).forced_liquidations
        }),
        column("timestamp_ns", &rows, |row| {
            row.ledger.timestamps[row.bar].timestamp_nanos_opt()
        }),
        column("equity", &rows, |row| row.ledger.equity[row.bar]),
        column("cost", &rows, |row| row.ledger.cost[row.bar]),
        column("turnover", &rows, |row| row.ledger.turnover[row.bar]),
    ];
    for (prefix, values) in PER_ASSET {
        for (asset, symbol) in symbols.iter().enumerate() {
            let value = |row: &Row<'_>| values(row.ledger)[row.bar * symbols.len() + asset];
            columns.push(column(&format!("{prefix}_{symbol}"), &rows, value));
        }
    }
    DataFrame::new_infer_height(columns).map_err(ReportError::frame("ledger table"))
}

/// Reads a file written by [`write_ledgers`].
///
/// # Errors
/// [`ReportError`] if the file cannot be read or was not written by that function.
pub fn read_ledgers(path: &Path) -> Result<Vec<Ledger>, ReportError> {
    let table = Table::read(path)?;
    let ids: Vec<u32> = table.column("ledger")?;
    let policies: Vec<String> = table.column("policy")?;
    let attacks: Vec<String> = table.column("attack")?;
    let budgets_bps: Vec<f64> = table.column("budget_bps")?;
    let threats: Vec<String> = table.column("threat")?;
    let seeds: Vec<u64> = table.column("seed")?;
    let bar_seconds: Vec<i64> = table.column("bar_seconds")?;
    let initial_equity: Vec<f64> = table.column("initial_equity")?;
    let ruined: Vec<bool> = table.column("ruined")?;
    let refused_actions: Vec<u64> = table.column("refused_actions")?;
    let clamped_weights: Vec<u64> = table.column("clamped_weights")?;
    let scaled_to_gross: Vec<u64> = table.column("scaled_to_gross")?;
    let projected_shocks: Vec<u64> = table.column("projected_shocks")?;
    let delayed_orders: Vec<u64> = table.column("delayed_orders")?;
    let dropped_orders: Vec<u64> = table.column("dropped_orders")?;
    let forced_liquidations: Vec<u64> = table.column("forced_liquidations")?;
    let times_ns: Vec<i64> = table.column("timestamp_ns")?;
    let equity: Vec<f64> = table.column("equity")?;
    let cost: Vec<f64> = table.column("cost")?;
    let turnover: Vec<f64> = table.column("turnover")?;
    let symbols = table.suffixes("weight_");
    let per_asset = |prefix: &str| -> Result<Vec<Vec<f64>>, ReportError> {
        let names = symbols.iter().map(|symbol| format!("{prefix}_{symbol}"));
        names.map(|name| table.column(&name)).collect()
    };
    let (weights, close) = (per_asset("weight")?, per_asset("close")?);
    let shock_bps = per_asset("shock_bps")?;
    let mut end = 0;
    let ledger = |chunk: &[u32]| {
        let first = end;
        end += chunk.len();
        let bars = first..end;
        let row_major = |columns: &[Vec<f64>]| -> Vec<f64> {
            bars.clone()
                .flat_map(|bar| columns.iter().map(move |column| column[bar]))
                .collect()
        };
        Ledger {
            policy: policies[first].clone(),
            attack: attacks[first].clone(),
            budget_bps: budgets_bps[first],
            threat: Threat::ALL
                .into_iter()
                .find(|threat| threat.to_string() == threats[first]),
            seed: seeds[first],
            symbols: symbols.clone(),
            initial_equity: initial_equity[first],
            bar_seconds: bar_seconds[first],
            timestamps: times_ns[bars.clone()]
                .iter()
                .copied()
                .map(DateTime::from_timestamp_nanos)
                .collect(),
            equity: equity[bars.clone()].to_vec(),
            cost: cost[bars.clone()].to_vec(),
            turnover: turnover[bars.clone()].to_vec(),
            weights: row_major(&weights),
            close: row_major(&close),
            shock_bps: row_major(&shock_bps),
            ruined: ruined[first],
            interventions: Interventions {
                refused_actions: refused_actions[first],
                clamped_weights: clamped_weights[first],
                scaled_to_gross: scaled_to_gross[first],
                projected_shocks: projected_shocks[first],
                delayed_orders: delayed_orders[first],
                dropped_orders: dropped_orders[first],
                forced_liquidations: forced_liquidations[first],
            },
        }
    };
    Ok(ids.chunk_by(|a, b| a == b).map(ledger).collect())
}

fn threat_word(threat: Option<Threat>) -> String {
    threat.map_or_else(|| Ledger::NOMINAL.to_owned(), |threat| threat.to_string())
}

/// Checks that the ledger has these symbols and one value per bar (and asset) in every column.
fn check(ledger: &Ledger, symbols: &[String]) -> Result<(), ReportError> {
    if ledger.symbols != symbols {
        return Err(ReportError::MixedSymbols {
            policy: ledger.policy.clone(),
            found: ledger.symbols.clone(),
            expected: symbols.to_vec(),
        });
    }
    let ragged = |column, found, expected| ReportError::RaggedLedger {
        policy: ledger.policy.clone(),
        attack: ledger.attack.clone(),
        column,
        found,
        expected,
    };
    let n_bars = ledger.timestamps.len();
    if n_bars == 0 {
        return Err(ragged("timestamps", 0, "at least one bar".to_owned()));
    }
    let per_bar = [
        ("equity", &ledger.equity),
        ("cost", &ledger.cost),
        ("turnover", &ledger.turnover),
    ];
    let per_bar = per_bar.map(|(name, values)| (name, values.len(), n_bars));
    let n_cells = n_bars * symbols.len();
    let per_asset = PER_ASSET.map(|(name, values)| (name, values(ledger).len(), n_cells));
    let mut lengths = per_bar.into_iter().chain(per_asset);
    match lengths.find(|(_, found, expected)| found != expected) {
        Some((name, found, expected)) => Err(ragged(name, found, expected.to_string())),
        None => Ok(()),
    }
}
