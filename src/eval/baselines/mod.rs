//! What a policy must beat: four strategies without a parameter that was fitted.
//!
//! They order target weights, not actions, so that they are the same strategies under every
//! allocation; a gross bound below one scales them down.

mod buy_and_hold;
mod equal_weight;
mod flat;
mod moving_average_crossover;

pub use buy_and_hold::BuyAndHold;
pub use equal_weight::EqualWeight;
pub use flat::Flat;
pub use moving_average_crossover::MovingAverageCrossover;

use super::{Decider, EvalError};
use serde::{Deserialize, Serialize};

/// A baseline, as written in an experiment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Baseline {
    /// Cash only.
    Flat,
    /// Equal weights bought once.
    BuyAndHold,
    /// Equal weights, rebalanced at every bar.
    EqualWeight,
    /// Long an asset while its fast moving average is above its slow one.
    MovingAverageCrossover {
        /// Length of the fast average. Unit: bars.
        fast: usize,
        /// Length of the slow average. Unit: bars.
        slow: usize,
    },
}

impl Baseline {
    /// All four, with averages of 50 and 200 bars.
    pub const ALL: [Self; 4] = [
        Self::Flat,
        Self::BuyAndHold,
        Self::EqualWeight,
        Self::MovingAverageCrossover {
            fast: 50,
            slow: 200,
        },
    ];

    /// The strategy itself.
    ///
    /// # Errors
    /// [`EvalError::Baseline`] naming the parameter outside its range.
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

/// The weight of each asset in an equally weighted book.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of assets are far below 2^53"
)]
fn equal_share(n_assets: usize) -> f64 {
    1.0 / n_assets as f64
}
