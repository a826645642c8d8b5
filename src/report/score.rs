//! The metrics of one backtest as one row of a table.

use crate::eval::Ledger;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The metrics of one backtest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreRow {
    /// Policy name.
    pub policy: String,
    /// Attack name, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Seed of training (0 for baselines).
    pub seed: u64,
    /// Metric name to value; `None` where the metric is undefined.
    pub values: BTreeMap<String, Option<f64>>,
    /// Metric name to a remark: the dates of a drawdown, or why a value is undefined.
    #[serde(default)]
    pub remarks: BTreeMap<String, String>,
}

impl ScoreRow {
    /// The value of a metric, where it is defined.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<f64> {
        self.values
            .get(metric)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())
    }

    /// Whether this is a backtest in the nominal market.
    #[must_use]
    pub fn is_nominal(&self) -> bool {
        self.attack == Ledger::NOMINAL
    }
}
