//! What holding inventory costs besides its price risk.

use super::QuotingError;
use crate::market::{Bound, check_bounds};
use serde::{Deserialize, Serialize};

/// A cost of holding q units, in currency: per unit of time where it runs, at once where it is
/// terminal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum InventoryPenalty {
    /// Nothing.
    None,
    /// c |q|: what a drift against the inventory takes (running), what crossing a half spread takes
    /// (terminal).
    Absolute(f64),
    /// c q²: an aversion to variance (running), a linear impact (terminal).
    Quadratic(f64),
}

impl InventoryPenalty {
    /// # Errors
    /// [`QuotingError::Bounds`] naming `field`.
    pub fn check(&self, field: &'static str) -> Result<(), QuotingError> {
        match *self {
            Self::None => Ok(()),
            Self::Absolute(found) | Self::Quadratic(found) => {
                Ok(check_bounds(&[(field, found, Bound::NotNegative)])?)
            }
        }
    }

    /// The cost of `inventory` units.
    #[must_use]
    pub fn of(&self, inventory: i32) -> f64 {
        let inventory = f64::from(inventory);
        match *self {
            Self::None => 0.0,
            Self::Absolute(cost) => cost * inventory.abs(),
            Self::Quadratic(cost) => cost * inventory * inventory,
        }
    }
}
