//! Errors of learning.

use crate::{own::OwnError, policy::PolicyError};
use std::fmt::Display;

/// An error of this module. The policy is unchanged whenever one is returned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgoError {
    /// A setting out of range.
    #[error("learn.{field}: found {found}, expected {expected}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// Value found.
        found: String,
        /// The admissible values.
        expected: &'static str,
    },
    /// A loss or gradient is NaN or infinite.
    #[error(
        "{tensor}: found {found}, expected a finite number; lower the learning rate or the \
         regularizer's weight"
    )]
    NonFinite {
        /// The tensor, e.g. `value loss`, `gradient of actor.0.weight`.
        tensor: String,
        /// Its value; for a gradient, its squared norm.
        found: f64,
    },
    /// Arrays of different lengths.
    #[error("{place}: found length {found}, expected {expected}")]
    Length {
        /// Name of the array.
        place: &'static str,
        /// Length found.
        found: usize,
        /// Length of the other arrays.
        expected: usize,
    },
    /// Actions of one kind for a head of the other.
    #[error("actions: found {found}, expected {expected} as the policy's head gives")]
    ActionKind {
        /// Kind of the actions.
        found: &'static str,
        /// Kind of the head.
        expected: &'static str,
    },
    /// No ascent for a regularizer that needs one.
    #[error(
        "regularizer: found no ascent points, expected at least one; configure the adversary's \
         ascent"
    )]
    NoAscent,
    /// An own regularizer that cannot be made.
    #[error("learn.regularizer: {0}")]
    Own(#[from] OwnError),
    /// The network failed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// Checks one setting.
///
/// # Errors
/// [`AlgoError::Setting`] where the number found is not acceptable.
pub(super) fn check(
    field: &'static str,
    found: impl Display,
    is_met: bool,
    expected: &'static str,
) -> Result<(), AlgoError> {
    if is_met {
        return Ok(());
    }
    Err(AlgoError::Setting {
        field,
        found: found.to_string(),
        expected,
    })
}
