//! Set of an adversary's moves.

use super::QuotingError;
use crate::market::{Bound, check_bounds};

/// The box of admissible [`super::Disturbance`]s of one step: drifts in [−B, B], arrival
/// multipliers in [m, 1], decay multipliers in [1, M].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DisturbanceSet {
    /// Largest drift B >= 0. Unit: currency / time.
    pub max_drift: f64,
    /// Smallest arrival multiplier m in (0, 1].
    pub min_arrival_multiplier: f64,
    /// Largest decay multiplier M >= 1.
    pub max_decay_multiplier: f64,
}

impl DisturbanceSet {
    /// Set that holds the clean market only.
    pub const NONE: Self = Self {
        max_drift: 0.0,
        min_arrival_multiplier: 1.0,
        max_decay_multiplier: 1.0,
    };

    /// Set with drifts alone.
    #[must_use]
    pub const fn drift(max_drift: f64) -> Self {
        Self {
            max_drift,
            ..Self::NONE
        }
    }

    /// Set with arrivals and decay alone.
    #[must_use]
    pub const fn order_flow(min_arrival_multiplier: f64, max_decay_multiplier: f64) -> Self {
        Self {
            max_drift: 0.0,
            min_arrival_multiplier,
            max_decay_multiplier,
        }
    }

    /// Checks the bounds of the set.
    ///
    /// # Errors
    /// [`QuotingError`] naming the bound outside its range.
    pub fn check(&self) -> Result<(), QuotingError> {
        let at_least_one = Bound::AtLeast(1.0, "a finite number >= 1");
        Ok(check_bounds(&[
            ("max_drift", self.max_drift, Bound::NotNegative),
            (
                "min_arrival_multiplier",
                self.min_arrival_multiplier,
                Bound::Share,
            ),
            (
                "max_decay_multiplier",
                self.max_decay_multiplier,
                at_least_one,
            ),
        ])?)
    }
}
