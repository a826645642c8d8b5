//! A number and how far off it may be.

use super::information::Covariance;
use serde::{Deserialize, Serialize};

/// One estimated parameter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error; `None` where the information matrix is not positive definite.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// Parameter number `index` of `values`.
    pub(super) fn of(values: &[f64], covariance: Option<&Covariance>, index: usize) -> Self {
        Self {
            value: values[index],
            standard_error: covariance.map(|c| c.standard_error(&[index])),
        }
    }
}
