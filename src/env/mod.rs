//! The game: an environment in which the adversary's move is an argument of the step, like the
//! agent's.
//!
//! | what | where |
//! |---|---|
//! | the contract | [`Env`], [`Step`], [`Outcome`], [`ActionSpace`], [`ShockSpace`] |
//! | what a shock may be, and its projection | [`ShockSpace::project`] |
//! | what a shock does to an observation, and its derivative | [`ShockMap`] |
//! | trading n assets on historical bars | [`TradingEnv`] = [`Market`] (shared) + [`TradingSpec`] + rows |
//! | many copies on persistent workers | `VectorEnv` (feature `learn`) |
//! | the copies of one worker, left alone | `Chunk` (feature `learn`) |
//! | the contract as a test for environments of your own | [`check_env`] |

mod check;
mod outcome;
mod shock;
mod space;
#[cfg(test)]
pub(crate) mod toy;
mod trading;
#[cfg(feature = "learn")]
mod vector;

pub use check::{Rule, Violation, check_env};
pub use outcome::{Outcome, Step};
pub use shock::{
    Hindsight, Norm, ProjectedShock, Projection, Shock, ShockError, ShockKind, ShockMap, ShockSpace,
};
pub use space::{Action, ActionSpace, Order};
pub use trading::{
    EnvError, FittedMarket, Interventions, LogGrowth, Market, PnlMinusRisk, Reward, RewardError,
    RewardRule, ShockSpec, StepView, TradingEnv, TradingShockMap, TradingSpec,
};
#[cfg(feature = "learn")]
pub use vector::{Chunk, Moves, Played, Shocks, Snapshots, VectorEnv, VectorError};

use crate::features::Layout;

use std::sync::Arc;

/// A decision process with a second player.
///
/// `reset(seed)` starts an episode that is a pure function of the seed; `step(action, shock)` plays
/// both moves. The clean market is [`Shock::NONE`]. The *set* of admissible shocks is the
/// environment's ([`Env::shock_space`]); the *choice* is made elsewhere and never asked about.
/// Functions of this trait cannot fail: shapes are the caller's contract.
pub trait Env: Send {
    /// Layout of the observation: market fields (shockable), then account fields.
    fn layout(&self) -> &Layout;
    /// What the agent may do.
    fn action_space(&self) -> &ActionSpace;
    /// What the adversary may do.
    fn shock_space(&self) -> &ShockSpace;
    /// Starts an episode; returns the first observation `[layout().n_fields()]`.
    fn reset(&mut self, seed: u64) -> &[f32];
    /// Plays one step.
    fn step(&mut self, action: Action<'_>, shock: Shock<'_>) -> Step<'_>;
    /// The exact map from a shock of the newest bar to the observation; `None` where there is no
    /// such thing.
    fn shock_map(&self) -> Option<Arc<dyn ShockMap>> {
        None
    }
    /// Writes what [`ShockMap`] needs to rebuild the *current* observation under another shock
    /// (`[shock_map().snapshot_len()]`): the clean newest bar on top of the committed history.
    fn snapshot(&self, _out: &mut [f64]) {}
    /// Writes the snapshot that the next observation would have if `action` were played and nothing
    /// shocked: what an adversary that moves second may look at. Changes nothing.
    fn preview(&self, _action: Action<'_>, _out: &mut [f64]) {}
    /// Actions refused so far (not finite, or not of the action space) since the environment was
    /// built; never silently repaired.
    fn n_refused(&self) -> u64 {
        0
    }
}
