//! The facts about an env.

use super::{assets::AssetFacts, figures::figure};
use crate::{
    cli::sparkline::cells,
    config::{Game, Source, fields_as_ron},
    env::{self, Env},
    features::Layout,
    run::{Provenance, RunError},
};
use serde::Serialize;
use std::path::PathBuf;

/// Facts about an env: as text for people, as JSON for programs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Card {
    pub(super) path: PathBuf,
    /// Env id, `name-v<version>`.
    pub(super) env: String,
    /// Game: `trading`, `market_making` or `execution`.
    pub(super) game: &'static str,
    pub(super) facts: Vec<Fact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assets: Vec<AssetFacts>,
    pub(super) observation: Layout,
    pub(super) samples: Vec<Sample>,
    /// Features that are constant over all bars.
    pub(super) constant: Vec<String>,
    /// Broken clauses of the environment contract.
    pub(super) violations: Vec<String>,
    /// Rules as written in the env file.
    pub(super) rules: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) prices: Option<Provenance>,
}

/// One line of the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) text: String,
}

/// Sample paths of one quantity, drawn on a common scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) scale: Scale,
    pub(super) paths: Vec<SamplePath>,
}

/// Scale of the vertical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scale {
    Linear,
    /// Logarithmic: equal ratios have equal heights.
    Log,
}

/// One path of a quantity over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct SamplePath {
    pub(super) name: String,
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) last: f64,
    /// Means over equally long stretches (geometric on a log scale), drawn as a line.
    pub(super) values: Vec<f64>,
}

/// Length of a drawn line. Unit: glyphs.
const WIDTH: usize = 60;

impl Fact {
    pub(super) fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            text: text.into(),
        }
    }
}

/// Fields of a spec as facts, without those in `shown`, which the card shows elsewhere.
pub(super) fn rules(spec: &impl Serialize, shown: &[&str]) -> Result<Vec<Fact>, RunError> {
    let fields =
        fields_as_ron(spec).map_err(|error| RunError::failed("writing the rules", &error))?;
    let mut facts = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        if !shown.contains(&name.as_str()) {
            let number = value.parse::<f64>().map(figure);
            facts.push(Fact::new(name, number.unwrap_or(value)));
        }
    }
    Ok(facts)
}

/// A card or a spec as JSON.
pub(super) fn as_json(value: &impl Serialize) -> Result<serde_json::Value, RunError> {
    serde_json::to_value(value)
        .map_err(|error| RunError::failed("writing the card as JSON", &error))
}

impl Card {
    /// Tests the environment contract of `env` and starts its card with the rules in `spec`.
    pub(super) fn new(
        source: &Source,
        game: &Game,
        env: &mut impl Env,
        spec: &impl Serialize,
    ) -> Result<Self, RunError> {
        let violations = env::check_env(env);
        Ok(Self {
            path: source.path().to_owned(),
            env: game.id(),
            game: game.field(),
            facts: rules(spec, &[])?,
            assets: Vec::new(),
            observation: env.layout().clone(),
            samples: Vec::new(),
            constant: Vec::new(),
            violations: violations.iter().map(ToString::to_string).collect(),
            rules: as_json(spec)?,
            prices: None,
        })
    }
}

impl Sample {
    /// Builds a sample from named paths; a log scale needs positive values.
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
}
