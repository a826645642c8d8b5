//! The methods that an experiment compares.

use super::{ConfigError, Source};
use crate::{
    adversary::{AscentConfig, Player},
    algo::Regularizer,
    env::ShockSpace,
    eval::Baseline,
    train::TrainConfig,
};
use serde::{Deserialize, Serialize};

/// A method: its name and its differences from plain training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MethodConfig {
    /// Name in folders, tables and pictures. Range: letters, digits, `_`, `-`, and `.` except as
    /// the first or last character.
    pub name: String,
    /// Penalty on the policy's Jacobian. Default: None.
    #[serde(default)]
    pub regularizer: Regularizer,
    /// Player that shocks the rollouts. Default: None.
    #[serde(default)]
    pub player: Player,
    /// Share of the environment copies that `player` shocks. Range: [0, 1]. Default: 1.
    #[serde(default)]
    pub shocked_share: Option<f64>,
    /// Inner loop of this method's ascent. Default: that of `train`.
    #[serde(default)]
    pub ascent: Option<AscentConfig>,
}

impl MethodConfig {
    /// Training settings of this method. Sensitivity is measured with the inner loop of `shared`,
    /// so that all methods are measured alike.
    pub(crate) fn train_config(&self, shared: &TrainConfig) -> TrainConfig {
        TrainConfig {
            regularizer: self.regularizer.clone(),
            player: self.player.clone(),
            shocked_share: self.shocked_share.unwrap_or(1.0),
            ascent: self.ascent.as_ref().unwrap_or(&shared.ascent).clone(),
            measure: Some(shared.measuring_ascent().clone()),
            ..shared.clone()
        }
    }
}

/// Checks the shared training and every method.
pub(super) fn check(
    shared: &TrainConfig,
    methods: &[MethodConfig],
    source: &Source,
) -> Result<(), ConfigError> {
    let misplaced = [
        ("regularizer", shared.regularizer != Regularizer::None),
        ("player", shared.player != Player::None),
        ("shocked_share", shared.shocked_share < 1.0),
    ];
    if let Some((name, _)) = misplaced.iter().find(|(_, is_set)| *is_set) {
        return Err(source.reject(
            &format!("train.{name}"),
            format!(
                "belongs to a method: found `{name}` in `train`, expected it in the methods that \
                 use it"
            ),
            format!("move `{name}` into the entries of `methods`"),
        ));
    }
    source.checked("train", shared.check())?;
    source.refuse_empty("methods", methods, "method", "write e.g. [(name: \"ppo\")]")?;
    for (n, method) in methods.iter().enumerate() {
        let at = format!("methods[{n}]");
        let at_name = format!("{at}.name");
        check_name(source, &at_name, &method.name)?;
        check_unused(source, &at_name, &method.name, &methods[..n])?;
        source.checked(&at, method.train_config(shared).check())?;
    }
    Ok(())
}

/// Checks that the env admits the shocks that the methods train with.
pub(super) fn check_budget(
    shared: &TrainConfig,
    methods: &[MethodConfig],
    source: &Source,
    shocks: &ShockSpace,
) -> Result<(), ConfigError> {
    methods.iter().enumerate().try_for_each(|(n, method)| {
        let admitted = method.train_config(shared).check_budget(shocks);
        source.checked(&format!("methods[{n}]"), admitted)
    })
}

/// Refuses a name in use, because ledgers, tables and pictures identify policies by name only.
fn check_unused(
    source: &Source,
    at: &str,
    name: &str,
    earlier: &[MethodConfig],
) -> Result<(), ConfigError> {
    if earlier.iter().any(|method| method.name == name) {
        return Err(source.reject(
            at,
            format!(
                "method given twice: found `{name}`, expected a different name for each method"
            ),
            "rename one of them",
        ));
    }
    let mut baselines = Baseline::ALL.into_iter().filter_map(|b| b.decider().ok());
    if baselines.any(|decider| decider.name() == name) {
        return Err(source.reject(
            at,
            format!("name of a baseline: found `{name}`, expected a name that no baseline has"),
            "rename the method: the tables would mix the two",
        ));
    }
    Ok(())
}

/// Checks a name that is also a folder name.
pub(super) fn check_name(source: &Source, at: &str, name: &str) -> Result<(), ConfigError> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let dots_are_inside = !name.starts_with('.') && !name.ends_with('.');
    if !name.is_empty() && dots_are_inside && name.chars().all(is_fine) {
        return Ok(());
    }
    Err(source.reject(
        at,
        format!(
            "name that cannot name a folder: found `{name}`, expected letters, digits, `_`, `-` \
             and, within, `.`"
        ),
        "rename it",
    ))
}
