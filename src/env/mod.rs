//! The game: an environment whose step takes the moves of both the agent and the adversary.
//!
//! | content | where |
//! |---|---|
//! | the contract | [`Env`], [`Step`], [`Outcome`] |
//! | the agent's moves | [`ActionSpace`], [`Action`] |
//! | the adversary's moves, their set and its projection | [`Shock`], [`ShockSpace`] |
//! | the map from a shock to an observation, and its derivative | [`ShockMap`] |
//! | trading n assets on historical bars | [`TradingEnv`] = [`Market`] + [`TradingSpec`] + rows |
//! | many copies on persistent workers | `VectorEnv` (feature `learn`) |
//! | derivatives of a step, where prices do not follow the agent | [`Differentiable`] |
//! | a test of the contract for your own environments | [`check_env`] |

mod check;
mod derivative;
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
pub use derivative::{Differentiable, NotDifferentiable, Observed, StepDerivative};
pub use shock::{Norm, PrintEnding, Shock, ShockKind, ShockSpec, Threat};
pub use shock_map::{Exposure, Hindsight, ShockMap};
pub use shock_space::{ProjectedShock, Projection, ShockSpace};
pub use space::{Action, ActionSpace, Order};
#[cfg(test)]
pub(crate) use tests::toy;
pub use trading::{
    EnvError, Interventions, LogGrowth, Market, PnlMinusRisk, Reward, RewardError, RewardRule,
    StepView, TradingEnv, TradingSpec,
};
#[cfg(feature = "learn")]
pub use vector::{Chunk, Derivatives, Record, Shocks, Snapshots, Steps, VectorEnv, VectorError};

use crate::features::Layout;
use space::OwnedAction;
use std::sync::Arc;

/// A decision process with two players, an agent and an adversary.
///
/// `reset(seed)` starts an episode, a pure function of the seed and the moves; `step(action,
/// shock)` plays both moves. [`Shock::NONE`] is the clean market. The environment defines the *set*
/// of admissible shocks ([`Env::shock_space`]); the caller makes the *choice*. Methods of this
/// trait cannot fail: the caller passes slices of the right length.
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
    /// Layout of the observation: market fields, some of them shockable, then account fields.
    fn layout(&self) -> &Layout;
    /// Set of the agent's actions.
    fn action_space(&self) -> &ActionSpace;
    /// Set of the adversary's shocks.
    fn shock_space(&self) -> &ShockSpace;
    /// Starts an episode; returns its first observation `[layout().n_fields()]`.
    fn reset(&mut self, seed: u64) -> &[f32];
    /// Plays one step with the moves of both players.
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_>;
    /// Exact map from a shock of the newest bar to the observation; `None` without such a map.
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        None
    }
    /// Writes the snapshot `[shock_map().snapshot_len()]` from which the [`ShockMap`] rebuilds the
    /// *current* observation under any shock: the history and the clean newest bar.
    fn snapshot(&self, _out: &mut [f64]) {}
    /// Writes the snapshot that `action` would lead to without a shock, for an adversary that moves
    /// second. Changes nothing else.
    fn preview(&self, _action: Action<'_>, _out: &mut [f64]) {}
    /// Shape of the step's derivatives.
    ///
    /// # Errors
    /// [`NotDifferentiable`] names the reason why there are none; the default has none.
    fn differentiable(&self) -> Result<Differentiable, NotDifferentiable> {
        Err(NotDifferentiable::Environment)
    }
    /// Writes the derivatives `[differentiable().row_len()]` of the last step, which played
    /// `action`. Called after a step and before a reset, where [`Env::differentiable`] is `Ok`.
    fn step_derivative(&self, _action: Action<'_>, _out: &mut [f64]) {}
    /// Number of refused actions (not finite, no such level, other kind) since construction.
    fn n_refused(&self) -> u64 {
        0
    }
}

/// Result of a step; after an episode's end, its observation is the last of that episode.
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
    /// A limit outside the state cut the episode off: the value after it is bootstrapped.
    Truncated,
}

impl Outcome {
    /// Returns true when the episode has ended and needs a reset.
    #[must_use]
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}
