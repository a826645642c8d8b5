//! Errors of a training.

use super::{Checkpoint, ObserverError};
use crate::{
    adversary::AdversaryError,
    algo::AlgoError,
    env::{NotDifferentiable, VectorError},
    own::OwnError,
    policy::PolicyError,
};

/// Error that prevents or ends a training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A setting outside its range.
    #[error("train.{field}: found {found}, expected {expected}")]
    Config {
        /// Name of the setting.
        field: &'static str,
        /// Rejected value.
        found: String,
        /// Admissible values.
        expected: &'static str,
    },
    /// A loss, gradient, weight or value became NaN or infinite.
    #[error(
        "update {update}: {tensor}: found {found}, expected a finite number; the weights of update \
         {} are kept; lower the learning rate or the regularizer's weight",
        last_good.update
    )]
    Diverged {
        /// Update that failed, counted from 1.
        update: u64,
        /// Name of the tensor.
        tensor: String,
        /// Rejected value.
        found: f64,
        /// Weights before the failed update.
        last_good: Box<Checkpoint>,
    },
    /// A failure of the observer.
    #[error("update {update}: the observer failed")]
    Observer {
        /// Update that the observer received.
        update: u64,
        /// Cause of the failure.
        #[source]
        source: ObserverError,
    },
    /// An error of the adversary.
    #[error(transparent)]
    Adversary(#[from] AdversaryError),
    /// An error of the algorithm.
    #[error(transparent)]
    Algo(#[from] AlgoError),
    /// An error of the environments.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// An environment without derivatives, for an algorithm that needs them.
    #[error("train.learn.algorithm: {0}")]
    NotDifferentiable(#[from] NotDifferentiable),
    /// An error of the networks.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A player or objective from outside the crate that cannot be made.
    #[error(transparent)]
    Own(#[from] OwnError),
}

/// Returns [`TrainError::Config`] unless `is_fine`.
pub(super) fn require(
    is_fine: bool,
    field: &'static str,
    found: impl std::fmt::Display,
    expected: &'static str,
) -> Result<(), TrainError> {
    if is_fine {
        Ok(())
    } else {
        Err(TrainError::Config {
            field,
            found: format!("{found}"),
            expected,
        })
    }
}
