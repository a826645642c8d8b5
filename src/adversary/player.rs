//! Shock players: who moves second in a shocked rollout.

use super::{
    AdversaryError, AscentConfig,
    ascent::ascend,
    ball::sample_in_ball,
    chart::Chart,
    frozen::{FrozenPolicy, Market},
};
use crate::{
    env::{ActionSpace, ShockMap, ShockSpace},
    policy::{ActorCritic, Backend},
    rng::Rng,
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
        policy: &ActorCritic<f32, D>,
        rules: ShockRules<'_>,
        snapshots: &[f64],
        rng: &mut Rng,
        out_bps: &mut [f64],
    ) -> Result<(), AdversaryError> {
        let (n_assets, budget_bps) = (rules.shocks.n_assets, rules.shocks.budget_bps.get());
        if n_assets == 0 {
            return Ok(());
        }
        match self {
            Self::None => out_bps.fill(0.0),
            Self::Random => {
                for z in out_bps.chunks_exact_mut(n_assets) {
                    sample_in_ball(rules.shocks.norm, budget_bps, rng, z);
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
                let market = Market { map: rules.map, snapshots, actions: rules.actions };
                let inner = FrozenPolicy::new(policy, config.objective, &chart, Some(market), n_rows)?;
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
