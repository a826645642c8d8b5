//! Everything a policy file says about itself besides its weights.

use super::NetworkSpec;
use crate::{
    features::{AccountFeature, FeatureSpec, Layout, Normalizer},
    market::Allocation,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of the file format.
pub const FORMAT: u32 = 1;

/// The metadata header (JSON under the key `shockproof` of the safetensors metadata).
///
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
    /// Normalizer of the market features, fitted on the training span.
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
