//! `configs/<experiment>.ron`: what is asked of a market: spans, seeds, methods, evaluation.

use super::{ConfigError, EnvFile, Source, Step};
use crate::{
    adversary::{AscentConfig, Player},
    algo::Regularizer,
    market::Spans,
    train::TrainConfig,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// An experiment file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExperimentFile {
    /// Name, also of the run folder: letters, digits, `_` and `-`.
    pub name: String,
    /// What is asked, in one or two sentences; shown in the report.
    pub question: String,
    /// The env file, relative to this file.
    pub env: PathBuf,
    /// Training, validation and test spans.
    pub spans: Spans,
    /// Every method is trained once per seed.
    pub seeds: Vec<u64>,
    /// What all methods share; `regularizer`, `player` and `shocked_share` belong to the methods.
    pub train: TrainConfig,
    /// What is compared; the first one is what the others are compared with.
    pub methods: Vec<MethodConfig>,
    /// How trained policies are judged.
    pub evaluation: EvaluationConfig,
}

/// One method: a name and what distinguishes it from plain training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodConfig {
    /// Name: letters, digits, `_` and `-`.
    pub name: String,
    /// The penalty on the policy's Jacobian.
    #[serde(default = "no_regularizer")]
    pub regularizer: Regularizer,
    /// Who shocks the rollouts.
    #[serde(default)]
    pub player: Player,
    /// Share of the environment copies that `player` shocks; `None` is all.
    #[serde(default)]
    pub shocked_share: Option<f64>,
    /// The inner loop of this method; `None` is that of `train`.
    #[serde(default)]
    pub ascent: Option<AscentConfig>,
}

const fn no_regularizer() -> Regularizer {
    Regularizer::None
}
