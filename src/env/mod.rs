//! The game: an environment in which the adversary's move is an argument of the step, like the
//! agent's.
//!
//! | content | where |
//! |---|---|
//! | the contract | [`Env`], [`Step`], [`Outcome`] |
//! | the agent's moves | [`ActionSpace`], [`Action`] |
//! | the adversary's moves, their set and its projection | [`Shock`], [`ShockSpace`] |
//! | the map from a shock to an observation, and its derivative | [`ShockMap`] |
//! | trading n assets on historical bars | [`TradingEnv`] = [`Market`] + [`TradingSpec`] + rows |
//! | many copies on persistent workers | `VectorEnv` (feature `learn`) |
//! | the contract as a test for environments of your own | [`check_env`] |

mod check;
mod shock;
mod shock_map;
mod shock_space;
mod space;
#[cfg(test)]
mod tests;
mod trading;
#[cfg(feature = "learn")]
mod vector;

pub use check::{Rule, Violation, check_env};
pub use shock::{Norm, Shock, ShockKind, ShockSpec};
pub use shock_map::{Hindsight, ShockMap};
pub use shock_space::{ProjectedShock, Projection, ShockSpace};
pub use space::{Action, ActionSpace, Order};
#[cfg(test)]
pub(crate) use tests::toy;
pub use trading::{
    EnvError, Interventions, LogGrowth, Market, PnlMinusRisk, Reward, RewardError, RewardRule,
    StepView, TradingEnv, TradingSpec,
};
#[cfg(feature = "learn")]
pub use vector::{Chunk, Shocks, Snapshots, Steps, VectorEnv, VectorError};

use crate::features::Layout;
use space::OwnedAction;
use std::sync::Arc;

/// A decision process with a second player.
///
/// `reset(seed)` starts an episode that is a pure function of the seed; `step(action, shock)` plays
/// both moves. [`Shock::NONE`] is the clean market. The *set* of admissible shocks belongs to the
/// environment ([`Env::shock_space`]); the *choice* is made outside. Functions of this trait cannot
/// fail: slices of the right length are the caller's duty.
///
/// ```
/// use shockproof::{
///     env::{Action, Env, Shock},
///     games::execution::{Execution, ExecutionSpec},
/// };
///
/// let mut env = Execution::new(ExecutionSpec::almgren_chriss())?;
/// env.reset(7);
/// let mut total = 0.0;
/// loop {
///     let step = env.step(Action::Continuous(&[-0.5]), Shock::NONE);
///     total += step.reward;
///     if step.outcome.is_over() {
///         break;
///     }
/// }
/// assert!(total < 0.0); // selling has a cost
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Env: Send {
    /// Layout of the observation: market fields (shockable), then account fields.
    fn layout(&self) -> &Layout;
    /// The agent's moves.
    fn action_space(&self) -> &ActionSpace;
    /// The adversary's moves.
    fn shock_space(&self) -> &ShockSpace;
    /// Starts an episode; returns the first observation `[layout().n_fields()]`.
    fn reset(&mut self, seed: u64) -> &[f32];
    /// Plays one step.
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_>;
    /// The exact map from a shock of the newest bar to the observation, if there is one.
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        None
    }
    /// Writes the snapshot `[shock_map().snapshot_len()]` from which [`ShockMap`] rebuilds the
    /// *current* observation under another shock: the clean newest bar on top of the history.
    fn snapshot(&self, _out: &mut [f64]) {}
    /// Writes the snapshot of the observation that `action` would lead to without a shock, for an
    /// adversary that moves second. Changes nothing.
    fn preview(&self, _action: Action<'_>, _out: &mut [f64]) {}
    /// Actions refused since the environment was built: not finite, or not of the action space.
    fn n_refused(&self) -> u64 {
        0
    }
}

/// The result of a step. At the end of an episode the observation is the final one, not the next
/// episode's first.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Observation after the step.
    pub observation: &'a [f32],
    /// Reward of the step.
    pub reward: f64,
    /// State of the episode after the step.
    pub outcome: Outcome,
}

/// State of an episode after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The episode continues.
    Running,
    /// The episode ended in a terminal state (ruin, a fallen pole): the value after it is zero.
    Terminated,
    /// A limit that is not part of the state cut the episode off: the value after it is
    /// bootstrapped.
    Truncated,
}

impl Outcome {
    /// Returns true when the episode has ended and needs a reset.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}
