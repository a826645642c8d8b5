//! The inner problem of an environment, ready to be climbed for any batch of its observations.

use super::{
    AdversaryError, AscentConfig, AscentTrace, ShockRules,
    ascent::{LastLoss, ascend, ascend_from, ascend_into},
    chart::Chart,
    frozen::{FrozenObjective, Market},
};
use crate::{
    algo::Space,
    env::{ActionSpace, ShockMap, ShockSpace},
    features::Layout,
    policy::{Backend, FrozenPolicy},
    rng::Rng,
};
use std::{fmt, sync::Arc};

/// Where the adversary of an environment may move an observation, and what it knows.
#[derive(Clone)]
pub struct InnerProblem {
    space: Space,
    map: Option<Arc<dyn ShockMap>>,
    shocks: ShockSpace,
    actions: ActionSpace,
    shockable: Vec<usize>,
    n_inputs: usize,
}

impl InnerProblem {
    /// `who` is named in errors.
    ///
    /// # Errors
    /// [`AdversaryError::NoShocks`] in price space without a shock map or without a shockable
    /// asset; [`AdversaryError::NothingShockable`] in observation space without a shockable field.
    pub fn new(
        who: &'static str,
        space: Space,
        layout: &Layout,
        map: Option<Arc<dyn ShockMap>>,
        shocks: &ShockSpace,
        actions: &ActionSpace,
    ) -> Result<Self, AdversaryError> {
        let fields = layout.market.iter().enumerate();
        let shockable: Vec<usize> = fields
            .filter(|(_, field)| field.shockable)
            .map(|(i, _)| i)
            .collect();
        match space {
            Space::Price if map.is_none() || shocks.n_assets == 0 => {
                let map = if map.is_some() { "a" } else { "no" };
                return Err(AdversaryError::NoShocks {
                    who,
                    n_assets: shocks.n_assets,
                    map,
                });
            }
            Space::Observation if shockable.is_empty() => {
                return Err(AdversaryError::NothingShockable { who });
            }
            _ => {}
        }
        Ok(Self {
            space,
            map,
            shocks: shocks.clone(),
            actions: actions.clone(),
            shockable,
            n_inputs: layout.n_fields(),
        })
    }

    /// Climbs for a batch: `observations [n_rows, n_inputs]` as stored, `snapshots [n_rows,
    /// snapshot_len]` of the same rows (empty without a shock map).
    ///
    /// # Errors
    /// Those of the objective and the policy.
    pub fn ascend<D: Backend<f32>>(
        &self,
        policy: &FrozenPolicy<f32, D>,
        observations: &[f32],
        snapshots: &[f64],
        config: &AscentConfig,
        rng: &mut Rng,
    ) -> Result<AscentTrace, AdversaryError> {
        let n_rows = observations.len() / self.n_inputs.max(1);
        let (chart, inner) = self.pose(policy, observations, snapshots, config)?;
        ascend(&chart, &inner, config, n_rows, rng)
    }

    /// One climb from given starts instead of random ones: `starts [n_rows, n_coordinates]` in the
    /// unit ball.
    ///
    /// # Errors
    /// [`AdversaryError::Starts`] for another number of starts; otherwise as
    /// [`InnerProblem::ascend`].
    pub fn ascend_from<D: Backend<f32>>(
        &self,
        policy: &FrozenPolicy<f32, D>,
        observations: &[f32],
        snapshots: &[f64],
        starts: &[f64],
        config: &AscentConfig,
        rng: &mut Rng,
    ) -> Result<AscentTrace, AdversaryError> {
        let n_rows = observations.len() / self.n_inputs.max(1);
        let (chart, inner) = self.pose(policy, observations, snapshots, config)?;
        let expected = n_rows * chart.n_coordinates();
        if starts.len() != expected {
            let found = starts.len();
            return Err(AdversaryError::Starts { found, expected });
        }
        ascend_from(&chart, &inner, config, (n_rows, starts), rng)
    }

    /// [`InnerProblem::ascend`] for whoever wants points and directions again and again: into
    /// memory that is used again, and without the last loss where that is skipped.
    ///
    /// # Errors
    /// As [`InnerProblem::ascend`].
    pub fn ascend_into<D: Backend<f32>>(
        &self,
        policy: &FrozenPolicy<f32, D>,
        (observations, snapshots): (&[f32], &[f64]),
        config: &AscentConfig,
        last: LastLoss,
        rng: &mut Rng,
        trace: &mut AscentTrace,
    ) -> Result<(), AdversaryError> {
        let n_rows = observations.len() / self.n_inputs.max(1);
        let (chart, inner) = self.pose(policy, observations, snapshots, config)?;
        ascend_into(&chart, &inner, config, (n_rows, last), rng, trace)
    }

    fn pose<'a, D: Backend<f32>>(
        &'a self,
        policy: &'a FrozenPolicy<f32, D>,
        observations: &'a [f32],
        snapshots: &'a [f64],
        config: &AscentConfig,
    ) -> Result<(Chart<'a>, FrozenObjective<'a, D>), AdversaryError> {
        let n_rows = observations.len() / self.n_inputs.max(1);
        let map = self.map.as_deref();
        let chart = match (self.space, map) {
            (Space::Price, Some(map)) => Chart::Price {
                map,
                snapshots,
                n_assets: self.shocks.n_assets,
                n_inputs: self.n_inputs,
                norm: self.shocks.norm,
                budget_bps: self.shocks.budget_bps.get(),
            },
            _ => Chart::Observation {
                nominal: observations,
                shockable: &self.shockable,
                n_inputs: self.n_inputs,
                norm: self.shocks.norm,
                radius: config.observation_radius,
            },
        };
        let market = map.map(|map| Market {
            map,
            snapshots,
            actions: &self.actions,
        });
        let inner = FrozenObjective::new(policy, config.objective, &chart, market, n_rows)?;
        Ok((chart, inner))
    }

    /// The rules of the environment's shocks; `None` without a shock map.
    #[must_use]
    pub fn rules(&self) -> Option<ShockRules<'_>> {
        let map = self.map.as_deref()?;
        Some(ShockRules {
            map: Some(map),
            shocks: &self.shocks,
            actions: &self.actions,
        })
    }
}

impl fmt::Debug for InnerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InnerProblem")
            .field("space", &self.space)
            .field("shocks", &self.shocks)
            .field("n_inputs", &self.n_inputs)
            .finish_non_exhaustive()
    }
}
