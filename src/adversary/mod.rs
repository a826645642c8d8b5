//! Who chooses the shock: players inside rollouts, and the inner ascent whose directions the
//! regularizer penalizes.
//!
//! | file | holds |
//! |---|---|
//! | `ball` | the unit ball of a norm: projection, sampling, unit directions |
//! | `objective` | what the adversary wants ([`Objective`]) and its gradient through the frozen policy |
//! | `chart` | from a shock in units of the budget to an observation and back ([`Space`](crate::algo::Space)) |
//! | `ascent` | projected gradient ascent over a batch ([`AscentConfig`], [`ascend`]) |
//! | `trace` | what an ascent leaves behind: points, tangents, and the measurements of its stability |
//! | `frozen` | the objective through a policy whose weights stand still |
//! | `inner` | [`InnerProblem`]: all of it for one environment, in price or observation space |
//! | `noise` | [`RowNoise`]: one generator for a batch, or one per row |
//! | `player` | [`Player`]: no, random or gradient shocks or an empty book, chosen for a batch of environment copies |
//!
//! Scripted shocks, the crashes of the past, are no player: moves of ten and more deviations fit
//! into no per-step budget and stay for good. They are true prices of a market of their own
//! ([`crate::crash`]): replayed into what a policy trains on (`replays` of an env file), or into
//! what it is judged on ([`crate::eval::CrashTest`]).
//!
//! Everything here is in units of the per-step budget: z' = z / budget lies in the unit ball of the
//! shock space's norm, and B' = ∂φ/∂z' = B · budget, so ‖J B' u‖ is the change of the policy output
//! per full-budget shock.

mod actions;
mod ascent;
mod ball;
mod chart;
mod frozen;
mod inner;
mod noise;
mod objective;
mod player;
mod trace;

pub use ascent::{
    AscentConfig, AscentRefresh, InnerObjective, InnerSteps, LastLoss, StepRule, ascend,
};
pub use ball::{normalize, project_to_unit_ball, sample_in_ball, sample_unit_vector};
pub use chart::Chart;
pub use inner::InnerProblem;
pub use noise::{PerRow, RowNoise};
pub use objective::Objective;
pub use player::{Player, ShockRules};
pub use trace::{AscentTrace, Stability};

/// An adversary that cannot be, or cannot act.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdversaryError {
    /// A number of [`AscentConfig`] outside its range.
    #[error("ascent: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        found: f64,
        /// What is admissible.
        expected: &'static str,
    },
    /// An adversary in an environment without a shock map.
    #[error(
        "{who} needs an environment with a shock map and at least one shockable asset; found {n_assets} shockable assets and \
         {map} shock map; use `None` for it, or an environment with shocks"
    )]
    NoShocks {
        /// What asked for shocks.
        who: &'static str,
        /// Size of the shock space.
        n_assets: usize,
        /// `no` or `a`.
        map: &'static str,
    },
    /// A player of spreads and liquidity where neither can be shocked.
    #[error(
        "{who} needs an environment whose shocks widen spreads or thin liquidity; found max_spread_multiplier 1 and \
         min_liquidity_multiplier 1; raise the one or lower the other in the environment's shocks, or take another player"
    )]
    NoMultipliers {
        /// What asked for them.
        who: &'static str,
    },
    /// Observation space without a field to displace.
    #[error("{who} in observation space needs a shockable field; the layout has none")]
    NothingShockable {
        /// What asked for it.
        who: &'static str,
    },
    /// `OneStepPnl` where the environment cannot know the next step's profit.
    #[error(
        "objective OneStepPnl needs hindsight, which this environment does not have; use ActionDeviation or Value"
    )]
    NoHindsight,
    /// Starts that do not fit the batch.
    #[error("starts of an ascent: found {found} numbers, expected {expected}, one shock per row")]
    Starts {
        /// Their number.
        found: usize,
        /// Rows times coordinates.
        expected: usize,
    },
    /// The policy failed.
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    /// `OneStepPnl` with levels that are no positions.
    #[error(
        "objective OneStepPnl needs action levels that are numbers, found `{found}`; use ActionDeviation or Value"
    )]
    LevelName {
        /// The level.
        found: String,
    },
}
