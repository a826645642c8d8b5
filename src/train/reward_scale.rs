//! Scaling of rewards before learning.

use crate::env::Outcome;
use serde::{Deserialize, Serialize};

/// Divisor of the rewards before learning. Logged rewards and returns are never scaled.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum RewardUnit {
    /// Divides by a constant > 0, e.g. `Fixed(1.0)`. Pick it where rewards are already of order
    /// one.
    Fixed(f64),
    /// Divides by the standard deviation of the running discounted return `R_t = γ R_{t-1} + r_t`
    /// over all copies and all steps so far, updated once per rollout, before the rollout is
    /// scaled. Pick it for markets: value targets are then of order one at any volatility.
    #[default]
    DiscountedReturnStd,
}

/// Running state of a [`RewardUnit`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RewardScale {
    unit: RewardUnit,
    gamma: f64,
    /// Discounted return `R_t` per copy.
    running: Vec<f64>,
    // State of Welford's recurrence.
    count: f64,
    mean: f64,
    sum_of_squares: f64,
}

impl RewardScale {
    pub(super) fn new(unit: RewardUnit, gamma: f64, n_envs: usize) -> Self {
        Self {
            unit,
            gamma,
            running: vec![0.0; n_envs],
            count: 0.0,
            mean: 0.0,
            sum_of_squares: 0.0,
        }
    }

    /// Updates the state with one raw reward.
    pub(super) fn record(&mut self, copy: usize, reward: f64, outcome: Outcome) {
        let discounted = self.gamma * self.running[copy] + reward;
        self.running[copy] = if outcome.is_over() { 0.0 } else { discounted };
        self.count += 1.0;
        let distance = discounted - self.mean;
        self.mean += distance / self.count;
        self.sum_of_squares += distance * (discounted - self.mean);
    }

    /// Factor 1 / unit; 1 while all returns are equal.
    pub(super) fn factor(&self) -> f64 {
        match self.unit {
            RewardUnit::Fixed(unit) => 1.0 / unit,
            RewardUnit::DiscountedReturnStd => {
                let std = (self.sum_of_squares / self.count.max(1.0)).sqrt();
                if std > 1e-12 { 1.0 / std } else { 1.0 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_standard_deviation_of_discounted_returns() {
        let mut scale = RewardScale::new(RewardUnit::DiscountedReturnStd, 0.5, 1);
        assert!((scale.factor() - 1.0).abs() < 1e-15);
        // Returns 2, 1, 0.5 + 4 = 4.5, then a reset: 1.
        for (reward, outcome) in [
            (2.0, Outcome::Running),
            (0.0, Outcome::Running),
            (4.0, Outcome::Terminated),
            (1.0, Outcome::Running),
        ] {
            scale.record(0, reward, outcome);
        }
        let returns = [2.0, 1.0, 4.5, 1.0];
        let mean = 8.5 / 4.0;
        let variance = returns
            .iter()
            .map(|r: &f64| (r - mean).powi(2))
            .sum::<f64>()
            / 4.0;
        assert!((scale.factor() - 1.0 / variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn equal_returns_are_not_scaled() {
        let mut scale = RewardScale::new(RewardUnit::DiscountedReturnStd, 0.9, 1);
        for _ in 0..10 {
            scale.record(0, 0.0, Outcome::Running);
        }
        assert!((scale.factor() - 1.0).abs() < 1e-15);
    }
}
