//! What each number of an observation is: data, not convention.

use serde::{Deserialize, Serialize};

/// One number of an observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Unique name, e.g. `AAPL.scaled_return[0]`.
    pub name: String,
    /// Unit, e.g. `sigma`, `fraction of equity`.
    pub unit: String,
    /// Attainable range before normalization; `None` is unbounded.
    pub low: Option<f64>,
    /// See `low`.
    pub high: Option<f64>,
    /// Whether a shock of the newest bar can move it.
    pub shockable: bool,
    /// Bars needed before the value means anything.
    pub warm_up: usize,
}

/// The layout of an observation: market fields first, then account fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Market features; the only ones that can be shockable.
    pub market: Vec<Field>,
    /// Account features; never shockable.
    pub account: Vec<Field>,
}

impl Layout {
    /// Numbers in an observation.
    #[must_use]
    pub fn n_fields(&self) -> usize {
        self.market.len() + self.account.len()
    }
}
