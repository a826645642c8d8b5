//! Ranges of parameters of a model.

use super::ModelError;
pub(super) use crate::market::Bound;
use crate::market::{OutOfBounds, check_bounds};

/// Refuses the first of the `(parameter, found, bound)` that is out of bounds.
pub(super) fn check(
    model: &'static str,
    parameters: &[(&'static str, f64, Bound)],
) -> Result<(), ModelError> {
    check_bounds(parameters).map_err(
        |OutOfBounds {
             field,
             found,
             expected,
         }| ModelError::Parameter {
            model,
            parameter: field,
            found,
            expected,
        },
    )
}
