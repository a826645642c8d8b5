//! The trait of a simulated market's rules, and the input of one step.

use super::{ObservedPrice, SimulatedInterventions};
use crate::env::{ProjectedShock, Shock, ShockSpace, ShockSpec};
use crate::{
    features::Field,
    rng::{Component, Rng, Streams},
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::fmt;

/// Rules of one step; [`Simulated`] implements the rest.
pub trait EpisodeRules: fmt::Debug + Clone + Send + Sync + 'static {
    /// State that the agent's moves change.
    type Position: fmt::Debug + Clone + Send;
    /// The agent's move: quotes or a sale, not limited to the range of actions.
    type Move: Copy;
    /// Number of components of an action, each in [−1, 1].
    const N_DIMS: usize;
    /// Move that replaces an invalid action.
    const NO_MOVE: Self::Move;

    /// Number of steps of an episode.
    fn n_steps(&self) -> u32;
    /// Observed part of the price.
    fn sight(&self) -> ObservedPrice;
    /// Admissible shocks.
    fn shocks(&self) -> &ShockSpec;
    /// Standard deviations of a step's move per bp of the initial price.
    fn sigmas_per_bp(&self) -> f64;
    /// Layout of the holdings field of the account.
    fn holdings_field(&self) -> Field;
    /// Value of the holdings field.
    fn holdings(&self, position: &Self::Position) -> f64;
    /// Position at the start.
    fn start(&self) -> Self::Position;
    /// Decodes an action of finite numbers; `None` outside the action space.
    fn decode(&self, position: &Self::Position, numbers: &[f32]) -> Option<Self::Move>;
    /// Clips or refuses a move, and counts that in `counts`.
    fn admit(
        &self,
        position: &Self::Position,
        given: Self::Move,
        counts: &mut SimulatedInterventions,
    ) -> Self::Move;
    /// Plays the step that `context` has begun; returns its reward.
    fn play(
        &self,
        position: &mut Self::Position,
        context: &mut StepContext,
        admitted: Self::Move,
    ) -> f64;
}

/// Time, noise and shocks of an episode; the agent's moves do not change them.
#[derive(Debug, Clone)]
pub struct StepContext {
    pub(super) rng: Rng,
    /// Number of steps begun, the current one included.
    pub(super) n_played: u32,
    /// Price move of the last step without shock and impact. Unit: standard deviations of a step.
    pub(super) clean_move: f64,
    spent_bps: f64,
    pub(super) shock_bps: [f64; 1],
    pub(super) shock: ProjectedShock,
}

impl StepContext {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            rng: Streams::new(seed).stream(Component::Market, 0),
            n_played: 0,
            clean_move: 0.0,
            spent_bps: 0.0,
            shock_bps: [0.0],
            shock: ProjectedShock::CLEAN,
        }
    }

    /// Draws the noise, independently of the agent's moves, and applies the shock.
    pub(super) fn begin_step(&mut self, space: &ShockSpace, shock: Shock<'_>) {
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        self.clean_move = self.rng.sample(StandardNormal);
        self.n_played += 1;
    }
}
