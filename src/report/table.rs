//! Short table of metrics for the terminal.

use super::input::TrainingLog;
use crate::eval::{
    LedgerSummary, Summary,
    metrics::{Description, Trials, built_in},
    short_span_notice,
};
use comfy_table::{CellAlignment, LineStyle, Table, presets};

/// Rows of the short table of a run: every policy in the clean market, and each policy of `trained`
/// under its worst attack at the training budget ([`crate::eval::Robustness::worst`]).
#[must_use]
pub fn short_rows(summary: &Summary, trained: &[TrainingLog]) -> Vec<LedgerSummary> {
    let nominal = summary.ledgers.iter().filter(|row| row.is_nominal());
    nominal
        .flat_map(|row| {
            let is_own = |log: &TrainingLog| log.policy == row.policy && log.seed == row.seed;
            let worst = trained.iter().any(is_own).then(|| worst_row(summary, row));
            std::iter::once(row).chain(worst.flatten())
        })
        .cloned()
        .collect()
}

/// Backtest of the policy in `nominal` under the attack with the lowest growth.
fn worst_row<'a>(summary: &'a Summary, nominal: &LedgerSummary) -> Option<&'a LedgerSummary> {
    let is_own = |policy: &str, seed| policy == nominal.policy && seed == nominal.seed;
    let mut judged = summary.robustness.iter();
    let worst = judged
        .find(|judged| is_own(&judged.policy, judged.seed))?
        .worst
        .as_ref()?;
    summary.ledgers.iter().find(|row| {
        is_own(&row.policy, row.seed)
            && row.attack == worst.growth_attack
            && row.budget_bps.total_cmp(&worst.budget_bps).is_eq()
    })
}

/// Renders a table for a terminal, one row per backtest. An undefined metric is an en dash, and
/// `(ruined)` follows the name of a policy whose account was ruined. Below short backtests, a
/// sentence names the days from which figures per year are extrapolated.
#[must_use]
pub fn terminal_table(rows: &[LedgerSummary]) -> String {
    let label = |name: &str| describe(name).map_or(name.to_owned(), |m| m.label.into_owned());
    let keys = ["policy", "attack", "seed"].map(str::to_owned);
    let head = keys.into_iter().chain(LedgerSummary::SHORT.map(label));
    let table = text_table(head.collect(), rows.iter().map(cells), 3);
    match short_span_notice(rows) {
        Some(notice) => format!("{table}\n{notice}"),
        None => table,
    }
}

/// Renders a table for a terminal; all columns after the first `n_keys` are numeric.
pub(super) fn text_table(
    head: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
    n_keys: usize,
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
        .set_header(head)
        .add_rows(rows);
    for column in table.column_iter_mut().skip(n_keys) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Formats a value of the built-in metric `name` as in tables: `12.3 %`, `0.45`. Values of other
/// metrics are plain numbers.
#[must_use]
pub fn metric_text(name: &str, value: f64) -> String {
    describe(name).map_or_else(|| format!("{value:.4}"), |m| m.format.value(value))
}

/// Description of the built-in metric `name`.
fn describe(name: &str) -> Option<Description> {
    let all = built_in(Trials::ONE);
    let mut descriptions = all.iter().map(|metric| metric.describe());
    descriptions.find(|description| description.name == name)
}

fn cells(row: &LedgerSummary) -> Vec<String> {
    let dash = || "–".to_owned();
    let value = |name| {
        row.get(name)
            .map_or_else(dash, |value| metric_text(name, value))
    };
    let attack = row.attack_text().unwrap_or_else(dash);
    let keys = [row.marked_policy(), attack, row.seed.to_string()];
    keys.into_iter()
        .chain(LedgerSummary::SHORT.map(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;

    #[test]
    fn every_value_or_a_dash() {
        let mut rows = demo::Demo::small().summary.ledgers;
        let text = terminal_table(&rows[..2]);
        assert!(
            text.contains("Sharpe ratio") && text.contains(&rows[0].policy),
            "{text}"
        );
        let header = text.lines().nth(1).unwrap();
        assert!(
            LedgerSummary::SHORT
                .iter()
                .all(|name| header.contains(&*describe(name).unwrap().label)),
            "{header}"
        );
        rows[0].figures.insert("sharpe".to_owned(), None);
        let text = terminal_table(&rows[..1]);
        assert_eq!(
            text.lines().nth(3).unwrap().matches('–').count(),
            2,
            "{text}"
        );
    }

    #[test]
    fn the_days_of_short_backtests_stand_below_the_table() {
        let mut rows = demo::Demo::small().summary.ledgers;
        assert!(!terminal_table(&rows[..2]).contains("extrapolated"));
        for row in &mut rows {
            row.n_bars = 20;
            row.bars_per_year = Some(250.0);
        }
        let text = terminal_table(&rows[..2]);
        assert!(
            text.lines()
                .last()
                .unwrap()
                .contains("extrapolated from 29 days"),
            "{text}"
        );
    }

    #[test]
    fn a_ruined_account_is_marked() {
        let mut rows = demo::Demo::small().summary.ledgers;
        rows[1].ruined = true;
        let text = terminal_table(&rows[..2]);
        assert_eq!(text.matches("(ruined)").count(), 1, "{text}");
        assert!(
            text.contains(&format!("{} (ruined)", rows[1].policy)),
            "{text}"
        );
    }

    #[test]
    fn a_terminal_sees_everyone_clean_and_the_trained_at_their_worst() {
        let demo = demo::Demo::small();
        let rows = short_rows(&demo.summary, &demo.training);
        // Three methods with two seeds, clean and worst case; four baselines, clean.
        assert_eq!(rows.len(), 3 * 2 * 2 + 4);
        let growth = |row: &LedgerSummary| row.get("total_log_growth").unwrap();
        let attacked = |row: &&LedgerSummary| !row.is_nominal();
        for shown in rows.iter().filter(attacked) {
            assert!((shown.budget_bps - 25.0).abs() < 1e-9, "{shown:?}");
            let rivals = demo.summary.ledgers.iter().filter(attacked).filter(|row| {
                (&row.policy, row.seed) == (&shown.policy, shown.seed)
                    && (row.budget_bps - 25.0).abs() < 1e-9
            });
            assert_eq!(rivals.clone().count(), 3);
            assert!(rivals.map(growth).all(|rival| growth(shown) <= rival));
        }
        let text = terminal_table(&rows);
        assert_eq!(text.lines().count(), rows.len() + 4, "{text}");
    }

    #[test]
    fn a_run_without_attacks_still_has_a_table() {
        let demo = demo::Demo::small();
        let nominal = |ledger: &&crate::eval::Ledger| ledger.is_nominal();
        let ledgers: Vec<_> = demo.ledgers.iter().filter(nominal).cloned().collect();
        let summary = Summary::new(&ledgers, None, None, 1);
        assert_eq!(short_rows(&summary, &demo.training), summary.ledgers);
    }
}
