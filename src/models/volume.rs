//! The volume of simulated bars.

use super::{
    ModelError,
    bounds::{self, Bound},
};
use crate::rng::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Traded volume of each bar, independent of the price.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub enum Volume {
    /// 0: costs that depend on depth cannot be charged.
    #[default]
    Absent,
    /// The same in every bar. Unit: units of the asset. Range: >= 0.
    Constant(f64),
    /// `V exp(s N − s²/2)`, of mean V.
    LogNormal {
        /// V. Unit: units of the asset. Range: >= 0.
        mean: f64,
        /// s: standard deviation of the log. Range: >= 0.
        log_deviation: f64,
    },
}

impl Volume {
    /// # Errors
    /// [`ModelError::Parameter`] naming what cannot be.
    pub fn check(&self) -> Result<(), ModelError> {
        match *self {
            Self::Absent => Ok(()),
            Self::Constant(found) => {
                bounds::check("Volume", &[("Constant", found, Bound::NotNegative)])
            }
            Self::LogNormal {
                mean,
                log_deviation,
            } => bounds::check(
                "Volume",
                &[
                    ("mean", mean, Bound::NotNegative),
                    ("log_deviation", log_deviation, Bound::NotNegative),
                ],
            ),
        }
    }

    pub(super) fn sample(&self, rng: &mut Rng) -> f64 {
        match *self {
            Self::Absent => 0.0,
            Self::Constant(volume) => volume,
            Self::LogNormal {
                mean,
                log_deviation,
            } => {
                let normal: f64 = StandardNormal.sample(rng);
                mean * (log_deviation * (normal - log_deviation / 2.0)).exp()
            }
        }
    }
}
