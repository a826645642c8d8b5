use super::{
    Ledger, Weakness,
    metrics::{DrawdownDates, Metric, deepest_fall},
};
use crate::{
    env::{Interventions, Threat},
    market::Charge,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Facts and metrics of one backtest, as stored in `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerSummary {
    /// Name of the policy or baseline.
    pub policy: String,
    /// Name of the attack, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Kind of the shocks and treatment of misprints; `None` in the nominal market.
    #[serde(default)]
    pub threat: Option<Threat>,
    /// Training seed, 0 for baselines.
    pub seed: u64,
    /// Time of the first mark.
    pub first: Option<DateTime<Utc>>,
    /// Time of the last mark.
    pub last: Option<DateTime<Utc>>,
    /// Number of marks.
    pub n_bars: usize,
    /// Bars per year, from the timestamps.
    pub bars_per_year: Option<f64>,
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// Equity after the last bar, liquidation included.
    pub final_equity: f64,
    /// True if the account was ruined. It then holds the cash that is left to the end of the span,
    /// and all figures cover the whole span.
    pub ruined: bool,
    /// Counts of clamped or scaled weights, refused actions and projected shocks.
    pub interventions: Interventions,
    /// Failure of the attack; `None` if it did harm, or without an attack.
    #[serde(default)]
    pub weakness: Option<Weakness>,
    /// Sum of all costs. Unit: currency.
    pub total_cost: f64,
    /// Sum of the costs of each kind; an income is negative. Unit: currency.
    #[serde(default)]
    pub costs: Charge,
    /// Dates of the maximum drawdown; `None` if equity never fell below a peak.
    pub drawdown_dates: Option<DrawdownDates>,
    /// Metric values by name; `None` (JSON `null`) if the metric is undefined. In JSON these values
    /// are fields of the summary itself.
    #[serde(flatten)]
    pub figures: BTreeMap<String, Option<f64>>,
}

impl LedgerSummary {
    /// Names of the metrics in short tables.
    pub(crate) const SHORT: [&str; 5] = [
        "cagr",
        "volatility",
        "sharpe",
        "max_drawdown",
        "turnover_per_year",
    ];

    /// Computes `metrics` from `ledger`.
    #[must_use]
    pub fn new(ledger: &Ledger, metrics: &[Arc<dyn Metric>]) -> Self {
        let equity = &ledger.equity;
        let fall = deepest_fall(ledger.initial_equity, equity, &ledger.timestamps);
        let mut summary = Self {
            policy: ledger.policy.clone(),
            attack: ledger.attack.clone(),
            budget_bps: ledger.budget_bps,
            threat: ledger.threat,
            seed: ledger.seed,
            first: ledger.timestamps.first().copied(),
            last: ledger.timestamps.last().copied(),
            n_bars: ledger.n_bars(),
            bars_per_year: ledger.bars_per_year(),
            initial_equity: ledger.initial_equity,
            final_equity: equity.last().copied().unwrap_or(ledger.initial_equity),
            ruined: ledger.ruined,
            interventions: ledger.interventions,
            weakness: None,
            total_cost: ledger.cost.iter().sum(),
            costs: ledger.charges.iter().copied().sum(),
            drawdown_dates: fall.map(|(_, dates)| dates),
            figures: BTreeMap::new(),
        };
        summary.add_figures(ledger, metrics);
        summary
    }

    /// Computes further metrics of `ledger`, which must be the ledger of this summary.
    pub(super) fn add_figures(&mut self, ledger: &Ledger, metrics: &[Arc<dyn Metric>]) {
        for metric in metrics {
            let value = metric.value(ledger).filter(|value| value.is_finite());
            let name = metric.describe().name.into_owned();
            self.figures.insert(name, value);
        }
    }

    /// Value of a metric; `None` if it is undefined or unknown.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<f64> {
        let value = self.figures.get(metric).copied().flatten();
        value.filter(|value| value.is_finite())
    }

    /// Name of the policy, followed by a mark if the account was ruined.
    #[cfg(feature = "cli")]
    pub(crate) fn marked_policy(&self) -> String {
        let mark = if self.ruined { " (ruined)" } else { "" };
        format!("{}{mark}", self.policy)
    }

    /// Name, budget, threat and failure of the attack: `mad 20 bps, kept (gains)`; `None` for the
    /// nominal market.
    pub(crate) fn attack_text(&self) -> Option<String> {
        let threat = self.threat.map(|threat| format!(", {threat}"));
        let weakness = self.weakness.map(|weakness| format!(" ({weakness})"));
        let [threat, weakness] = [threat, weakness].map(Option::unwrap_or_default);
        let (attack, bps) = (&self.attack, self.budget_bps);
        (!self.is_nominal()).then(|| format!("{attack} {bps} bps{threat}{weakness}"))
    }

    /// Returns true for the nominal market.
    #[must_use]
    pub fn is_nominal(&self) -> bool {
        self.attack == Ledger::NOMINAL
    }
}
