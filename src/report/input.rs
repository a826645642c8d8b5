//! What a report is made of: the records of a run, and nothing computed yet.

use crate::eval::{Ledger, Summary};
use crate::train::{METRICS, Metric, MetricRow};
use serde::{Deserialize, Serialize};

/// Everything that one report shows. The order of `methods` fixes colors and the order of rows; the
/// first trained method is the reference that the others are compared with (usually plain PPO).
#[derive(Debug, Clone)]
pub struct ReportInput<'a> {
    /// Name of the experiment.
    pub title: String,
    /// What was asked, in one or two sentences.
    pub question: String,
    /// Policies to show; ledgers of other policies are counted and named in the report, not drawn.
    pub methods: Vec<Method>,
    /// Backtests: nominal, and under every attack and budget, for every seed.
    pub ledgers: &'a [Ledger],
    /// Training logs.
    pub training: &'a [TrainingLog],
    /// Where the prices come from.
    pub prices: PriceOrigin,
    /// Metrics of the backtests.
    pub summary: &'a Summary,
    /// Name of the metric in [`LedgerSummary`](crate::eval::LedgerSummary) that stands for
    /// performance in pictures and findings, e.g. `cagr`. Higher is better.
    pub performance: String,
    /// Budget that the policies were trained against, marked in the pictures. Unit: bps.
    pub training_budget_bps: Option<f64>,
    /// Further limits of this experiment, one sentence each, added to those that every backtest
    /// has.
    pub caveats: Vec<String>,
    /// Seed, checksums, library version, machine: name and value, shown at the end.
    pub provenance: Vec<Fact>,
    /// The resolved configuration (RON).
    pub config: String,
}

/// Where the prices of a report come from: what may be said about hindsight and about other draws
/// depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceOrigin {
    /// Recorded in a market.
    Recorded,
    /// Drawn from recorded prices, in blocks.
    Resampled,
    /// Drawn from a law.
    Drawn,
}

/// A policy of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its name in ledgers and logs.
    pub name: String,
    /// Its name for people, short.
    pub label: String,
    /// Trained or not.
    pub role: Role,
}

/// Whether a policy was trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Learned; drawn in color.
    Trained,
    /// A rule to compare with; drawn in gray.
    Baseline,
}

/// The metric log of one training.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingLog {
    /// Policy name, as in the ledgers.
    pub policy: String,
    /// Seed of training.
    pub seed: u64,
    /// One row per update.
    pub rows: Vec<MetricRow>,
}

impl TrainingLog {
    /// (environment steps, value) of the updates that logged `metric`.
    pub fn curve(&self, metric: Metric) -> impl Iterator<Item = (f64, f64)> + '_ {
        let column = METRICS.iter().position(|m| m.metric == metric);
        self.rows.iter().filter_map(move |row| {
            let value = row.values.get(column?).copied().flatten()?;
            #[expect(clippy::cast_precision_loss, reason = "an axis position")]
            Some((row.env_steps as f64, value))
        })
    }
}

/// A named fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
        }
    }
}
