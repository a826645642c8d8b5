//! Text form of a card.

use super::{
    card::{Card, Scale},
    figures::{figure, or_dash, percent},
};
use crate::{cli::sparkline::sparklines, features::Field};
use std::fmt::Write as _;

/// Width of the labels. Unit: columns.
const LABEL_WIDTH: usize = 17;
/// Width of a fact's text; longer texts are wrapped. Unit: columns.
const TEXT_WIDTH: usize = 80;

pub(super) fn render(card: &Card) -> String {
    let labelled = |label: &str, words: &str| format!("  {label:LABEL_WIDTH$} {words}");
    let mut lines = vec![format!(
        "{}   {}   {}",
        card.env,
        card.game,
        card.path.display()
    )];
    for fact in &card.facts {
        let mut label = fact.label.as_str();
        for line in wrapped(&fact.text) {
            lines.push(labelled(label, &line));
            label = "";
        }
    }
    for rows in [observation_rows(card), asset_rows(card), sample_rows(card)] {
        if !rows.is_empty() {
            lines.push(String::new());
            lines.extend(aligned(&rows));
        }
    }
    lines.push(String::new());
    for name in &card.constant {
        let words = format!("{name} is constant over all bars: a policy sees 0 there");
        lines.push(labelled("warning", &words));
    }
    let violations = card.violations.iter();
    lines.extend(violations.map(|violation| labelled("error", violation)));
    if card.violations.is_empty() {
        lines.push(labelled("check_env", "the contract holds"));
    }
    lines.join("\n") + "\n"
}

/// Breaks a long text into lines after commas.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(", ") {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + part.trim_end().chars().count() > TEXT_WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    lines
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).into()
}

/// Rows of observation fields; fields that differ only by symbol or index share a row.
fn observation_rows(card: &Card) -> Vec<Vec<String>> {
    let layout = &card.observation;
    let mut groups: Vec<(&str, &Field, usize)> = Vec::new();
    for field in layout.market.iter().chain(&layout.account) {
        let name = without_symbol(&field.name, card);
        match groups.iter_mut().find(|group| group.0 == name) {
            Some((.., n_fields)) => *n_fields += 1,
            None => groups.push((name, field, 1)),
        }
    }
    let mut rows = vec![row([
        "observation",
        "numbers",
        "unit",
        "shockable",
        "warm-up",
    ])];
    for (name, field, n_fields) in groups {
        let (n_fields, warm_up) = (n_fields.to_string(), field.warm_up.to_string());
        let shockable = if field.shockable { "yes" } else { "no" };
        rows.push(row([name, &n_fields, &field.unit, shockable, &warm_up]));
    }
    rows
}

/// Name of a field without its symbol and index.
fn without_symbol<'a>(name: &'a str, card: &Card) -> &'a str {
    let of_asset = |symbol: &str| name.strip_prefix(symbol)?.strip_prefix('.');
    let feature = card.assets.iter().find_map(|a| of_asset(&a.symbol));
    let feature = feature.unwrap_or(name);
    feature.split_once('[').map_or(feature, |(name, _)| name)
}

fn asset_rows(card: &Card) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if !card.assets.is_empty() {
        let extremes = ["worst bar (end)", "best bar (end)"];
        rows.push(row([
            "asset",
            "first",
            "last",
            "volatility",
            extremes[0],
            extremes[1],
        ]));
    }
    for asset in &card.assets {
        rows.push(vec![
            asset.symbol.clone(),
            figure(asset.first),
            figure(asset.last),
            or_dash(asset.volatility.map(percent)),
            or_dash(asset.worst),
            or_dash(asset.best),
        ]);
    }
    rows
}

fn sample_rows(card: &Card) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for sample in &card.samples {
        let height = |x: &f64| match sample.scale {
            Scale::Linear => *x,
            Scale::Log => x.ln(),
        };
        let paths = sample.paths.iter();
        let heights = paths.map(|path| path.values.iter().map(height).collect());
        let lines = sparklines(&heights.collect::<Vec<_>>());
        let mut name = sample.name.as_str();
        for (path, line) in sample.paths.iter().zip(&lines) {
            let range = format!("{} to {}", figure(path.lowest), figure(path.highest));
            rows.push(row([name, &path.name, line, &range]));
            name = "";
        }
    }
    rows
}

/// Aligns rows in columns: the first column to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> impl Iterator<Item = String> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        widths.resize(row.len(), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    rows.iter().map(move |row| {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a String cannot fail.
            let _ = match line.as_str() {
                "" => write!(line, "  {cell:width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        line.trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::card::{Fact, Sample};
    use super::*;
    use crate::features::Layout;

    fn field(name: &str) -> Field {
        Field {
            name: name.to_owned(),
            unit: "sigma".to_owned(),
            low: None,
            high: None,
            shockable: true,
            warm_up: 5,
        }
    }

    fn card() -> Card {
        Card {
            path: "x.ron".into(),
            env: "x-v1".to_owned(),
            game: "trading",
            facts: vec![Fact::new("reward", "LogGrowth")],
            assets: Vec::new(),
            observation: Layout {
                market: vec![field("rsi(5)[0]"), field("rsi(5)[1]")],
                account: Vec::new(),
            },
            samples: vec![Sample::new(
                "A",
                Scale::Log,
                [
                    ("path 0".to_owned(), vec![1.0, 2.0, 4.0]),
                    ("path 1".to_owned(), vec![8.0, 16.0, 128.0]),
                ],
            )],
            constant: Vec::new(),
            violations: Vec::new(),
            rules: serde_json::Value::Null,
            prices: None,
        }
    }

    #[test]
    fn a_card_reads_as_it_should() {
        let expected = "x-v1   trading   x.ron\n  reward            LogGrowth\n\n  \
            observation  numbers   unit  shockable  warm-up\n  \
            rsi(5)             2  sigma        yes        5\n\n  \
            A  path 0  ▁▂▃    1 to 4\n     path 1  ▄▅█  8 to 128\n\n  \
            check_env         the contract holds\n";
        assert_eq!(render(&card()), expected);
    }

    #[test]
    fn faults_are_shown() {
        let faulty = Card {
            constant: vec!["a".to_owned()],
            violations: vec!["Determinism: x".to_owned()],
            ..card()
        };
        let text = render(&faulty);
        assert!(text.contains("warning           a is constant"), "{text}");
        assert!(text.contains("error             Determinism: x"), "{text}");
        assert!(!text.contains("the contract holds"), "{text}");
    }

    #[test]
    fn the_json_has_the_numbers_that_are_drawn() {
        let json = serde_json::to_value(card()).unwrap();
        let path = &json["samples"][0]["paths"][1];
        assert_eq!(
            (&path["name"], &path["last"]),
            (&"path 1".into(), &128.0.into())
        );
        let values: Vec<f64> = serde_json::from_value(path["values"].clone()).unwrap();
        let drawn: Vec<f64> = values.iter().map(|x| x.log2().round()).collect();
        assert_eq!(drawn, [3.0, 4.0, 7.0]);
    }

    #[test]
    fn long_facts_are_wrapped_behind_commas() {
        let long = ["abcdefgh"; 20].join(", ");
        let lines = wrapped(&long);
        assert!(
            lines
                .iter()
                .all(|line| line.trim_end().chars().count() <= TEXT_WIDTH)
        );
        assert_eq!(lines.concat(), long);
    }
}
