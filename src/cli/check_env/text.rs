//! A card for people.

use super::{
    card::{Card, Sample, SamplePath, Scale},
    figures::{figure, percent},
};
use crate::{cli::sparkline::sparklines, features::Field};
use std::fmt::Write;

/// Columns of labels.
const LABEL_WIDTH: usize = 17;
/// Columns of a fact's text; longer texts are wrapped.
const TEXT_WIDTH: usize = 80;

/// Renders the card.
pub(super) fn render(card: &Card) -> String {
    let mut text = format!("{}   {}   {}\n", card.env, card.game, card.path.display());
    for fact in &card.facts {
        let mut label = fact.label.as_str();
        for line in wrapped(&fact.text) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {label:LABEL_WIDTH$} {line}");
            label = "";
        }
    }
    for rows in [observation_rows(card), asset_rows(card), sample_rows(card)] {
        if rows.is_empty() {
            continue;
        }
        text.push('\n');
        for line in aligned(&rows) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text.push('\n');
    let mut add = |label: &str, words: &str| {
        let _ = writeln!(text, "  {label:LABEL_WIDTH$} {words}");
    };
    for name in &card.constant {
        let words = format!("{name} is constant over all bars: a policy sees 0 there");
        add("warning", &words);
    }
    for violation in &card.violations {
        add("error", violation);
    }
    if card.violations.is_empty() {
        add("check_env", "the contract holds");
    }
    text
}

/// Breaks a text behind commas.
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

/// The fields of the observation that differ by symbol or index only, as one row.
struct FieldGroup<'a> {
    name: String,
    first: &'a Field,
    n_fields: usize,
}

fn observation_rows(card: &Card) -> Vec<Vec<String>> {
    let layout = &card.observation;
    let mut groups: Vec<FieldGroup<'_>> = Vec::new();
    for field in layout.market.iter().chain(&layout.account) {
        let name = without_symbol(&field.name, card);
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.n_fields += 1,
            None => groups.push(FieldGroup {
                name: name.to_owned(),
                first: field,
                n_fields: 1,
            }),
        }
    }
    let head = ["observation", "numbers", "unit", "shockable", "warm-up"];
    let mut rows = vec![head.map(str::to_owned)];
    for group in groups {
        let Field {
            unit,
            shockable,
            warm_up,
            ..
        } = group.first;
        rows.push([
            group.name,
            group.n_fields.to_string(),
            unit.clone(),
            if *shockable { "yes" } else { "no" }.to_owned(),
            warm_up.to_string(),
        ]);
    }
    rows.into_iter().map(Vec::from).collect()
}

/// The name of a field without its symbol and without an index.
fn without_symbol<'a>(name: &'a str, card: &Card) -> &'a str {
    let of_asset = |symbol: &str| name.strip_prefix(symbol)?.strip_prefix('.');
    let feature = card.assets.iter().find_map(|a| of_asset(&a.symbol));
    let feature = feature.unwrap_or(name);
    feature.split_once('[').map_or(feature, |(name, _)| name)
}

fn asset_rows(card: &Card) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for asset in &card.assets {
        let worst = asset
            .worst
            .map_or_else(|| "-".to_owned(), |bar| bar.to_string());
        let best = asset
            .best
            .map_or_else(|| "-".to_owned(), |bar| bar.to_string());
        rows.push(vec![
            asset.symbol.clone(),
            figure(asset.first),
            figure(asset.last),
            asset.volatility.map_or_else(|| "-".to_owned(), percent),
            worst,
            best,
        ]);
    }
    if !rows.is_empty() {
        let head = [
            "asset",
            "first",
            "last",
            "volatility",
            "worst bar (end)",
            "best bar (end)",
        ];
        rows.insert(0, head.map(str::to_owned).into());
    }
    rows
}

fn sample_rows(card: &Card) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for sample in &card.samples {
        let mut name = sample.name.as_str();
        for (path, line) in sample.paths.iter().zip(lines(sample)) {
            let range = format!("{} to {}", figure(path.lowest), figure(path.highest));
            rows.push(vec![name.to_owned(), path.name.clone(), line, range]);
            name = "";
        }
    }
    rows
}

fn lines(sample: &Sample) -> Vec<String> {
    let heights = |path: &SamplePath| match sample.scale {
        Scale::Linear => path.values.clone(),
        Scale::Log => path.values.iter().map(|x| x.ln()).collect(),
    };
    sparklines(&sample.paths.iter().map(heights).collect::<Vec<_>>())
}

/// Rows with their columns below each other: the first to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String cannot fail.
            let _ = match column {
                0 => write!(line, "{cell:width$}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        line.trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::card::Fact;
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
