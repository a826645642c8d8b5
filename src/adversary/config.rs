//! Settings of the inner ascent.

use super::{AdversaryError, Objective};
use crate::algo::Directions;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Settings of the inner ascent. Lengths are in units of the budget (the ball has radius 1).
///
/// The default is the cheap form: the ascent runs once per rollout, from a quarter of the samples,
/// and the regularizer penalizes one inner step of each. Over five seeds of the shipped panel it
/// reached the sensitivity and the robustness gap of the full form (five steps, all penalized,
/// climbed anew on every minibatch): `configs/cheap_aajr.ron`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct AscentConfig {
    /// Objective that the ascent raises. Default: `ActionDeviation`.
    pub objective: Objective,
    /// Number of steps K. Range: 1 to 10000. Default: 3.
    pub n_steps: usize,
    /// Step size η: the length of a step with `Normalized`, the factor of the gradient with `Raw`.
    /// Unit: budgets. Range: (0, ∞). Default: 0.5.
    pub step_size: f64,
    /// Rule that makes a step from the gradient. Default: `Normalized`.
    pub step: StepRule,
    /// Direction `u_k` that the regularizer penalizes: `∇g / ‖∇g‖₂` (`Gradient`), a uniform draw
    /// from the Euclidean sphere at the same points (`Random`; the path still follows the
    /// gradient), or sign(∇g) scaled to Euclidean length one (`Sign`; the path then steps
    /// η sign(∇g), whatever `step` says). Default: `Gradient`.
    pub direction: Directions,
    /// Radius of the ball from which z'_0 is drawn. `ActionDeviation` and `Divergence` need a
    /// radius above zero, because their gradients vanish at z = 0. Unit: budgets. Range: [0, 1].
    /// Default: 0.1.
    pub random_start: f64,
    /// Trajectories per row; the one with the largest final loss is kept. Range: 1 to 10000.
    /// Default: 1.
    pub n_restarts: usize,
    /// Inner steps that the regularizer penalizes. Default: `Sampled`.
    pub penalized: InnerSteps,
    /// Frequency of the regularizer's ascent. Default: `OncePerRollout`.
    pub refresh: AscentRefresh,
    /// Share of the samples that the regularizer climbs from and penalizes, drawn anew for each
    /// ascent. The expected penalty does not depend on this share. Range: (0, 1]. Default: 0.25.
    pub penalized_share: f64,
    /// Radius of the ball in `Space::Observation`. Unit: normalized observation units (standard
    /// deviations of the training span). Range: (0, ∞). Default: 0.25.
    pub observation_radius: f64,
}

/// Rule that makes a step from the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum StepRule {
    /// Moves to z' + η ∇g / ‖∇g‖₂. The practical default.
    Normalized,
    /// Moves to z' + η ∇g. Pick it to check the paper's condition η ≤ 1/L, which assumes this step.
    Raw,
}

/// Inner steps that the regularizer penalizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum InnerSteps {
    /// Penalizes all K steps. Pick it to reproduce the paper's regularizer exactly.
    All,
    /// Penalizes one step per sample, drawn uniformly: an unbiased estimate of the same mean at 1/K
    /// of the cost. Pick it for everything else.
    Sampled,
}

/// Frequency of the regularizer's ascent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum AscentRefresh {
    /// Climbs for each minibatch against the current policy. Pick it to reproduce the paper.
    EveryMinibatch,
    /// Climbs once per rollout, before its first epoch. Pick it for speed.
    OncePerRollout,
}

/// Upper bound on steps and restarts: the trace keeps every step of a batch, and a larger count is
/// probably a typing error.
const MAX_COUNT: f64 = 10_000.0;

impl Default for AscentConfig {
    fn default() -> Self {
        Self {
            objective: Objective::ActionDeviation,
            n_steps: 3,
            step_size: 0.5,
            step: StepRule::Normalized,
            direction: Directions::Gradient,
            random_start: 0.1,
            n_restarts: 1,
            penalized: InnerSteps::Sampled,
            refresh: AscentRefresh::OncePerRollout,
            observation_radius: 0.25,
            penalized_share: 0.25,
        }
    }
}

impl AscentConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`AdversaryError::Parameter`] naming the first setting outside its range.
    pub fn check(&self) -> Result<(), AdversaryError> {
        let check = |parameter, found: f64, range: RangeInclusive<f64>, expected| {
            let error = AdversaryError::Parameter {
                parameter,
                found,
                expected,
            };
            range.contains(&found).then_some(()).ok_or(error)
        };
        let (tiny, count) = (f64::MIN_POSITIVE, "an integer in 1..=10000");
        for (name, n) in [("n_steps", self.n_steps), ("n_restarts", self.n_restarts)] {
            check(name, as_f64(n), 1.0..=MAX_COUNT, count)?;
        }
        let (share, positive) = (self.penalized_share, "a finite number > 0");
        check("step_size", self.step_size, tiny..=f64::MAX, positive)?;
        check(
            "random_start",
            self.random_start,
            0.0..=1.0,
            "a number in [0, 1]",
        )?;
        check("penalized_share", share, tiny..=1.0, "a number in (0, 1]")?;
        let radius = self.observation_radius;
        check("observation_radius", radius, tiny..=f64::MAX, positive)
    }
}

#[allow(clippy::cast_precision_loss, reason = "large numbers are out of range")]
const fn as_f64(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_their_range_are_named() {
        let config = AscentConfig {
            step_size: -1.0,
            ..AscentConfig::default()
        };
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "ascent: found step_size = -1, expected a finite number > 0"
        );
        for n in [0, usize::MAX] {
            let steps = AscentConfig {
                n_steps: n,
                ..AscentConfig::default()
            };
            let restarts = AscentConfig {
                n_restarts: n,
                ..AscentConfig::default()
            };
            assert!(steps.check().is_err() && restarts.check().is_err());
        }
        assert!(
            AscentConfig {
                random_start: 1.5,
                ..AscentConfig::default()
            }
            .check()
            .is_err()
        );
        assert!(AscentConfig::default().check().is_ok());
    }
}
