//! Everything a policy file says about itself besides its weights.

use super::{Head, NetworkSpec, PolicyFault};
use crate::{
    features::{AccountFeature, FeatureError, FeatureSpec, Field, Layout, Normalizer, Pipeline},
    market::{Allocation, Columns},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the file format.
pub const FORMAT: u32 = 1;

/// The metadata header: `{"sha256": "...", "header": {...}}`, JSON under the key `shockproof` of
/// the safetensors metadata.
///
/// The sha256 covers the header's text and every tensor, so that a flipped bit is refused, not
/// traded. Tensors in the file, f32, row-major: `actor.{i}.weight [n_in, n_out]`, `actor.{i}.bias
/// [n_out]` for `i = 0..=hidden.len()`, `actor.log_std [n_dims]` (Gaussian head);
/// `critic.{i}.weight`, `critic.{i}.bias` likewise with one output.
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
    /// Signals that the features read, in the order in which a bot gives them; left out of the file
    /// where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// Bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Market features.
    pub features: Vec<FeatureSpec>,
    /// Account features.
    pub account: Vec<AccountFeature>,
    /// Layout of the observation.
    pub layout: Layout,
    /// Normalizer of the market features, fitted on the training span (decimal strings in the file:
    /// bit-exact).
    #[serde(with = "super::exact")]
    pub normalizer: Normalizer,
    /// Network shape.
    pub network: NetworkSpec,
    /// From output to target weights.
    pub allocation: Allocation,
    /// The shock set it was trained against (`env::ShockSpace` and the adversary, as JSON); `null`
    /// when trained clean.
    pub trained_against: serde_json::Value,
    /// What it was trained on; `null` where that was no market.
    pub training_span: Option<TrainingSpan>,
    /// sha256 of what determined the training besides its seed: env, spans, training and method.
    pub config_sha256: String,
    /// sha256 of each data file, by file name, and of prices that were drawn, by law and seed.
    pub data_sha256: BTreeMap<String, String>,
}

/// The bars that a policy was trained on: results on them are in-sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSpan {
    /// End of the first bar.
    pub first: DateTime<Utc>,
    /// End of the last bar.
    pub last: DateTime<Utc>,
}

impl TrainingSpan {
    /// Whether the bar that ends at `end` is one of them.
    #[must_use]
    pub fn contains(&self, end: DateTime<Utc>) -> bool {
        (self.first..=self.last).contains(&end)
    }
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
        self.check_layout()?;
        let n_market = self.layout.market.len();
        self.normalizer.check(n_market).map_err(|e| unusable(&e))?;
        let n_fields = self.layout.n_fields();
        if self.network.n_inputs != n_fields {
            return Err(PolicyFault::Inputs {
                found: self.network.n_inputs,
                expected: n_fields,
            });
        }
        if self.symbols.is_empty() {
            return Ok(());
        }
        self.allocation
            .check()
            .map_err(|e| PolicyFault::Allocation {
                found: e.to_string(),
            })?;
        self.check_head()
    }

    /// The feature pipeline.
    ///
    /// # Errors
    /// [`PolicyFault::Features`] where this library cannot build it.
    pub fn pipeline(&self) -> Result<Pipeline, PolicyFault> {
        let columns = Columns {
            symbols: &self.symbols,
            signals: &self.signals,
        };
        Pipeline::new(&self.features, columns).map_err(|e| unusable(&e))
    }

    /// The layout in the file against the one that its features produce here. Nothing to compare
    /// for a policy without features (of an environment that is no market); such a policy has no
    /// [`Agent`](super::Agent).
    fn check_layout(&self) -> Result<(), PolicyFault> {
        if self.features.is_empty() {
            return Ok(());
        }
        let rebuilt = Layout::new(&self.pipeline()?, &self.account, &self.symbols)
            .map_err(|e| unusable(&e))?;
        let found = || self.layout.market.iter().chain(&self.layout.account);
        let expected = || rebuilt.market.iter().chain(&rebuilt.account);
        let n_longer = self.layout.n_fields().max(rebuilt.n_fields());
        let Some(index) = (0..n_longer).find(|&i| found().nth(i) != expected().nth(i)) else {
            return Ok(());
        };
        let show = |field: Option<&Field>| field.map_or("nothing".to_owned(), |f| format!("{f:?}"));
        Err(PolicyFault::Layout {
            index,
            found: show(found().nth(index)),
            expected: show(expected().nth(index)),
        })
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

fn unusable(error: &FeatureError) -> PolicyFault {
    match error {
        FeatureError::Normalizer {
            part,
            found,
            expected,
        } => PolicyFault::Normalizer {
            part: part.clone(),
            found: found.clone(),
            expected: expected.clone(),
        },
        other => PolicyFault::Features {
            found: other.to_string(),
        },
    }
}
