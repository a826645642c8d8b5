//! Input of a report: the records of a run.

use crate::eval::{Ledger, Summary};
use crate::train::{METRICS, Metric, MetricRow};
use serde::{Deserialize, Serialize};

/// Content of one report. The order of `methods` fixes colors and the order of rows. The first
/// trained method is the reference for comparisons (usually plain PPO).
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// Name of the experiment.
    pub title: String,
    /// Question of the experiment, in one or two sentences.
    pub question: String,
    /// Policies to show. The report names other policies but does not draw them.
    pub methods: Vec<Method>,
    /// Records of all backtests.
    pub ledgers: &'a [Ledger],
    /// Training logs.
    pub training: &'a [TrainingLog],
    /// Origin of the prices.
    pub prices: PriceOrigin,
    /// Metrics of the backtests.
    pub summary: &'a Summary,
    /// Name of the metric in [`Summary::metrics`] that measures performance in pictures and
    /// findings, e.g. `cagr`. Higher is better.
    pub performance: String,
    /// Budget of the shocks in training, marked in the pictures. Unit: bps.
    pub training_budget_bps: Option<f64>,
    /// Further limits of this experiment, one sentence each.
    pub caveats: Vec<String>,
    /// Seed, checksums, library version, machine: name and value, shown at the end.
    pub provenance: Vec<Fact>,
    /// Resolved configuration of the run (RON).
    pub config: String,
}

/// Origin of a report's prices, on which the caveats about hindsight and other draws depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceOrigin {
    /// Prices recorded in a market.
    Recorded,
    /// Prices drawn from recorded prices, in blocks.
    Resampled,
    /// Prices drawn from a model.
    Drawn,
}

/// A policy of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Name in ledgers and logs.
    pub name: String,
    /// Short name in tables and pictures.
    pub label: String,
    /// Role in the comparison: trained policy or baseline.
    pub role: Role,
}

/// Kind of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A trained policy, drawn in color.
    Trained,
    /// A baseline, drawn in gray.
    Baseline,
}

/// Metric log of one training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingLog {
    /// Policy name, as in the ledgers.
    pub policy: String,
    /// Training seed.
    pub seed: u64,
    /// One row per update.
    pub rows: Vec<MetricRow>,
}

impl TrainingLog {
    /// Pairs (environment steps, value) of the updates that logged `metric`.
    pub fn curve(&self, metric: Metric) -> impl Iterator<Item = (f64, f64)> + '_ {
        let column = METRICS.iter().position(|m| m.metric == metric);
        self.rows.iter().filter_map(move |row| {
            let value = row.values.get(column?).copied().flatten()?;
            #[expect(clippy::cast_precision_loss, reason = "an axis position")]
            Some((row.env_steps as f64, value))
        })
    }
}

/// A fact with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Name of the fact.
    pub name: String,
    /// Value of the fact.
    pub value: String,
}

impl Fact {
    /// Creates a fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}
