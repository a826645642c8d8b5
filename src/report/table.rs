//! Metrics as a short table for the terminal, as Markdown, and as JSON.

use super::card::ScoreCard;
use super::error::ReportError;
use super::metric::metric;
use crate::eval::{LedgerSummary, Summary};
use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, presets};

/// The metrics of a short table.
pub const SHORT: &[&str] = &[
    "cagr",
    "volatility",
    "sharpe",
    "max_drawdown",
    "turnover_per_year",
];

/// What a terminal needs to see of a run: every policy in the clean market, and each trained one (a seed above zero or more than one
/// attack) under its worst attack at the training budget.
#[must_use]
pub fn short_rows(summary: &Summary) -> Vec<LedgerSummary> {
    let mut rows = Vec::new();
    for judged in &summary.robustness {
        let own = |row: &&LedgerSummary| row.policy == judged.policy && row.seed == judged.seed;
        let mine = || summary.ledgers.iter().filter(own);
        rows.extend(mine().find(|row| row.is_nominal()).cloned());
        let worst = judged.worst.as_ref().filter(|_| judged.attacks.len() > 1);
        rows.extend(worst.and_then(|worst| {
            mine()
                .find(|row| {
                    row.attack == worst.growth_attack
                        && row.budget_bps.total_cmp(&worst.budget_bps).is_eq()
                })
                .cloned()
        }));
    }
    rows
}

/// A table for a terminal of `width` columns (`None`: as wide as needed). One row per backtest; an undefined value, or a metric that
/// does not exist, is an en dash.
#[must_use]
pub fn terminal_table(rows: &[LedgerSummary], metrics: &[&str], width: Option<u16>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()))
        .set_header(head(metrics));
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    for row in rows {
        table.add_row(cells(row, metrics).into_iter().map(Cell::new));
    }
    for column in table.column_iter_mut().skip(KEYS) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// The same table in Markdown.
#[must_use]
pub fn markdown_table(rows: &[LedgerSummary], metrics: &[&str]) -> String {
    let line = |cells: Vec<String>| {
        let escaped: Vec<String> = cells
            .iter()
            .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
            .collect();
        format!("| {} |\n", escaped.join(" | "))
    };
    let mut rules = vec!["---".to_owned(); KEYS];
    rules.extend(metrics.iter().map(|_| "---:".to_owned()));
    let body = rows.iter().map(|row| line(cells(row, metrics)));
    [line(head(metrics)), line(rules)]
        .into_iter()
        .chain(body)
        .collect()
}

/// Everything that the ledgers say, as JSON; an undefined value is `null`.
///
/// # Errors
/// [`ReportError::Json`] when serialization fails.
pub fn summary_json(summary: &Summary) -> Result<String, ReportError> {
    serde_json::to_string_pretty(summary).map_err(|source| ReportError::Json { source })
}

/// A value of the metric `name` as every table writes it: `12.3 %`, `0.45`. A metric that is not known is a plain number.
#[must_use]
pub fn metric_text(name: &str, value: f64) -> String {
    metric(name).map_or_else(|| format!("{value:.4}"), |m| m.format.value(value))
}

/// Leading columns that name the backtest.
const KEYS: usize = 3;

fn head(metrics: &[&str]) -> Vec<String> {
    let keys = ["policy", "attack", "seed"].map(str::to_owned);
    let label = |name: &&str| metric(name).map_or(*name, |metric| metric.label).to_owned();
    keys.into_iter().chain(metrics.iter().map(label)).collect()
}

fn cells(row: &LedgerSummary, metrics: &[&str]) -> Vec<String> {
    let attack = if row.is_nominal() {
        "–".to_owned()
    } else {
        format!("{} {} bps", row.attack, row.budget_bps)
    };
    let card = ScoreCard::from(row);
    let value = |name: &&str| {
        let value = metric(name).zip(card.get(name));
        value.map_or_else(|| "–".to_owned(), |(metric, v)| metric.format.value(v))
    };
    [row.policy.clone(), attack, row.seed.to_string()]
        .into_iter()
        .chain(metrics.iter().map(value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo;

    #[test]
    fn every_value_or_a_dash() {
        let mut rows = demo::Demo::small().summary.ledgers;
        let text = terminal_table(&rows[..2], SHORT, None);
        assert!(
            text.contains("Sharpe ratio") && text.contains(&rows[0].policy),
            "{text}"
        );
        let header = text.lines().nth(1).unwrap();
        assert!(
            SHORT
                .iter()
                .all(|name| header.contains(metric(name).unwrap().label)),
            "{header}"
        );
        rows[0].sharpe = None;
        let text = markdown_table(&rows[..1], &["sharpe", "no_such_metric"]);
        assert_eq!(text.lines().last().unwrap(), "| ppo | – | 1 | – | – |");
    }

    #[test]
    fn markdown_cells_stay_cells() {
        let mut row = demo::Demo::small().summary.ledgers.remove(0);
        row.policy = "a|b".to_owned();
        let text = markdown_table(&[row], &[]);
        assert!(text.contains("a\\|b"), "{text}");
        let columns = text.lines().nth(1).unwrap().matches("---").count();
        assert_eq!(columns, KEYS);
    }

    #[test]
    fn json_comes_back() {
        let summary = demo::Demo::small().summary;
        let back: Summary = serde_json::from_str(&summary_json(&summary).unwrap()).unwrap();
        assert!(back == summary, "a number changed on the way");
    }
}
