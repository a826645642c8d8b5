//! Parts that a program adds from outside the crate.

use super::{ConfigError, ExperimentFile, Source};
use crate::{
    adversary::{AttackObjective, ShockPlayer},
    algo::Penalize,
    env::{RewardRule, TradingSpec},
    eval::metrics::Metric,
    features::{FeatureSpec, OwnFeature},
    market::CostTerm,
    own::{OwnError, Shelf},
};

/// One shelf for each kind of part that a file can name with `Own(name: …)`.
///
/// A program fills it and hands it to [`crate::cli::main`], or loads files with it
/// ([`Experiment::load`](super::Experiment::load), [`EnvFile::load`](super::EnvFile::load)).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Registry {
    /// Features of an env.
    pub features: Shelf<dyn OwnFeature>,
    /// Cost terms of an env.
    pub costs: Shelf<dyn CostTerm>,
    /// Rewards of an env.
    pub rewards: Shelf<dyn RewardRule>,
    /// Shock players of methods and attacks.
    pub players: Shelf<dyn ShockPlayer>,
    /// Objectives of gradient players and ascents.
    pub objectives: Shelf<dyn AttackObjective>,
    /// Metrics of an evaluation.
    pub metrics: Shelf<dyn Metric>,
    /// Regularizers of a method.
    pub regularizers: Shelf<dyn Penalize>,
}

impl Registry {
    /// Makes the own parts that the rules in `source` name.
    pub(super) fn resolve_rules(
        &self,
        rules: &mut TradingSpec,
        source: &Source,
    ) -> Result<(), ConfigError> {
        self.resolve_features(&mut rules.features)
            .map_err(|(n, error)| source.reject_with(&format!("trading.features[{n}]"), &error))?;
        rules
            .costs
            .resolve(&self.costs)
            .map_err(|error| source.reject_with("trading.costs.own", &error))?;
        rules
            .reward
            .resolve(&self.rewards)
            .map_err(|error| source.reject_with("trading.reward", &error))
    }

    /// Makes the own parts that an experiment in `source` names.
    pub(super) fn resolve_experiment(
        &self,
        file: &mut ExperimentFile,
        source: &Source,
    ) -> Result<(), ConfigError> {
        let (players, objectives) = (&self.players, &self.objectives);
        let checked = |at: &str, resolved: Result<(), OwnError>| {
            resolved.map_err(|error| source.reject_with(at, &error))
        };
        for (n, method) in file.methods.iter_mut().enumerate() {
            let at = format!("methods[{n}]");
            let resolved = method.regularizer.resolve(&self.regularizers);
            checked(&format!("{at}.regularizer"), resolved)?;
            let resolved = method.player.resolve(players, objectives);
            checked(&format!("{at}.player"), resolved)?;
            if let Some(ascent) = &mut method.ascent {
                let resolved = ascent.objective.resolve(objectives);
                checked(&format!("{at}.ascent.objective"), resolved)?;
            }
        }
        let ascents = [Some(&mut file.train.ascent), file.train.measure.as_mut()];
        for ascent in ascents.into_iter().flatten() {
            checked(
                "train.ascent.objective",
                ascent.objective.resolve(objectives),
            )?;
        }
        for (n, attack) in file.evaluation.attacks.iter_mut().enumerate() {
            let resolved = attack.player.resolve(players, objectives);
            checked(&format!("evaluation.attacks[{n}].player"), resolved)?;
        }
        for (n, metric) in file.evaluation.metrics.iter_mut().enumerate() {
            let resolved = metric.resolve(&self.metrics);
            checked(&format!("evaluation.metrics[{n}]"), resolved)?;
        }
        Ok(())
    }

    /// Makes the own features of an env or a policy.
    ///
    /// # Errors
    /// Position of the first feature that cannot be made, and the cause.
    pub(crate) fn resolve_features(
        &self,
        features: &mut [FeatureSpec],
    ) -> Result<(), (usize, OwnError)> {
        let mut each = features.iter_mut().enumerate();
        each.try_for_each(|(n, spec)| spec.resolve(&self.features).map_err(|error| (n, error)))
    }
}
