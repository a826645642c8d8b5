//! Errors of adversaries.

use crate::own::OwnError;

/// An adversary that is misconfigured, or that the environment does not admit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdversaryError {
    /// A number of [`AscentConfig`](super::AscentConfig) outside its range.
    #[error("ascent: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// The given number.
        found: f64,
        /// The admissible numbers.
        expected: &'static str,
    },
    /// An adversary in an environment without a shock map.
    #[error(
        "{who} needs an environment with a shock map and at least one shockable asset; found \
         {n_assets} shockable assets and {map} shock map; use `None` for it, or an environment \
         with shocks"
    )]
    NoShocks {
        /// The player, regularizer or attack that needs shocks.
        who: &'static str,
        /// Size of the shock space.
        n_assets: usize,
        /// `no` or `a`.
        map: &'static str,
    },
    /// A player of spreads and liquidity where neither can be shocked.
    #[error(
        "the player {player} needs an environment whose shocks widen spreads or thin liquidity; \
         found max_spread_multiplier 1 and min_liquidity_multiplier 1; raise the one or lower the \
         other in the environment's shocks, or take another player"
    )]
    NoMultipliers {
        /// Name of the player.
        player: String,
    },
    /// A player that attacks the policy's networks, against a trader without networks.
    #[error("{who} needs the networks of the policy that it attacks; found none")]
    NoPolicy {
        /// The player.
        who: &'static str,
    },
    /// Observation space without a field to displace.
    #[error("{who} in observation space needs a shockable field; the layout has none")]
    NothingShockable {
        /// The regularizer or measurement that needs one.
        who: &'static str,
    },
    /// `OneStepPnl` where the environment cannot know the next step's profit.
    #[error(
        "objective OneStepPnl needs hindsight, which this environment does not have; use \
         ActionDeviation or Value"
    )]
    NoHindsight,
    /// Starts that do not fit the batch.
    #[error("starts of an ascent: found {found} numbers, expected {expected}, one shock per row")]
    Starts {
        /// The given count.
        found: usize,
        /// Rows times coordinates.
        expected: usize,
    },
    /// The policy failed.
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    /// A player or objective from outside the crate that cannot be made.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// `OneStepPnl` with action levels that are not numbers.
    #[error(
        "objective OneStepPnl needs action levels that are numbers, found `{found}`; use \
         ActionDeviation or Value"
    )]
    LevelName {
        /// The level.
        found: String,
    },
}
