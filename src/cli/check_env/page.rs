//! What is said about an env.

use super::{
    assets::{AssetFacts, Extreme},
    wording::{figure, percent},
};
use crate::cli::sparkline::{cells, sparklines};
use crate::run::Provenance;
use serde::Serialize;
use std::{fmt::Write, path::PathBuf};

/// A page about an env: the same facts as text and as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Page {
    pub(super) path: PathBuf,
    /// `name-v<version>`.
    pub(super) env: String,
    /// `trading`, `market_making` or `execution`.
    pub(super) game: &'static str,
    pub(super) facts: Vec<Fact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assets: Vec<AssetFacts>,
    pub(super) observation: Observation,
    pub(super) samples: Vec<Sample>,
    /// Features that are the same in all bars.
    pub(super) constant: Vec<String>,
    /// Clauses of the contract that are broken.
    pub(super) violations: Vec<String>,
    /// The rules as the env file has them.
    pub(super) rules: serde_json::Value,
    /// Where the prices come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prices: Option<Provenance>,
}

/// A line of the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) text: String,
}

/// What a policy is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Observation {
    pub(super) n_fields: usize,
    /// Bars before the first decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warm_up: Option<usize>,
    pub(super) groups: Vec<Group>,
}

/// Fields of one feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Group {
    pub(super) feature: String,
    pub(super) n_shockable: usize,
    /// Bars before its fields mean anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warm_up: Option<usize>,
    pub(super) fields: Vec<String>,
}

/// One quantity on several paths, which are drawn on one scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) scale: Scale,
    pub(super) paths: Vec<SamplePath>,
}

/// How heights follow numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scale {
    Linear,
    /// Equal ratios are equal heights.
    Log,
}

/// A quantity over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SamplePath {
    pub(super) name: String,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) last: f64,
    /// Means of stretches of equal length (geometric means on a log scale), of which the line is
    /// drawn.
    pub(super) values: Vec<f64>,
}

/// Glyphs of a line.
const WIDTH: usize = 60;

impl Fact {
    pub(super) fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self {
            label,
            text: text.into(),
        }
    }
}

impl Sample {
    /// `paths` are names and values, the values positive on a log scale.
    pub(super) fn new(
        name: impl Into<String>,
        scale: Scale,
        paths: impl IntoIterator<Item = (String, Vec<f64>)>,
    ) -> Self {
        let path = |(name, values): (String, Vec<f64>)| SamplePath {
            name,
            lowest: values.iter().copied().fold(f64::INFINITY, f64::min),
            highest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            last: values.last().copied().unwrap_or_default(),
            values: match scale {
                Scale::Linear => cells(&values, WIDTH),
                Scale::Log => {
                    let logs: Vec<f64> = values.iter().map(|x| x.ln()).collect();
                    cells(&logs, WIDTH).iter().map(|x| x.exp()).collect()
                }
            },
        };
        Self {
            name: name.into(),
            scale,
            paths: paths.into_iter().map(path).collect(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let heights = |path: &SamplePath| match self.scale {
            Scale::Linear => path.values.clone(),
            Scale::Log => path.values.iter().map(|x| x.ln()).collect(),
        };
        sparklines(&self.paths.iter().map(heights).collect::<Vec<_>>())
    }
}

impl Page {
    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}   {}   {}\n", self.env, self.game, self.path.display());
        for Fact { label, text: fact } in &self.facts {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {label:12} {fact}");
        }
        for line in aligned(&self.observation_rows()) {
            let _ = writeln!(text, "  {line}");
        }
        if !self.assets.is_empty() {
            text.push('\n');
            for line in aligned(&self.asset_rows()) {
                let _ = writeln!(text, "  {line}");
            }
        }
        text.push('\n');
        for line in self.sample_lines() {
            let _ = writeln!(text, "  {line}");
        }
        text.push('\n');
        for name in &self.constant {
            let _ = writeln!(
                text,
                "  warning      {name} is constant over all bars: a policy sees 0 there"
            );
        }
        for violation in &self.violations {
            let _ = writeln!(text, "  error        {violation}");
        }
        if self.violations.is_empty() {
            text.push_str("  check_env    the contract holds\n");
        }
        text
    }

    fn observation_rows(&self) -> Vec<Vec<String>> {
        let Observation {
            n_fields,
            warm_up,
            groups,
        } = &self.observation;
        let ready = warm_up.map_or_else(String::new, |bars| {
            format!(", first decision after {bars} bars")
        });
        let mut rows = vec![vec![format!(
            "{:12} {n_fields} numbers{ready}",
            "observation"
        )]];
        for group in groups {
            let shockable = match group.n_shockable {
                0 => String::new(),
                n => format!("{n} shockable"),
            };
            let warm_up = group
                .warm_up
                .map_or_else(String::new, |bars| format!("warm-up {bars}"));
            rows.push(vec![
                format!("{:12} {}", "", group.feature),
                group.fields.len().to_string(),
                shockable,
                warm_up,
            ]);
        }
        rows
    }

    fn asset_rows(&self) -> Vec<Vec<String>> {
        let is_simulated = self.assets.iter().any(|asset| asset.model.is_some());
        let model = |name: &str| is_simulated.then(|| name.to_owned());
        let mut rows = vec![
            ["asset"]
                .into_iter()
                .map(str::to_owned)
                .chain(model("model"))
                .chain(
                    [
                        "first",
                        "last",
                        "volatility",
                        "worst bar (its end)",
                        "best bar (its end)",
                    ]
                    .map(str::to_owned),
                )
                .collect::<Vec<_>>(),
        ];
        let extreme = |found: &Option<Extreme>| {
            found.map_or_else(
                || "-".to_owned(),
                |bar| {
                    format!(
                        "{} {}",
                        percent(bar.simple_return),
                        bar.end.format("%Y-%m-%d")
                    )
                },
            )
        };
        for asset in &self.assets {
            let numbers = [
                figure(asset.first),
                figure(asset.last),
                asset.volatility.map_or_else(|| "-".to_owned(), percent),
                extreme(&asset.worst),
                extreme(&asset.best),
            ];
            rows.push(
                [asset.symbol.clone()]
                    .into_iter()
                    .chain(model(asset.model.unwrap_or_default()))
                    .chain(numbers)
                    .collect(),
            );
        }
        rows
    }

    fn sample_lines(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for sample in &self.samples {
            let mut name = sample.name.as_str();
            for (path, line) in sample.paths.iter().zip(sample.lines()) {
                let range = format!("{} to {}", figure(path.lowest), figure(path.highest));
                rows.push((name.to_owned(), path.name.clone(), line, range));
                name = "";
            }
        }
        let width = |column: fn(&(String, String, String, String)) -> &String| {
            rows.iter()
                .map(|row| column(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (names, paths, lines) = (
            width(|row| &row.0),
            width(|row| &row.1),
            width(|row| &row.2),
        );
        rows.iter()
            .map(|(name, path, line, range)| {
                format!("{name:names$}  {path:paths$}  {line:lines$}  {range}")
            })
            .collect()
    }
}

/// Rows with their columns below each other: the first to the left, the others to the right. A row
/// of one column has no part in it.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows
            .iter()
            .filter(|row| row.len() > 1)
            .filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..n_columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                // Writing to a String cannot fail.
                let _ = if column == 0 {
                    write!(line, "{cell:width$}")
                } else {
                    write!(line, "  {cell:>width$}")
                };
            }
            line.trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page {
            path: "x.ron".into(),
            env: "x-v1".to_owned(),
            game: "trading",
            facts: vec![Fact::new("reward", "log growth")],
            assets: Vec::new(),
            observation: Observation {
                n_fields: 2,
                warm_up: Some(7),
                groups: vec![Group {
                    feature: "Rsi(period: 5)".to_owned(),
                    n_shockable: 2,
                    warm_up: Some(5),
                    fields: vec!["a".to_owned(), "b".to_owned()],
                }],
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
    fn a_page_reads_as_it_should() {
        assert_eq!(
            page().text(),
            "x-v1   trading   x.ron\n  reward       log growth\n  observation  2 numbers, first decision after 7 bars\n               \
             Rsi(period: 5)  2  2 shockable  warm-up 5\n\n  A  path 0  ▁▂▃  1 to 4\n     path 1  ▄▅█  8 to 128\n\n  \
             check_env    the contract holds\n"
        );
    }

    #[test]
    fn faults_are_said() {
        let faulty = Page {
            constant: vec!["a".to_owned()],
            violations: vec!["Determinism: x".to_owned()],
            ..page()
        };
        let text = faulty.text();
        assert!(text.contains("warning      a is constant"), "{text}");
        assert!(text.contains("error        Determinism: x"), "{text}");
        assert!(!text.contains("the contract holds"), "{text}");
    }

    #[test]
    fn the_json_has_the_numbers_that_are_drawn() {
        let json = serde_json::to_value(page()).unwrap();
        let path = &json["samples"][0]["paths"][1];
        assert_eq!(
            (&path["name"], &path["last"]),
            (&"path 1".into(), &128.0.into())
        );
        let values: Vec<f64> = serde_json::from_value(path["values"].clone()).unwrap();
        let drawn: Vec<f64> = values.iter().map(|x| x.log2().round()).collect();
        assert_eq!(drawn, [3.0, 4.0, 7.0]);
    }
}
