//! `ledger.parquet`: one row per bar.

use super::table::{Table, column, write};
use crate::{
    env::{Interventions, Threat},
    eval::Ledger,
    market::Charge,
    report::error::ReportError,
};
use chrono::{DateTime, Utc};
use polars::prelude::{Column, DataFrame};
use std::{ops::Range, path::Path};

/// A column of a ledger: its name, and how it is read and written.
type Values<T> = (
    &'static str,
    fn(&Ledger) -> &Vec<T>,
    fn(&mut Ledger) -> &mut Vec<T>,
);

/// Columns of times, `[n_bars]`.
const TIMES: [Values<DateTime<Utc>>; 3] = [
    ("timestamp_ns", |l| &l.timestamps, |l| &mut l.timestamps),
    ("decided_ns", |l| &l.decided, |l| &mut l.decided),
    ("filled_ns", |l| &l.filled, |l| &mut l.filled),
];

/// Columns of numbers, `[n_bars]`.
const PER_BAR: [Values<f64>; 6] = [
    ("equity", |l| &l.equity, |l| &mut l.equity),
    ("cash", |l| &l.cash, |l| &mut l.cash),
    ("cost", |l| &l.cost, |l| &mut l.cost),
    ("turnover", |l| &l.turnover, |l| &mut l.turnover),
    (
        "spread_multiplier",
        |l| &l.spread_multiplier,
        |l| &mut l.spread_multiplier,
    ),
    (
        "liquidity_multiplier",
        |l| &l.liquidity_multiplier,
        |l| &mut l.liquidity_multiplier,
    ),
];

/// Prefixes of the columns per asset, `[n_bars, n_assets]`.
const PER_ASSET: [Values<f64>; 9] = [
    ("target", |l| &l.targets, |l| &mut l.targets),
    ("ordered", |l| &l.ordered, |l| &mut l.ordered),
    ("units", |l| &l.units, |l| &mut l.units),
    ("fill_price", |l| &l.fill_price, |l| &mut l.fill_price),
    ("forced_units", |l| &l.forced_units, |l| &mut l.forced_units),
    ("forced_price", |l| &l.forced_price, |l| &mut l.forced_price),
    ("weight", |l| &l.weights, |l| &mut l.weights),
    ("close", |l| &l.close, |l| &mut l.close),
    ("shock_bps", |l| &l.shock_bps, |l| &mut l.shock_bps),
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
/// | `decided_ns` | close at which the bar's order was decided, UTC, nanoseconds since 1970 |
/// | `filled_ns` | start of the bar, at which that order was filled, UTC, nanoseconds since 1970 |
/// | `equity` | equity after costs at the mark |
/// | `cash` | cash at the mark, currency |
/// | `cost` | costs paid within the bar, currency |
/// | `cost_fee` … `cost_other` | the same by kind, one column per [`Charge::KINDS`] |
/// | `turnover` | absolute traded value over equity, of the bar |
/// | `spread_multiplier`, `liquidity_multiplier` | of the bar's shock, 1 without one |
/// | `target_<SYMBOL>` | one column per asset: target weight of the decision |
/// | `ordered_<SYMBOL>` | one column per asset: units that the newest order asks for |
/// | `units_<SYMBOL>` | one column per asset: units after the trades of the bar |
/// | `fill_price_<SYMBOL>` | one column per asset: fill price before costs |
/// | `forced_units_<SYMBOL>` | one column per asset: change of units by a forced liquidation |
/// | `forced_price_<SYMBOL>` | one column per asset: its price before costs, 0 without a sale |
/// | `weight_<SYMBOL>` | one column per asset: weight at the mark |
/// | `close_<SYMBOL>` | one column per asset: true close |
/// | `shock_bps_<SYMBOL>` | one column per asset: price shock, bps |
///
/// [`Ledger`] has the equations that compute equity and cash again from these columns. At the close
/// of the last bar that an account plays, its units are sold; a ruined account has rows up to the
/// end of the span all the same.
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
    ];
    columns.extend(per_bar_columns(&rows));
    for (prefix, values, _) in PER_ASSET {
        for (asset, symbol) in symbols.iter().enumerate() {
            let value = |row: &Row<'_>| values(row.ledger)[row.bar * symbols.len() + asset];
            columns.push(column(&format!("{prefix}_{symbol}"), &rows, value));
        }
    }
    DataFrame::new_infer_height(columns).map_err(ReportError::frame("ledger table"))
}

/// Columns with one value per bar.
fn per_bar_columns(rows: &[Row<'_>]) -> Vec<Column> {
    let mut columns = Vec::new();
    for (name, times, _) in TIMES {
        let ns = |row: &Row<'_>| times(row.ledger)[row.bar].timestamp_nanos_opt();
        columns.push(column(name, rows, ns));
    }
    for (name, values, _) in PER_BAR {
        columns.push(column(name, rows, |row| values(row.ledger)[row.bar]));
    }
    for (index, kind) in Charge::KINDS.iter().enumerate() {
        let cost = |row: &Row<'_>| row.ledger.charges[row.bar].to_array()[index];
        columns.push(column(&format!("cost_{kind}"), rows, cost));
    }
    columns
}

/// Reads a file written by [`write_ledgers`].
///
/// # Errors
/// [`ReportError`] if the file cannot be read or was not written by that function.
pub fn read_ledgers(path: &Path) -> Result<Vec<Ledger>, ReportError> {
    let table = Table::read(path)?;
    let ids: Vec<u32> = table.column("ledger")?;
    let mut end = 0;
    let spans = ids.chunk_by(|a, b| a == b).map(|chunk| {
        let first = end;
        end += chunk.len();
        first..end
    });
    let spans: Vec<Range<usize>> = spans.collect();
    let mut ledgers = read_heads(&table, &spans)?;
    read_bars(&table, &spans, &mut ledgers)?;
    Ok(ledgers)
}

/// Reads the values that all bars of a ledger share.
fn read_heads(table: &Table, spans: &[Range<usize>]) -> Result<Vec<Ledger>, ReportError> {
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
    let symbols = table.suffixes("weight_");
    let head = |&Range { start: first, .. }: &Range<usize>| Ledger {
        attack: attacks[first].clone(),
        budget_bps: budgets_bps[first],
        threat: Threat::ALL
            .into_iter()
            .find(|threat| threat.to_string() == threats[first]),
        symbols: symbols.clone(),
        initial_equity: initial_equity[first],
        bar_seconds: bar_seconds[first],
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
        ..Ledger::empty(&policies[first], seeds[first])
    };
    Ok(spans.iter().map(head).collect())
}

/// Reads the values of each bar into the ledgers.
fn read_bars(
    table: &Table,
    spans: &[Range<usize>],
    ledgers: &mut [Ledger],
) -> Result<(), ReportError> {
    for (name, _, times_mut) in TIMES {
        let times_ns: Vec<i64> = table.column(name)?;
        for (ledger, span) in ledgers.iter_mut().zip(spans) {
            let times = times_ns[span.clone()].iter().copied();
            times_mut(ledger).extend(times.map(DateTime::from_timestamp_nanos));
        }
    }
    for (name, _, values_mut) in PER_BAR {
        let values: Vec<f64> = table.column(name)?;
        for (ledger, span) in ledgers.iter_mut().zip(spans) {
            values_mut(ledger).extend_from_slice(&values[span.clone()]);
        }
    }
    let charges = read_charges(table)?;
    for (ledger, span) in ledgers.iter_mut().zip(spans) {
        ledger.charges.extend_from_slice(&charges[span.clone()]);
    }
    for (prefix, _, values_mut) in PER_ASSET {
        let symbols = table.suffixes("weight_");
        let names = symbols.iter().map(|symbol| format!("{prefix}_{symbol}"));
        let columns = names.map(|name| table.column(&name));
        let columns: Vec<Vec<f64>> = columns.collect::<Result<_, _>>()?;
        for (ledger, span) in ledgers.iter_mut().zip(spans) {
            let cells = span
                .clone()
                .flat_map(|bar| columns.iter().map(move |c| c[bar]));
            values_mut(ledger).extend(cells);
        }
    }
    Ok(())
}

/// Costs by kind, one per row of the file.
fn read_charges(table: &Table) -> Result<Vec<Charge>, ReportError> {
    let kinds = Charge::KINDS.iter();
    let columns = kinds.map(|kind| table.column(&format!("cost_{kind}")));
    let columns: Vec<Vec<f64>> = columns.collect::<Result<_, _>>()?;
    let n_rows = columns.first().map_or(0, Vec::len);
    let charge = |row: usize| Charge::from_array(std::array::from_fn(|kind| columns[kind][row]));
    Ok((0..n_rows).map(charge).collect())
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
    let times = TIMES.map(|(name, times, _)| (name, times(ledger).len(), n_bars));
    let per_bar = PER_BAR.map(|(name, values, _)| (name, values(ledger).len(), n_bars));
    let charges = [("charges", ledger.charges.len(), n_bars)];
    let n_cells = n_bars * symbols.len();
    let per_asset = PER_ASSET.map(|(name, values, _)| (name, values(ledger).len(), n_cells));
    let per_bar = times.into_iter().chain(per_bar).chain(charges);
    let mut lengths = per_bar.chain(per_asset);
    match lengths.find(|(_, found, expected)| found != expected) {
        Some((name, found, expected)) => Err(ragged(name, found, expected.to_string())),
        None => Ok(()),
    }
}
