//! Everything a policy file says about itself besides its weights.

use super::{Head, NetworkSpec, PolicyFault};
use crate::{
    features::{AccountFeature, FeatureSpec, Layout, Normalizer},
    market::Allocation,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the file format.
pub const FORMAT: u32 = 1;

/// The metadata header: `{"sha256": "...", "header": {...}}`, JSON under the key `shockproof` of the safetensors metadata.
///
/// The sha256 covers the header's text and every tensor, so that a flipped bit is refused, not traded.
/// Tensors in the file, f32, row-major: `actor.{i}.weight [n_in, n_out]`, `actor.{i}.bias [n_out]` for i = 0..=hidden.len(),
/// `actor.log_std [n_dims]` (Gaussian head); `critic.{i}.weight`, `critic.{i}.bias` likewise with one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyHeader {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the library that wrote the file.
    pub library_version: String,
    /// Method name of the run, e.g. `aajr`.
    pub method: String,
    /// Seed of the training.
    pub seed: u64,
    /// Assets in order.
    pub symbols: Vec<String>,
    /// Bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Market features.
    pub features: Vec<FeatureSpec>,
    /// Account features.
    pub account: Vec<AccountFeature>,
    /// Layout of the observation.
    pub layout: Layout,
    /// Normalizer of the market features, fitted on the training span (decimal strings in the file: bit-exact).
    #[serde(with = "super::exact")]
    pub normalizer: Normalizer,
    /// Network shape.
    pub network: NetworkSpec,
    /// From output to target weights.
    pub allocation: Allocation,
    /// The shock set it was trained against (`env::ShockSpace` and the adversary, as JSON); `null` when trained clean.
    pub trained_against: serde_json::Value,
    /// sha256 of the resolved configuration.
    pub config_sha256: String,
    /// sha256 of each data file, by file name.
    pub data_sha256: BTreeMap<String, String>,
}

impl PolicyHeader {
    /// Checks that every part fits every other.
    ///
    /// # Errors
    /// [`PolicyFault`] naming the first part that does not.
    pub fn check(&self) -> Result<(), PolicyFault> {
        if self.format != FORMAT {
            return Err(PolicyFault::Format {
                found: u64::from(self.format),
                expected: FORMAT,
            });
        }
        self.network.check()?;
        self.check_normalizer()?;
        let n_fields = self.layout.n_fields();
        if self.network.n_inputs != n_fields {
            return Err(PolicyFault::Inputs {
                found: self.network.n_inputs,
                expected: n_fields,
            });
        }
        self.check_head()
    }

    fn check_normalizer(&self) -> Result<(), PolicyFault> {
        let n_market = self.layout.market.len();
        for (field, numbers) in [
            ("mean", &self.normalizer.mean),
            ("scale", &self.normalizer.scale),
        ] {
            if numbers.len() != n_market {
                return Err(PolicyFault::Normalizer {
                    field: field.to_owned(),
                    found: format!("{} numbers", numbers.len()),
                    expected: format!("{n_market}, one per market feature"),
                });
            }
            let admissible = |x: f64| x.is_finite() && (field == "mean" || x > 0.0);
            if let Some(i) = numbers.iter().position(|&x| !admissible(x)) {
                return Err(PolicyFault::Normalizer {
                    field: format!("{field}[{i}]"),
                    found: numbers[i].to_string(),
                    expected: "a finite number (a scale must be > 0)".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// One real number per asset for `Weights`, one level per asset for `Levels`.
    fn check_head(&self) -> Result<(), PolicyFault> {
        let n_assets = self.symbols.len();
        let (fits, expected) = match (&self.allocation, self.network.head) {
            (Allocation::Weights { .. }, head) => (
                matches!(head, Head::Gaussian { n_dims, .. } if n_dims == n_assets),
                format!("Gaussian with n_dims = {n_assets}"),
            ),
            (Allocation::Levels { levels, .. }, head) => (
                matches!(head, Head::Categorical { n_dims, n_levels }
                    if n_dims == n_assets && n_levels == levels.len()),
                format!(
                    "Categorical with n_dims = {n_assets}, n_levels = {}",
                    levels.len()
                ),
            ),
        };
        if fits {
            return Ok(());
        }
        Err(PolicyFault::Head {
            found: format!("{:?}", self.network.head),
            expected,
        })
    }
}
