//! Baselines: four strategies without fitted parameters.
//!
//! Baselines order target weights, not actions, so that they are the same under every allocation. A
//! gross bound below one scales their weights down.

mod fixed;
mod moving_average_crossover;

pub use fixed::{BuyAndHold, EqualWeight, Flat};
pub use moving_average_crossover::MovingAverageCrossover;

use super::{Decider, EvalError, metrics::count};
use serde::{Deserialize, Serialize};

/// A baseline of an experiment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Baseline {
    /// Holds cash only. Use to check that not trading costs nothing.
    Flat,
    /// Buys equal weights once. Use as the market that a policy must beat.
    BuyAndHold,
    /// Rebalances to equal weights at every bar. Use to measure the cost of rebalancing.
    EqualWeight,
    /// Holds an asset while its fast average is above its slow average. Use as a trend follower.
    MovingAverageCrossover {
        /// Length of the fast average. Unit: bars. Range: at least 1. Try first: 50.
        fast: usize,
        /// Length of the slow average. Unit: bars. Range: above `fast`. Try first: 200.
        slow: usize,
    },
}

impl Baseline {
    /// All baselines, with moving averages of 50 and 200 bars.
    pub const ALL: [Self; 4] = [
        Self::Flat,
        Self::BuyAndHold,
        Self::EqualWeight,
        Self::MovingAverageCrossover {
            fast: 50,
            slow: 200,
        },
    ];

    /// Creates the strategy.
    ///
    /// # Errors
    /// [`EvalError::Parameter`] naming the parameter outside its range.
    pub fn decider(self) -> Result<Box<dyn Decider>, EvalError> {
        Ok(match self {
            Self::Flat => Box::new(Flat),
            Self::BuyAndHold => Box::new(BuyAndHold::default()),
            Self::EqualWeight => Box::new(EqualWeight::default()),
            Self::MovingAverageCrossover { fast, slow } => {
                Box::new(MovingAverageCrossover::new(fast, slow)?)
            }
        })
    }
}

/// Weight of each asset in an equally weighted portfolio.
fn equal_share(n_assets: usize) -> f64 {
    1.0 / count(n_assets)
}
