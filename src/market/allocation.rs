//! From a raw policy output to target weights: the same code decodes in the environment and in the bot.

use serde::{Deserialize, Serialize};

/// How an action becomes target weights (fraction of equity per asset, signed).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Allocation {
    /// One real number per asset, clamped to [-1, 1] (to [0, 1] when `long_only`-like bounds are given by `low`), then scaled
    /// down to `max_gross` = the bound on the sum of absolute weights.
    Weights {
        /// Smallest weight per asset: -1 allows short positions, 0 forbids them.
        low: f64,
        /// Bound on gross leverage, > 0.
        max_gross: f64,
    },
    /// One of the named position levels per asset, then scaled down to `max_gross`.
    Levels {
        /// The levels, e.g. `[-1.0, 0.0, 1.0]`.
        levels: Vec<f64>,
        /// Bound on gross leverage, > 0.
        max_gross: f64,
    },
}
