//! Errors of learning.

use crate::{own::OwnError, policy::PolicyError};
use std::fmt::Display;

/// Error of learning. The policy is unchanged, unless the device failed in an optimizer step.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgoError {
    /// A setting out of range.
    #[error("learn.{field}: found {found}, expected {expected}")]
    Setting {
        /// Name of the field.
        field: &'static str,
        /// Rejected value.
        found: String,
        /// Admissible values.
        expected: &'static str,
    },
    /// A loss or gradient that is NaN or infinite.
    #[error(
        "{tensor}: found {found}, expected a finite number; lower the learning rate or the \
         regularizer's weight"
    )]
    NonFinite {
        /// Name of the tensor, e.g. `value loss`, `gradient of actor.0.weight`.
        tensor: String,
        /// Rejected value; for a gradient, its squared norm.
        found: f64,
    },
    /// Arrays of different lengths.
    #[error("{place}: found length {found}, expected {expected}")]
    Length {
        /// Name of the array.
        place: &'static str,
        /// Length found.
        found: usize,
        /// Length expected.
        expected: usize,
    },
    /// Actions of another kind than the policy's head.
    #[error("actions: found {found}, expected {expected} as the policy's head gives")]
    ActionKind {
        /// Kind of the actions.
        found: &'static str,
        /// Kind of the head.
        expected: &'static str,
    },
    /// A missing ascent for a regularizer that needs an ascent.
    #[error(
        "regularizer: found no ascent points, expected at least one; configure the adversary's \
         ascent"
    )]
    NoAscent,
    /// An own regularizer that cannot be made.
    #[error("learn.regularizer: {0}")]
    Own(#[from] OwnError),
    /// An error of the networks.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

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

impl AlgoError {
    /// Returns [`AlgoError::Length`] for the first `(place, found, expected)` whose lengths differ.
    pub(crate) fn check_lengths(lengths: &[(&'static str, usize, usize)]) -> Result<(), Self> {
        let differs = lengths
            .iter()
            .find(|(_, found, expected)| found != expected);
        differs.map_or(Ok(()), |&(place, found, expected)| {
            Err(Self::Length {
                place,
                found,
                expected,
            })
        })
    }
}
