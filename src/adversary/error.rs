//! Errors of adversaries.

use crate::own::OwnError;

/// Error of an adversary: misconfigured, or not admitted by the environment.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdversaryError {
    /// A setting of [`AscentConfig`](super::AscentConfig) outside its range.
    #[error("ascent: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Name of the setting.
        parameter: &'static str,
        /// Rejected number.
        found: f64,
        /// Admissible numbers.
        expected: &'static str,
    },
    /// An adversary in an environment without a shock map.
    #[error(
        "{who} needs an environment with a shock map and at least one shockable asset; found \
         {n_assets} shockable assets and {map} shock map; use `None` for it, or an environment \
         with shocks"
    )]
    NoShocks {
        /// Player, regularizer or attack that needs shocks.
        who: &'static str,
        /// Number of shockable assets.
        n_assets: usize,
        /// Presence of a shock map: `no` or `a`.
        map: &'static str,
    },
    /// A player of spreads and liquidity in an environment where neither can be shocked.
    #[error(
        "the player {player} needs an environment whose shocks widen spreads or thin liquidity; \
         found max_spread_multiplier 1 and min_liquidity_multiplier 1; raise the one or lower the \
         other in the environment's shocks, or take another player"
    )]
    NoMultipliers {
        /// Name of the player.
        player: String,
    },
    /// A player of jumps in an environment whose shocks are not jumps.
    #[error(
        "the player {player} needs an environment whose shocks are jumps; found another \
         kind; set kind: Jump in the environment's shocks, or take another \
         player"
    )]
    NoJumps {
        /// Name of the player.
        player: String,
    },
    /// A player that attacks networks, against a trader without networks.
    #[error("{who} needs the networks of the policy that it attacks; found none")]
    NoPolicy {
        /// Name of the player.
        who: &'static str,
    },
    /// Observation space without a field to displace.
    #[error("{who} in observation space needs a shockable field; the layout has none")]
    NothingShockable {
        /// Regularizer or measurement in observation space.
        who: &'static str,
    },
    /// The objective `OneStepPnl` in an environment without hindsight.
    #[error(
        "objective OneStepPnl needs hindsight, which this environment does not have; use \
         ActionDeviation or Value"
    )]
    NoHindsight,
    /// Ascent starts that do not fit the batch.
    #[error("starts of an ascent: found {found} numbers, expected {expected}, one shock per row")]
    Starts {
        /// Number of start entries found.
        found: usize,
        /// Number of start entries expected: rows times coordinates.
        expected: usize,
    },
    /// An error of the policy.
    #[error(transparent)]
    Policy(#[from] crate::policy::PolicyError),
    /// A player or objective from outside the crate that cannot be made.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// The objective `OneStepPnl` with action levels that are not numbers.
    #[error(
        "objective OneStepPnl needs action levels that are numbers, found `{found}`; use \
         ActionDeviation or Value"
    )]
    LevelName {
        /// Name of the level.
        found: String,
    },
}
