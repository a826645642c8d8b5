//! How to learn: everything a user chooses about the algorithm.

use super::{AlgoError, Schedule};
use serde::{Deserialize, Serialize};

/// An actor-critic algorithm and its settings. Total loss of a gradient step: policy loss +
/// `value_weight` · value loss − `entropy_weight` · entropy + regularizer's weight · penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnConfig {
    /// Which algorithm.
    pub algorithm: Algorithm,
    /// Steps per environment and rollout.
    pub n_steps: usize,
    /// Discount γ per step, in [0, 1].
    pub gamma: f64,
    /// λ of generalized advantage estimation, in [0, 1].
    pub gae_lambda: f64,
    /// Scaling of advantages.
    pub advantages: AdvantageScaling,
    /// Weight of the value loss, ≥ 0.
    pub value_weight: f64,
    /// Weight of the entropy bonus, ≥ 0.
    pub entropy_weight: Schedule,
    /// Adam's step size, ≥ 0.
    pub learning_rate: Schedule,
    /// Adam's ε, > 0.
    pub adam_epsilon: f64,
    /// Bound on the Euclidean norm of the whole gradient; `None` is unbounded.
    pub max_grad_norm: Option<f64>,
}

/// The algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Algorithm {
    /// Proximal policy optimization: several epochs of minibatches on each rollout.
    Ppo {
        /// Passes over each rollout.
        n_epochs: usize,
        /// Minibatches per pass.
        n_minibatches: usize,
        /// ε: the ratio counts only within [1 − ε, 1 + ε]. In (0, 1).
        clip_epsilon: Schedule,
        /// How far the value estimate may move from the old one before its loss is flat; `None` is
        /// unbounded.
        value_clip: Option<f64>,
        /// No further step on a rollout once KL(old ‖ new) exceeds 1.5 times this; `None` is
        /// unbounded.
        target_kl: Option<f64>,
    },
    /// Advantage actor-critic: one step on each whole rollout.
    A2c,
}

/// Scaling of advantages before they enter the policy loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AdvantageScaling {
    /// As they are.
    Raw,
    /// Mean 0 and standard deviation 1 in each minibatch.
    PerMinibatch,
    /// Mean 0 and standard deviation 1 in each rollout.
    PerRollout,
}

/// The settings of one gradient step: a [`LearnConfig`] with its schedules evaluated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSettings {
    /// Policy loss.
    pub policy_loss: PolicyLoss,
    /// Bound of the value's move.
    pub value_clip: Option<f64>,
    /// Weight of the value loss.
    pub value_weight: f64,
    /// Weight of the entropy bonus.
    pub entropy_weight: f64,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Bound on the gradient norm.
    pub max_grad_norm: Option<f64>,
    /// Bound on KL(old ‖ new), times 1.5.
    pub target_kl: Option<f64>,
}

/// Which policy loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PolicyLoss {
    /// PPO's clipped surrogate.
    Clipped {
        /// ε.
        clip_epsilon: f64,
    },
    /// The plain policy gradient.
    Gradient,
}

impl LearnConfig {
    /// The settings at training progress p ∈ [0, 1].
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

    /// (epochs, minibatches per epoch) on each rollout.
    #[must_use]
    pub const fn passes(&self) -> (usize, usize) {
        match self.algorithm {
            Algorithm::Ppo {
                n_epochs,
                n_minibatches,
                ..
            } => (n_epochs, n_minibatches),
            Algorithm::A2c => (1, 1),
        }
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first field out of range.
    pub fn check(&self) -> Result<(), AlgoError> {
        count("n_steps", self.n_steps)?;
        number("gamma", self.gamma, 0.0, 1.0, "a number in [0, 1]")?;
        number(
            "gae_lambda",
            self.gae_lambda,
            0.0,
            1.0,
            "a number in [0, 1]",
        )?;
        number(
            "value_weight",
            self.value_weight,
            0.0,
            f64::MAX,
            AT_LEAST_ZERO,
        )?;
        schedule(
            "entropy_weight",
            self.entropy_weight,
            f64::MAX,
            AT_LEAST_ZERO,
        )?;
        schedule("learning_rate", self.learning_rate, f64::MAX, AT_LEAST_ZERO)?;
        let tiny = f64::MIN_POSITIVE;
        number("adam_epsilon", self.adam_epsilon, tiny, f64::MAX, POSITIVE)?;
        optional("max_grad_norm", self.max_grad_norm)?;
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
            let range = "a number in [0, 1)";
            schedule(
                "algorithm.clip_epsilon",
                clip_epsilon,
                1.0 - f64::EPSILON,
                range,
            )?;
            optional("algorithm.value_clip", value_clip)?;
            optional("algorithm.target_kl", target_kl)?;
        }
        Ok(())
    }
}

const AT_LEAST_ZERO: &str = "a finite number >= 0";
const POSITIVE: &str = "a finite number > 0";

fn count(field: &'static str, found: usize) -> Result<(), AlgoError> {
    if found > 0 {
        Ok(())
    } else {
        Err(AlgoError::Setting {
            field,
            found: found.to_string(),
            expected: "at least 1",
        })
    }
}

fn number(
    field: &'static str,
    found: f64,
    min: f64,
    max: f64,
    expected: &'static str,
) -> Result<(), AlgoError> {
    if (min..=max).contains(&found) {
        Ok(())
    } else {
        let found = found.to_string();
        Err(AlgoError::Setting {
            field,
            found,
            expected,
        })
    }
}

fn schedule(
    field: &'static str,
    found: Schedule,
    max: f64,
    expected: &'static str,
) -> Result<(), AlgoError> {
    let (low, high) = found.range();
    number(field, low, 0.0, max, expected)?;
    number(field, high, 0.0, max, expected)
}

fn optional(field: &'static str, found: Option<f64>) -> Result<(), AlgoError> {
    found.map_or(Ok(()), |found| {
        number(field, found, f64::MIN_POSITIVE, f64::MAX, POSITIVE)
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Ordinary PPO settings.
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
    fn numbers_out_of_range_are_named() {
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
