//! `ledger.parquet`: one row per bar.

use super::table::{Cell, Table, write};
use crate::{eval::Ledger, report::error::ReportError};
use polars::prelude::{Column, DataFrame};
use std::{ops::Range, path::Path};

/// Access to one field of a ledger.
struct Field<T: 'static> {
    get: fn(&Ledger) -> &T,
    get_mut: fn(&mut Ledger) -> &mut T,
}

/// One value per ledger, in every row of it.
struct PerLedger<T: 'static>(&'static str, Field<T>);

/// One value per bar.
struct PerBar<T: 'static>(&'static str, Field<Vec<T>>);

/// One value per bar and asset: one column per symbol, named with this prefix.
struct PerAsset(&'static str, Field<Vec<f64>>);

/// Name, found and expected number of values of a column with the wrong number.
type Fault = Option<(&'static str, usize, usize)>;

/// A file, and the rows of each of its ledgers.
struct LedgerFile {
    table: Table,
    rows: Vec<Range<usize>>,
}

/// Columns that hold one field of a ledger.
trait Columns {
    /// Compares the number of values with the number of bars (times assets).
    fn fault(&self, ledger: &Ledger) -> Fault;

    /// Writes the field of all ledgers.
    fn write(&self, ledgers: &[Ledger], columns: &mut Vec<Column>);

    /// Reads the field of all ledgers.
    fn read(&self, file: &LedgerFile, ledgers: &mut [Ledger]) -> Result<(), ReportError>;
}

impl<T: Cell + Clone> Columns for PerLedger<T> {
    fn fault(&self, _ledger: &Ledger) -> Fault {
        None
    }

    fn write(&self, ledgers: &[Ledger], columns: &mut Vec<Column>) {
        let cells = ledgers
            .iter()
            .flat_map(|ledger| std::iter::repeat_n((self.1.get)(ledger), ledger.n_bars()).cloned());
        columns.push(T::column(self.0, cells.collect()));
    }

    fn read(&self, file: &LedgerFile, ledgers: &mut [Ledger]) -> Result<(), ReportError> {
        let cells = file.table.column::<T>(self.0)?;
        for (ledger, rows) in ledgers.iter_mut().zip(&file.rows) {
            (self.1.get_mut)(ledger).clone_from(&cells[rows.start]);
        }
        Ok(())
    }
}

impl<T: Cell + Clone> Columns for PerBar<T> {
    fn fault(&self, ledger: &Ledger) -> Fault {
        let (found, expected) = ((self.1.get)(ledger).len(), ledger.timestamps.len());
        (found != expected).then_some((self.0, found, expected))
    }

    fn write(&self, ledgers: &[Ledger], columns: &mut Vec<Column>) {
        let cells = ledgers
            .iter()
            .flat_map(|ledger| (self.1.get)(ledger))
            .cloned();
        columns.push(T::column(self.0, cells.collect()));
    }

    fn read(&self, file: &LedgerFile, ledgers: &mut [Ledger]) -> Result<(), ReportError> {
        let cells = file.table.column::<T>(self.0)?;
        for (ledger, rows) in ledgers.iter_mut().zip(&file.rows) {
            *(self.1.get_mut)(ledger) = cells[rows.clone()].to_vec();
        }
        Ok(())
    }
}

impl Columns for PerAsset {
    fn fault(&self, ledger: &Ledger) -> Fault {
        let found = (self.1.get)(ledger).len();
        let expected = ledger.timestamps.len() * ledger.symbols.len();
        (found != expected).then_some((self.0, found, expected))
    }

    fn write(&self, ledgers: &[Ledger], columns: &mut Vec<Column>) {
        let symbols = ledgers.first().map_or(&[][..], |ledger| &ledger.symbols);
        for (asset, symbol) in symbols.iter().enumerate() {
            let cells = ledgers.iter().flat_map(|ledger| {
                (self.1.get)(ledger)
                    .iter()
                    .skip(asset)
                    .step_by(symbols.len())
                    .copied()
            });
            columns.push(f64::column(
                &format!("{}_{symbol}", self.0),
                cells.collect(),
            ));
        }
    }

    fn read(&self, file: &LedgerFile, ledgers: &mut [Ledger]) -> Result<(), ReportError> {
        let symbols = symbols(&file.table);
        let names = symbols.iter().map(|symbol| format!("{}_{symbol}", self.0));
        let columns: Vec<Vec<f64>> = names
            .map(|name| file.table.column(&name))
            .collect::<Result<_, _>>()?;
        for (ledger, rows) in ledgers.iter_mut().zip(&file.rows) {
            let row_major = rows
                .clone()
                .flat_map(|row| columns.iter().map(move |c| c[row]));
            *(self.1.get_mut)(ledger) = row_major.collect();
        }
        Ok(())
    }
}

/// Defines the list of columns and the table in the documentation of [`write_ledgers`].
macro_rules! columns {
    ($($kind:ident $name:literal $($field:ident).+: $meaning:literal;)+) => {
        fn columns() -> Vec<Box<dyn Columns>> {
            vec![$(Box::new($kind(
                $name,
                Field {
                    get: |ledger| &ledger.$($field).+,
                    get_mut: |ledger| &mut ledger.$($field).+,
                },
            ))),+]
        }

        macro_rules! table_of_columns {
            () => {
                concat!($("| `", $name, "` | ", $meaning, " |\n"),+)
            };
        }
    };
}

columns! {
    PerLedger "policy" policy: "policy, method or baseline";
    PerLedger "attack" attack: "attack, `none` for the nominal market";
    PerLedger "budget_bps" budget_bps: "per-step budget of the attack, bps";
    PerLedger "seed" seed: "seed of training, 0 for baselines";
    PerLedger "bar_seconds" bar_seconds: "nominal length of a bar, seconds";
    PerLedger "initial_equity" initial_equity: "equity before the first bar";
    PerLedger "ruined" ruined: "true where the account was ruined";
    PerLedger "refused_actions" interventions.refused_actions: "refused actions of the ledger";
    PerLedger "clamped_weights" interventions.clamped_weights: "clamped weights of the ledger";
    PerLedger "scaled_to_gross" interventions.scaled_to_gross: "scaled decisions of the ledger";
    PerLedger "projected_shocks" interventions.projected_shocks: "projected shocks of the ledger";
    PerBar "timestamp_ns" timestamps: "bar end, UTC, nanoseconds since 1970";
    PerBar "equity" equity: "equity after costs at the mark";
    PerBar "cost" cost: "costs paid within the bar, currency";
    PerBar "turnover" turnover: "absolute traded value over equity, of the bar";
    PerAsset "weight" weights: "one column per asset, `weight_<SYMBOL>`: weight at the mark";
    PerAsset "close" close: "one column per asset, `close_<SYMBOL>`: true close";
    PerAsset "shock_bps" shock_bps: "one column per asset, `shock_bps_<SYMBOL>`: price shock, bps";
}

/// Writes ledgers of one set of assets; the file appears complete or not at all.
///
/// The column `ledger` numbers the backtests of the file. The others are:
///
/// | column | meaning |
/// |---|---|
#[doc = table_of_columns!()]
///
/// # Errors
/// [`ReportError`] when ledgers disagree on their assets or have ragged columns, or when the file
/// cannot be written.
pub fn write_ledgers(path: &Path, ledgers: &[Ledger]) -> Result<(), ReportError> {
    write(path, &mut ledger_frame(ledgers)?)
}

/// The table of [`write_ledgers`].
///
/// # Errors
/// [`ReportError`] when ledgers disagree on their assets or have ragged columns.
pub fn ledger_frame(ledgers: &[Ledger]) -> Result<DataFrame, ReportError> {
    let symbols = ledgers.first().map_or(&[][..], |ledger| &ledger.symbols);
    for ledger in ledgers {
        check(ledger, symbols)?;
    }
    let ids = (0_u32..).zip(ledgers);
    let ids = ids.flat_map(|(id, ledger)| std::iter::repeat_n(id, ledger.n_bars()));
    let mut all = vec![u32::column("ledger", ids.collect())];
    for columns in columns() {
        columns.write(ledgers, &mut all);
    }
    DataFrame::new_infer_height(all).map_err(ReportError::frame("ledger table"))
}

/// Reads the file of [`write_ledgers`].
///
/// # Errors
/// [`ReportError`] when the file cannot be read or is not such a file.
pub fn read_ledgers(path: &Path) -> Result<Vec<Ledger>, ReportError> {
    let table = Table::read(path)?;
    let ids: Vec<u32> = table.column("ledger")?;
    let mut first = 0;
    let chunks = ids.chunk_by(|a, b| a == b).map(|chunk| {
        first += chunk.len();
        first - chunk.len()..first
    });
    let rows = chunks.collect();
    let file = LedgerFile { table, rows };
    let empty = Ledger {
        symbols: symbols(&file.table),
        ..Ledger::empty("", 0)
    };
    let mut ledgers = vec![empty; file.rows.len()];
    for columns in columns() {
        columns.read(&file, &mut ledgers)?;
    }
    Ok(ledgers)
}

/// Symbols of the assets, from the columns of weights.
fn symbols(table: &Table) -> Vec<String> {
    let names = table.frame.get_column_names().into_iter();
    names
        .filter_map(|name| Some(name.strip_prefix("weight_")?.to_owned()))
        .collect()
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
    if ledger.timestamps.is_empty() {
        return Err(ragged("timestamps", 0, "at least one bar".to_owned()));
    }
    let fault = columns().iter().find_map(|columns| columns.fault(ledger));
    fault.map_or(Ok(()), |(name, found, expected)| {
        Err(ragged(name, found, expected.to_string()))
    })
}
