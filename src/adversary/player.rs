//! Shock players: who moves second in a shocked rollout.

use super::{
    AdversaryError, AscentConfig,
    ascent::ascend,
    ball::sample_in_ball,
    chart::Chart,
    frozen::{FrozenObjective, Market},
    noise::RowNoise,
};
use crate::{
    env::{ActionSpace, ShockMap, ShockSpace},
    policy::{Backend, FrozenPolicy},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How shocks are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Player {
    /// Not at all: the clean market.
    #[default]
    None,
    /// Uniform in the ball of the full budget.
    Random,
    /// Projected gradient ascent in price space against the policy of the moment; of the K + 1 points of its best
    /// trajectory the worst for the agent is played.
    Gradient(AscentConfig),
}

/// What an environment says about its shocks: the rules a player plays by.
#[derive(Clone, Copy)]
pub struct ShockRules<'a> {
    /// φ and ∂φ/∂z.
    pub map: &'a dyn ShockMap,
    /// The admissible shocks.
    pub shocks: &'a ShockSpace,
    /// What the agent may do.
    pub actions: &'a ActionSpace,
}

impl Player {
    /// # Errors
    /// [`AdversaryError::Parameter`].
    pub fn check(&self) -> Result<(), AdversaryError> {
        match self {
            Self::None | Self::Random => Ok(()),
            Self::Gradient(config) => config.check(),
        }
    }

    /// Chooses a price shock for each of a batch of observations, given as snapshots of the clean market
    /// (`[n_rows, snapshot_len]`, e.g. `VectorEnv::previews`).
    ///
    /// Writes `out_bps [n_rows, n_assets]`, inside the per-step ball; the episode budget is the environment's to enforce.
    ///
    /// # Errors
    /// [`AdversaryError`] of the objective or the policy.
    pub fn choose<D: Backend<f32>>(
        &self,
        policy: &FrozenPolicy<f32, D>,
        rules: ShockRules<'_>,
        snapshots: &[f64],
        rng: &mut impl RowNoise,
        out_bps: &mut [f64],
    ) -> Result<(), AdversaryError> {
        let (n_assets, budget_bps) = (rules.shocks.n_assets, rules.shocks.budget_bps.get());
        if n_assets == 0 {
            return Ok(());
        }
        match self {
            Self::None => out_bps.fill(0.0),
            Self::Random => {
                for (row, z) in out_bps.chunks_exact_mut(n_assets).enumerate() {
                    sample_in_ball(rules.shocks.norm, budget_bps, rng.of_row(row), z);
                }
            }
            Self::Gradient(config) => {
                let n_rows = out_bps.len() / n_assets;
                let chart = Chart::Price {
                    map: rules.map,
                    snapshots,
                    n_assets,
                    n_inputs: policy.spec().n_inputs,
                    norm: rules.shocks.norm,
                    budget_bps,
                };
                let market = Market {
                    map: rules.map,
                    snapshots,
                    actions: rules.actions,
                };
                let inner =
                    FrozenObjective::new(policy, config.objective, &chart, Some(market), n_rows)?;
                let trace = ascend(&chart, &inner, config, n_rows, rng)?;
                for (row, out) in out_bps.chunks_exact_mut(n_assets).enumerate() {
                    for (z_bps, z) in out.iter_mut().zip(trace.best_shock(row)) {
                        *z_bps = z * budget_bps;
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for ShockRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShockRules")
            .field("shocks", self.shocks)
            .field("actions", self.actions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Activation, Head, NetworkSpec, Squash},
        env::{Env, toy::Toy},
        policy::ActorCritic,
        rng::{Component, Streams},
    };
    use dfdx::tensor::Cpu;

    fn policy() -> FrozenPolicy<f32, Cpu> {
        let head = Head::Gaussian {
            n_dims: 1,
            squash: Squash::Tanh,
        };
        let spec = NetworkSpec {
            n_inputs: 2,
            hidden: vec![8],
            activation: Activation::Tanh,
            head,
        };
        let mut rng = Streams::new(4).stream(Component::Init, 0);
        let policy = ActorCritic::new(&spec, &[8], 0.0, &mut rng, &Cpu::default());
        policy.unwrap().freeze()
    }

    fn choose(player: Player) -> Vec<f64> {
        let toy = Toy::default();
        let map = toy.shock_map().unwrap();
        let rules = ShockRules {
            map: map.as_ref(),
            shocks: toy.shock_space(),
            actions: toy.action_space(),
        };
        let mut rng = Streams::new(4).stream(Component::Adversary, 0);
        let mut out = vec![7.0; 20];
        let snapshots: Vec<f64> = (0..40).map(|i| f64::from(i % 11) * 0.1).collect();
        player
            .choose(&policy(), rules, &snapshots, &mut rng, &mut out)
            .unwrap();
        out
    }

    #[test]
    fn shocks_stay_in_the_ball_of_the_budget() {
        let budget = 100.0;
        assert!(choose(Player::None).iter().all(|z| z.abs() < 1e-300));
        for player in [Player::Random, Player::Gradient(AscentConfig::default())] {
            let out = choose(player);
            assert!(out.iter().all(|z| z.abs() <= budget));
            assert!(
                out.iter().any(|z| z.abs() > 0.3 * budget),
                "{player:?} {out:?}"
            );
        }
    }

    #[test]
    fn a_gradient_player_does_more_harm_than_a_random_one() {
        let toy = Toy::default();
        let (map, policy) = (toy.shock_map().unwrap(), policy());
        let snapshots: Vec<f64> = (0..40).map(|i| f64::from(i % 11) * 0.1).collect();
        let value = |shocks: &[f64]| -> f64 {
            let mut observations = vec![0.0; 40];
            for row in 0..20 {
                let out = &mut observations[row * 2..row * 2 + 2];
                map.observe(&snapshots[row * 2..row * 2 + 2], &shocks[row..=row], out);
            }
            let mut values = Vec::new();
            policy.values(&observations, 20, &mut values).unwrap();
            values.iter().map(|v| f64::from(*v)).sum()
        };
        let config = AscentConfig {
            objective: super::super::Objective::Value,
            n_steps: 6,
            ..AscentConfig::default()
        };
        let (attacked, random) = (
            value(&choose(Player::Gradient(config))),
            value(&choose(Player::Random)),
        );
        assert!(
            attacked < random && attacked < value(&[0.0; 20]),
            "{attacked} {random}"
        );
    }

    #[test]
    fn configuration_words() {
        let json = r#"{"Gradient": {"objective": "Value", "n_steps": 5}}"#;
        let Player::Gradient(config) = serde_json::from_str(json).unwrap() else {
            panic!("another player")
        };
        assert_eq!(
            (config.n_steps, config.objective),
            (5, super::super::Objective::Value)
        );
        assert!(serde_json::from_str::<Player>(r#"{"Gradient": {"n_step": 5}}"#).is_err());
    }
}
