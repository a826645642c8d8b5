//! Costs of inventory, in addition to its price risk.

use super::QuotingError;
use crate::market::{Bound, check_bounds};
use serde::{Deserialize, Serialize};

/// Cost of holding q units. Unit: currency per time if running, currency if terminal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum InventoryPenalty {
    /// No cost. Pick it where inventory bears price risk only.
    None,
    /// c |q|. Pick it for a drift against the inventory (running) or a half spread (terminal).
    Absolute(f64),
    /// c q². Pick it for an aversion to variance (running) or a linear impact (terminal).
    Quadratic(f64),
}

impl InventoryPenalty {
    /// Checks the coefficient.
    ///
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

    /// Cost of `inventory` units.
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
