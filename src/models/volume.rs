//! Volume of simulated bars.

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
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Volume {
    /// Volume 0 in every bar. Pick it if no cost depends on depth.
    #[default]
    Absent,
    /// The same volume in every bar. Pick it for impact costs of constant depth. Unit: units of the
    /// asset. Range: >= 0.
    Constant(f64),
    /// `V exp(s N − s²/2)`, N standard normal, mean V. Pick it for impact costs of varying depth.
    LogNormal {
        /// Mean V. Unit: units of the asset. Range: >= 0.
        mean: f64,
        /// Standard deviation s of the log volume. Range: >= 0.
        log_deviation: f64,
    },
}

impl Volume {
    pub(super) fn check(&self) -> Result<(), ModelError> {
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
