//! The adversary: players that choose shocks, and the inner ascent whose directions the
//! regularizer penalizes.
//!
//! | file | holds |
//! |---|---|
//! | `player/` | [`Player`] in a configuration, [`ShockPlayer`] as code: the shocks of a rollout |
//! | `objective/` | [`Objective`] in a configuration, [`AttackObjective`] as code |
//! | `config` | [`AscentConfig`]: settings of the ascent |
//! | `ascent` `climber` | projected gradient ascent over a batch, and one step of it |
//! | `ball` | the unit ball of a norm: projection, sampling, unit directions |
//! | `chart` | the map from a shock to an observation, in prices or in fields |
//! | `trace` `stability` | [`AscentTrace`]: points, directions, tangents, losses; [`Stability`] |
//! | `holdings` | the loss of the holdings to a jump, part of every objective |
//! | `target` `frozen` | the attacked policy ([`TargetPolicy`]); an objective for one batch |
//! | `inner` | [`InnerProblem`]: the ascent for one environment, in price or observation space |
//!
//! A new player or objective is a trait implementation: register it under a name on a
//! [`Shelf`](crate::own::Shelf) and use `Own(name: …)` in files, or pass it as
//! [`Own::new`](crate::own::Own::new). A built-in implementation needs a variant in `spec`, too.
//!
//! Past crashes are not players: their moves of ten or more standard deviations are permanent and
//! exceed every per-step budget. Module [`crate::crash`] replays them in training (`replays` of an
//! env file) or in evaluation ([`crate::eval::CrashTest`]).
//!
//! Everything here is in units of the per-step budget: z' = z / budget lies in the unit ball of the
//! shock space's norm, and B' = ∂φ/∂z' = B · budget, so ‖J B' u‖ is the change of the policy output
//! per full-budget shock.

mod ascent;
mod ball;
mod chart;
mod climber;
mod config;
mod error;
mod frozen;
mod holdings;
mod inner;
mod objective;
mod player;
mod stability;
mod target;
#[cfg(test)]
mod tests;
mod trace;

pub use ascent::{Course, LastLoss};
pub use config::{AscentConfig, AscentRefresh, InnerSteps, StepRule};
pub use error::AdversaryError;
pub use inner::InnerProblem;
pub use objective::{AttackObjective, Objective, ObjectiveNeeds, ObjectiveRow, Positions};
pub use player::{
    PerRow, Player, PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves,
    ShockPlayer,
};
pub use stability::Stability;
pub use target::{Cotangent, MarketView, Network, TargetPolicy};
pub use trace::AscentTrace;
