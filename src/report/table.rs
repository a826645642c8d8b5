//! Scores as a short table for the terminal, as Markdown, and as JSON.

use super::error::ReportError;
use super::input::Score;
use super::metric::metric;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

/// Metrics of the terminal table where the caller asks for none.
pub const SHORT: &[&str] = &["cagr", "volatility", "sharpe", "max_drawdown", "turnover"];

/// A table for a terminal of `width` columns (`None`: as wide as needed). One row per score; an undefined value is an en dash.
#[must_use]
pub fn terminal_table(scores: &[Score], metrics: &[&str], width: Option<u16>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(head(metrics));
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    for score in scores {
        table.add_row(cells(score, metrics).into_iter().map(Cell::new));
    }
    for column in table.column_iter_mut().skip(KEYS) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// The same table in Markdown.
#[must_use]
pub fn markdown_table(scores: &[Score], metrics: &[&str]) -> String {
    let line = |cells: Vec<String>| {
        let escaped: Vec<String> = cells
            .iter()
            .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
            .collect();
        format!("| {} |\n", escaped.join(" | "))
    };
    let mut rules = vec!["---".to_owned(); KEYS];
    rules.extend(metrics.iter().map(|_| "---:".to_owned()));
    let rows = scores.iter().map(|score| line(cells(score, metrics)));
    [line(head(metrics)), line(rules)]
        .into_iter()
        .chain(rows)
        .collect()
}

/// All scores with all their metrics, as a JSON array; an undefined value is `null`.
///
/// # Errors
/// [`ReportError::Json`] when serialization fails.
pub fn scores_json(scores: &[Score]) -> Result<String, ReportError> {
    serde_json::to_string_pretty(scores).map_err(|source| ReportError::Json { source })
}

/// Leading columns that name the backtest.
const KEYS: usize = 3;

fn head(metrics: &[&str]) -> Vec<String> {
    let keys = ["policy", "attack", "seed"].map(str::to_owned);
    let labels = metrics
        .iter()
        .map(|name| metric(name).label_of(name).to_owned());
    keys.into_iter().chain(labels).collect()
}

fn cells(score: &Score, metrics: &[&str]) -> Vec<String> {
    let attack = if score.is_nominal() {
        "–".to_owned()
    } else {
        format!("{} {} bps", score.attack, score.budget_bps)
    };
    let values = metrics.iter().map(|name| {
        let format = metric(name).format;
        score
            .get(name)
            .map_or_else(|| "–".to_owned(), |value| format.value(value))
    });
    [score.policy.clone(), attack, score.seed.to_string()]
        .into_iter()
        .chain(values)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo;

    #[test]
    fn every_value_or_a_dash() {
        let scores = &demo::Demo::small().scores[..2];
        let text = terminal_table(scores, SHORT, None);
        assert!(
            text.contains("Sharpe ratio") && text.contains(&scores[0].policy),
            "{text}"
        );
        let mut undefined = scores[0].clone();
        undefined.values.insert("sharpe".to_owned(), None);
        let text = markdown_table(&[undefined], &["sharpe"]);
        assert_eq!(
            text.lines().last().unwrap(),
            format!("| {} | – | 1 | – |", scores[0].policy)
        );
    }

    #[test]
    fn markdown_cells_stay_cells() {
        let mut score = demo::Demo::small().scores.remove(0);
        score.policy = "a|b".to_owned();
        let text = markdown_table(&[score], &[]);
        assert!(text.contains("a\\|b"), "{text}");
        let columns = text.lines().nth(1).unwrap().matches("---").count();
        assert_eq!(columns, KEYS);
    }

    #[test]
    fn json_comes_back() {
        let scores = demo::Demo::small().scores;
        let back: Vec<Score> = serde_json::from_str(&scores_json(&scores).unwrap()).unwrap();
        assert_eq!(back.len(), scores.len());
        assert_eq!(
            (&back[0].policy, back[0].values.len()),
            (&scores[0].policy, scores[0].values.len())
        );
    }
}
