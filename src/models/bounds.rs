//! Parameter ranges of models.

use super::ModelError;
pub(super) use crate::market::Bound;
use crate::market::{OutOfBounds, check_bounds};

/// Returns an error for the first `(parameter, found, bound)` that is out of bounds.
pub(super) fn check(
    model: &'static str,
    parameters: &[(&'static str, f64, Bound)],
) -> Result<(), ModelError> {
    let refuse = |error: OutOfBounds| ModelError::Parameter {
        model,
        parameter: error.field,
        found: error.found,
        expected: error.expected,
    };
    check_bounds(parameters).map_err(refuse)
}
