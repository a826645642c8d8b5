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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adversary::{Objective, ObjectiveNeeds, ObjectiveRow, Player},
        algo::{AlgoError, Ascent, Penalty, Regularizer},
        eval::{
            Ledger,
            metrics::{Better, Description, Format},
        },
        policy::{ActorCritic, Matrix, device::Cpu},
        rng::Rng,
    };
    use std::sync::Arc;

    struct Part;

    impl AttackObjective for Part {
        fn needs(&self) -> ObjectiveNeeds {
            ObjectiveNeeds::OUTPUT
        }
        fn evaluate(&self, _: &ObjectiveRow<'_>, _: &mut [f32]) -> f64 {
            0.0
        }
    }

    impl Penalize for Part {
        fn weight(&self) -> f64 {
            0.0
        }
        fn penalty(
            &self,
            _: &ActorCritic<f32, Cpu>,
            _: &Matrix<f32, Cpu>,
            _: &Ascent<'_>,
            _: &mut Rng,
        ) -> Result<Penalty<f32, Cpu>, AlgoError> {
            unreachable!("its weight is 0")
        }
    }

    impl Metric for Part {
        fn describe(&self) -> Description {
            Description {
                name: "part".into(),
                label: "Part".into(),
                format: Format::Percent,
                better: Better::Lower,
                definition: "nothing".into(),
                undefined: "always".into(),
            }
        }
        fn value(&self, _: &Ledger) -> Option<f64> {
            None
        }
    }

    /// The tiny experiment with `from` replaced by `to`, its parts made by `registry`.
    fn resolve(registry: &Registry, from: &str, to: &str) -> Result<ExperimentFile, String> {
        let text = include_str!("../../tests/tiny.ron");
        assert!(text.contains(from), "{from}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.ron");
        std::fs::write(&path, text.replace(from, to)).unwrap();
        let source = Source::read(&path).unwrap();
        let mut file: ExperimentFile = source.parse().unwrap();
        let resolved = registry.resolve_experiment(&mut file, &source);
        resolved.map(|()| file).map_err(|error| error.to_string())
    }

    #[test]
    fn objectives_of_ascents_and_players_come_from_their_shelf() {
        let (from, to) = (
            "objective: ActionDeviation",
            "objective: Own(name: \"part\")",
        );
        let mut registry = Registry::default();
        let refused = resolve(&registry, from, to).unwrap_err();
        assert!(refused.contains("found name \"part\""), "{refused}");
        registry.objectives.add("part", |_| Ok(Arc::new(Part)));
        let file = resolve(&registry, from, to).unwrap();
        let is_made = |objective: &Objective| match objective {
            Objective::Own(own) => own.part().is_ok(),
            _ => false,
        };
        assert!(is_made(&file.train.ascent.objective));
        let mut players = file.evaluation.attacks.iter().map(|attack| &attack.player);
        assert!(players.any(|player| match player {
            Player::Gradient(config) => is_made(&config.objective),
            _ => false,
        }));
    }

    #[test]
    fn regularizers_come_from_their_shelf() {
        let from = "Adversarial(weight: 1.0, space: Price)";
        let to = "Own(name: \"part\", parameters: {\"weight\": 2.0})";
        let mut registry = Registry::default();
        let refused = resolve(&registry, from, to).unwrap_err();
        assert!(refused.contains("found name \"part\""), "{refused}");
        registry.regularizers.add("part", |given| {
            given
                .get("weight")
                .map(|_| Arc::new(Part) as Arc<dyn Penalize>)
        });
        let file = resolve(&registry, from, to).unwrap();
        assert!(file.methods.iter().any(|method| match &method.regularizer {
            Regularizer::Own(own) => own.part().is_ok(),
            _ => false,
        }));
        let refused = resolve(&registry, from, "Own(name: \"part\")").unwrap_err();
        assert!(refused.contains("weight"), "{refused}");
    }

    #[test]
    fn metrics_come_from_their_shelf() {
        let (from, to) = ("performance:", "metrics: [(name: \"part\")], performance:");
        let mut registry = Registry::default();
        let refused = resolve(&registry, from, to).unwrap_err();
        assert!(refused.contains("found name \"part\""), "{refused}");
        registry.metrics.add("part", |_| Ok(Arc::new(Part)));
        let metrics = resolve(&registry, from, to)
            .unwrap()
            .evaluation
            .own_metrics();
        assert_eq!(metrics.unwrap()[0].describe().name, "part");
    }
}
