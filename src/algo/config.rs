//! Settings of learning.

use super::{AlgoError, Schedule, error::check};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// An actor-critic algorithm and its settings. Total loss of a gradient step: policy loss +
/// `value_weight` · value loss − `entropy_weight` · entropy + regularizer's weight · penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct LearnConfig {
    /// Algorithm that updates the policy.
    pub algorithm: Algorithm,
    /// Steps per environment and rollout. Range: at least 1. Try first: 128 (PPO), 16 (A2C), 1
    /// (pathwise).
    pub n_steps: usize,
    /// Discount γ per step. Range: [0, 1]. Try first: 0.99.
    pub gamma: f64,
    /// λ of generalized advantage estimation. Range: [0, 1]. Try first: 0.95.
    pub gae_lambda: f64,
    /// Scaling of advantages before they enter the policy loss.
    pub advantages: AdvantageScaling,
    /// Weight of the value loss. Range: [0, ∞). Try first: 0.5.
    pub value_weight: f64,
    /// Weight of the entropy bonus. Range: [0, ∞). Try first: Constant(0.0).
    pub entropy_weight: Schedule,
    /// Step size of Adam. Range: [0, ∞). Try first: Linear(from: 3e-4, to: 0.0).
    pub learning_rate: Schedule,
    /// ε of Adam. Range: (0, ∞). Try first: 1e-5.
    pub adam_epsilon: f64,
    /// Bound on the Euclidean norm of the whole gradient; `None` sets no bound. Range: (0, ∞). Try
    /// first: 0.5.
    pub max_grad_norm: Option<f64>,
}

/// Algorithm that updates the policy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Algorithm {
    /// Proximal policy optimization: several epochs of minibatches on each rollout. Pick it first.
    Ppo {
        /// Number of passes over each rollout. Range: at least 1. Try first: 4.
        n_epochs: usize,
        /// Number of minibatches per pass. Range: at least 1. Try first: 4.
        n_minibatches: usize,
        /// Clip range ε: a ratio outside [1 − ε, 1 + ε] does not improve the loss further. Range:
        /// [0, 1). Try first: Constant(0.2).
        clip_epsilon: Schedule,
        /// Largest change of a value estimate, beyond which its loss is flat; `None` sets no bound.
        /// Range: (0, ∞). Try first: None.
        value_clip: Option<f64>,
        /// Target of KL(old ‖ new): above 1.5 times the target, no further step is taken on the
        /// rollout; `None` sets no bound. Range: (0, ∞). Try first: None.
        target_kl: Option<f64>,
    },
    /// Advantage actor-critic: one step on each whole rollout. Pick it for many environments with
    /// short rollouts.
    A2c,
    /// Pathwise actor-critic: differentiates profit through the environment's step, one step on
    /// each whole rollout. σ is not learned: actions are means plus noise of `initial_log_std`;
    /// advantages are not used. Pick it for markets with proportional costs, many environments and
    /// short rollouts, e.g. 512 of 1 step.
    Pathwise {
        /// Number H of steps whose rewards are differentiated; the critic values what follows.
        /// Unit: steps. Range: a divisor of `n_steps`. Default: 1. Try first: 1.
        #[serde(default = "one_step")]
        horizon: usize,
    },
}

/// Default of the horizon of [`Algorithm::Pathwise`].
const fn one_step() -> usize {
    1
}

/// Scaling of advantages before they enter the policy loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum AdvantageScaling {
    /// Keeps advantages as they are. Pick it when rewards are scaled already.
    Raw,
    /// Scales to mean 0 and standard deviation 1 in each minibatch. Pick it for PPO.
    PerMinibatch,
    /// Scales to mean 0 and standard deviation 1 in each rollout. Pick it for A2C.
    PerRollout,
}

/// Settings of one gradient step: a [`LearnConfig`] with its schedules evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSettings {
    /// Loss of the policy.
    pub policy_loss: PolicyLoss,
    /// Bound on the change of a value estimate.
    pub value_clip: Option<f64>,
    /// Weight of the value loss.
    pub value_weight: f64,
    /// Weight of the entropy bonus.
    pub entropy_weight: f64,
    /// Step size of Adam.
    pub learning_rate: f64,
    /// Bound on the gradient norm.
    pub max_grad_norm: Option<f64>,
    /// Target of KL(old ‖ new); above 1.5 times the target, no step is taken.
    pub target_kl: Option<f64>,
}

/// Loss of the policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PolicyLoss {
    /// Clipped surrogate of PPO.
    Clipped {
        /// Clip range ε.
        clip_epsilon: f64,
    },
    /// Plain policy gradient.
    Gradient,
    /// Pathwise gradient: the derivatives by actions come with the samples.
    Pathwise,
}

impl LearnConfig {
    /// Settings at training progress p ∈ [0, 1].
    #[must_use]
    pub fn at(&self, progress: f64) -> StepSettings {
        let (policy_loss, value_clip, target_kl) = match self.algorithm {
            Algorithm::Ppo {
                clip_epsilon,
                value_clip,
                target_kl,
                ..
            } => {
                let clip_epsilon = clip_epsilon.at(progress);
                (PolicyLoss::Clipped { clip_epsilon }, value_clip, target_kl)
            }
            Algorithm::A2c => (PolicyLoss::Gradient, None, None),
            Algorithm::Pathwise { .. } => (PolicyLoss::Pathwise, None, None),
        };
        StepSettings {
            policy_loss,
            value_clip,
            value_weight: self.value_weight,
            entropy_weight: self.entropy_weight.at(progress),
            learning_rate: self.learning_rate.at(progress),
            max_grad_norm: self.max_grad_norm,
            target_kl,
        }
    }

    /// Number of epochs per rollout, and of minibatches per epoch.
    #[must_use]
    pub const fn passes(&self) -> (usize, usize) {
        match self.algorithm {
            Algorithm::Ppo {
                n_epochs,
                n_minibatches,
                ..
            } => (n_epochs, n_minibatches),
            Algorithm::A2c | Algorithm::Pathwise { .. } => (1, 1),
        }
    }

    /// Checks every setting.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first setting out of range.
    pub fn check(&self) -> Result<(), AlgoError> {
        count("n_steps", self.n_steps)?;
        number("gamma", self.gamma, 0.0..=1.0, UNIT)?;
        number("gae_lambda", self.gae_lambda, 0.0..=1.0, UNIT)?;
        number(
            "value_weight",
            self.value_weight,
            0.0..=f64::MAX,
            NON_NEGATIVE,
        )?;
        schedule(
            "entropy_weight",
            self.entropy_weight,
            f64::MAX,
            NON_NEGATIVE,
        )?;
        schedule("learning_rate", self.learning_rate, f64::MAX, NON_NEGATIVE)?;
        positive("adam_epsilon", Some(self.adam_epsilon))?;
        positive("max_grad_norm", self.max_grad_norm)?;
        if let Algorithm::Pathwise { horizon } = self.algorithm {
            let divides = horizon > 0 && self.n_steps.is_multiple_of(horizon);
            let expected = "a divisor of n_steps";
            check("algorithm.horizon", horizon, divides, expected)?;
            let (_, most) = self.entropy_weight.range();
            let expected = "0 with Pathwise, which does not learn σ";
            check("entropy_weight", most, most <= 0.0, expected)?;
        }
        if let Algorithm::Ppo {
            n_epochs,
            n_minibatches,
            clip_epsilon,
            value_clip,
            target_kl,
        } = self.algorithm
        {
            count("algorithm.n_epochs", n_epochs)?;
            count("algorithm.n_minibatches", n_minibatches)?;
            let max = 1.0 - f64::EPSILON;
            schedule(
                "algorithm.clip_epsilon",
                clip_epsilon,
                max,
                "a number in [0, 1)",
            )?;
            positive("algorithm.value_clip", value_clip)?;
            positive("algorithm.target_kl", target_kl)?;
        }
        Ok(())
    }
}

const UNIT: &str = "a number in [0, 1]";
const NON_NEGATIVE: &str = "a finite number >= 0";

fn count(field: &'static str, found: usize) -> Result<(), AlgoError> {
    check(field, found, found > 0, "at least 1")
}

fn number(
    field: &'static str,
    found: f64,
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> Result<(), AlgoError> {
    check(field, found, range.contains(&found), expected)
}

fn schedule(
    field: &'static str,
    found: Schedule,
    max: f64,
    expected: &'static str,
) -> Result<(), AlgoError> {
    let (low, high) = found.range();
    number(field, low, 0.0..=max, expected)?;
    number(field, high, 0.0..=max, expected)
}

fn positive(field: &'static str, found: Option<f64>) -> Result<(), AlgoError> {
    let range = f64::MIN_POSITIVE..=f64::MAX;
    found.map_or(Ok(()), |found| {
        number(field, found, range, "a finite number > 0")
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// PPO settings for tests.
    pub(in crate::algo) fn ppo() -> LearnConfig {
        LearnConfig {
            algorithm: Algorithm::Ppo {
                n_epochs: 4,
                n_minibatches: 2,
                clip_epsilon: Schedule::Constant(0.2),
                value_clip: Some(0.2),
                target_kl: None,
            },
            n_steps: 128,
            gamma: 0.99,
            gae_lambda: 0.95,
            advantages: AdvantageScaling::PerMinibatch,
            value_weight: 0.5,
            entropy_weight: Schedule::Constant(0.01),
            learning_rate: Schedule::Linear {
                from: 3e-4,
                to: 0.0,
            },
            adam_epsilon: 1e-5,
            max_grad_norm: Some(0.5),
        }
    }

    #[test]
    fn numbers_out_of_range_are_refused_by_name() {
        assert_eq!(ppo().check(), Ok(()));
        let gamma = LearnConfig {
            gamma: 1.01,
            ..ppo()
        };
        let error = gamma.check().expect_err("refused").to_string();
        assert_eq!(
            error,
            "learn.gamma: found 1.01, expected a number in [0, 1]"
        );
        let nan = LearnConfig {
            learning_rate: Schedule::Constant(f64::NAN),
            ..ppo()
        };
        assert!(nan.check().is_err());
        let mut clip = ppo();
        if let Algorithm::Ppo { clip_epsilon, .. } = &mut clip.algorithm {
            *clip_epsilon = Schedule::Linear { from: 0.2, to: 1.0 };
        }
        assert!(clip.check().is_err());
        let zero = LearnConfig {
            max_grad_norm: Some(0.0),
            ..ppo()
        };
        assert!(zero.check().is_err());
    }
}
