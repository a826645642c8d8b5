//! The inner problem of an environment, for any batch of observations.

use super::{
    AdversaryError, AscentConfig, AscentTrace, MarketView, TargetPolicy,
    ascent::{Ascent, Course},
    chart::{Chart, Moved},
    frozen::FrozenObjective,
};
use crate::{
    algo::Space,
    env::{ActionSpace, ShockMap, ShockSpace},
    features::Layout,
    rng::Rng,
};
use std::{fmt, sync::Arc};

/// Space in which the adversary of an environment moves observations, and its limits.
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
    /// Builds the problem in `space`; `who` names the caller in errors.
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

    /// Runs the ascent from random starts for a batch: `observations [n_rows, n_inputs]`, and
    /// `snapshots [n_rows, snapshot_len]` of the same rows (empty without a shock map).
    ///
    /// # Errors
    /// [`AdversaryError`] of the objective and the policy.
    pub fn ascend(
        &self,
        policy: &dyn TargetPolicy,
        observations: &[f32],
        snapshots: &[f64],
        config: &AscentConfig,
        rng: &mut Rng,
    ) -> Result<AscentTrace, AdversaryError> {
        let mut trace = AscentTrace::default();
        let (batch, course) = ((observations, snapshots), Course::default());
        self.ascend_into(policy, batch, config, course, rng, &mut trace)?;
        Ok(trace)
    }

    /// Runs [`InnerProblem::ascend`] on `(observations, snapshots)` with the start and end of
    /// `course`, into a trace whose memory is reused.
    ///
    /// # Errors
    /// [`AdversaryError::Starts`] for a wrong number of starts; otherwise as
    /// [`InnerProblem::ascend`].
    pub fn ascend_into(
        &self,
        policy: &dyn TargetPolicy,
        (observations, snapshots): (&[f32], &[f64]),
        config: &AscentConfig,
        course: Course<'_>,
        rng: &mut Rng,
        trace: &mut AscentTrace,
    ) -> Result<(), AdversaryError> {
        let n_rows = observations.len() / self.n_inputs.max(1);
        let prices = self.map.as_deref().filter(|_| self.space == Space::Price);
        let (moved, unit) = if let Some(map) = prices {
            let n_assets = self.shocks.n_assets;
            let prices = Moved::Prices {
                map,
                snapshots,
                n_assets,
            };
            (prices, self.shocks.budget_bps.get())
        } else {
            let fields = Moved::Fields {
                nominal: observations,
                shockable: &self.shockable,
            };
            (fields, config.observation_radius)
        };
        let chart = Chart {
            moved,
            n_inputs: self.n_inputs,
            norm: self.shocks.norm,
            unit,
        };
        let expected = n_rows * chart.n_coordinates();
        if let Some(found) = course.starts.map(<[f64]>::len).filter(|n| *n != expected) {
            return Err(AdversaryError::Starts { found, expected });
        }
        let market = self.map.as_deref().map(|map| MarketView {
            map,
            snapshots,
            action_space: &self.actions,
        });
        let inner = FrozenObjective::new(policy, &config.objective, &chart, market, n_rows)?;
        let ascent = Ascent {
            chart: &chart,
            inner: &inner,
            config,
            n_rows,
            course,
            holdings: None,
        };
        ascent.climb(rng, trace)
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
