//! Standardization of market features, fitted on training data only.

use serde::{Deserialize, Serialize};

/// x ↦ (x − mean) / scale per market feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalizer {
    /// Mean over the training span.
    pub mean: Vec<f64>,
    /// Standard deviation over the training span (1 where the feature was constant; the count of those is reported).
    pub scale: Vec<f64>,
}
