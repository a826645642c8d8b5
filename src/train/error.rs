//! Errors of a training.

use super::{Checkpoint, ObserverError};
use crate::{
    adversary::AdversaryError, algo::AlgoError, env::VectorError, own::OwnError,
    policy::PolicyError,
};

/// A training that could not begin or continue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A field of the configuration outside its range.
    #[error("train.{field}: found {found}, expected {expected}")]
    Config {
        /// The field.
        field: &'static str,
        /// The given value.
        found: String,
        /// The admissible values.
        expected: &'static str,
    },
    /// A loss, gradient, weight or value became NaN or infinite.
    #[error(
        "update {update}: {tensor}: found {found}, expected a finite number; the weights of update \
         {} are kept; lower the learning rate or the regularizer's weight",
        last_good.update
    )]
    Diverged {
        /// The update that failed, from 1.
        update: u64,
        /// Name of the tensor.
        tensor: String,
        /// The number.
        found: f64,
        /// The weights before it.
        last_good: Box<Checkpoint>,
    },
    /// The observer failed.
    #[error("update {update}: the observer failed")]
    Observer {
        /// The update.
        update: u64,
        /// The cause.
        #[source]
        source: ObserverError,
    },
    /// The adversary is misconfigured, or it failed.
    #[error(transparent)]
    Adversary(#[from] AdversaryError),
    /// The algorithm is misconfigured, or it failed.
    #[error(transparent)]
    Algo(#[from] AlgoError),
    /// The environments failed.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The networks failed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A player or objective from outside the crate cannot be made.
    #[error(transparent)]
    Own(#[from] OwnError),
}

/// Refuses a field of the configuration unless `is_fine`.
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
