//! What can end a training.

use super::{Checkpoint, ObserverError};
use crate::{adversary::AdversaryError, algo::AlgoError, env::VectorError, policy::PolicyError};

/// Why a training could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A field of the configuration that cannot be.
    #[error("train.{field}: found {found}, expected {expected}")]
    Config {
        /// The field.
        field: &'static str,
        /// What was given.
        found: String,
        /// What is admissible.
        expected: &'static str,
    },
    /// Another number of environments than the configuration says.
    #[error("found {found} environments, expected train.n_envs = {expected}")]
    EnvCount {
        /// Environments given.
        found: usize,
        /// Environments configured.
        expected: usize,
    },
    /// A loss, gradient, weight or value became NaN or infinite.
    #[error(
        "update {update}: {tensor}: found {found}, expected a finite number; the weights of update {} are kept; lower the \
         learning rate or the regularizer's weight",
        last_good.update
    )]
    Diverged {
        /// The update that failed, from 1.
        update: u64,
        /// What was not finite.
        tensor: String,
        /// Its value.
        found: f64,
        /// The weights before it.
        last_good: Box<Checkpoint>,
    },
    /// The observer failed.
    #[error("update {update}: the observer failed")]
    Observer {
        /// The update.
        update: u64,
        /// Why.
        #[source]
        source: ObserverError,
    },
    /// The adversary cannot be, or failed.
    #[error(transparent)]
    Adversary(#[from] AdversaryError),
    /// The algorithm cannot be, or failed.
    #[error(transparent)]
    Algo(#[from] AlgoError),
    /// The environments failed.
    #[error(transparent)]
    Vector(#[from] VectorError),
    /// The networks failed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}
