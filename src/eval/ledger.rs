//! Record of a backtest, bar by bar. Every metric, table and picture is computed from it.

use super::annualization;
use crate::env::{Interventions, Threat};
use chrono::{DateTime, Utc};

/// Record of one backtest. Vectors have the length `n_bars` unless a shape is given.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Policy, method or baseline name, e.g. `aajr`, `buy_and_hold`.
    pub policy: String,
    /// Attack name, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Kind of the shocks and ending of their prints; `None` in the nominal market.
    pub threat: Option<Threat>,
    /// Training seed (0 for baselines).
    pub seed: u64,
    /// Asset symbols, in order.
    pub symbols: Vec<String>,
    /// Initial equity (before the first bar).
    pub initial_equity: f64,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Bar ends at which equity was marked.
    pub timestamps: Vec<DateTime<Utc>>,
    /// Equity after costs at the mark.
    pub equity: Vec<f64>,
    /// Costs paid within the bar (fee, spread, impact, own terms), in the last bar with the
    /// liquidation. Unit: currency.
    pub cost: Vec<f64>,
    /// Sum over assets of absolute traded value over equity.
    pub turnover: Vec<f64>,
    /// Weights at the mark, row-major `[n_bars, n_assets]`.
    pub weights: Vec<f64>,
    /// Marked (true) close prices, row-major `[n_bars, n_assets]`.
    pub close: Vec<f64>,
    /// Price shock of the bar, row-major `[n_bars, n_assets]`. Unit: bps.
    pub shock_bps: Vec<f64>,
    /// True if the account was ruined.
    pub ruined: bool,
    /// Counts of clamped or scaled weights, refused actions and projected shocks.
    pub interventions: Interventions,
}

impl Ledger {
    /// Value of [`Ledger::attack`] for the nominal market.
    pub const NOMINAL: &str = "none";

    /// Creates a ledger of the nominal market without assets and bars.
    pub(crate) fn empty(policy: &str, seed: u64) -> Self {
        Self {
            policy: policy.to_owned(),
            attack: Self::NOMINAL.to_owned(),
            budget_bps: 0.0,
            threat: None,
            seed,
            symbols: Vec::new(),
            initial_equity: 0.0,
            bar_seconds: 0,
            timestamps: Vec::new(),
            equity: Vec::new(),
            cost: Vec::new(),
            turnover: Vec::new(),
            weights: Vec::new(),
            close: Vec::new(),
            shock_bps: Vec::new(),
            ruined: false,
            interventions: Interventions::default(),
        }
    }

    /// Returns true for the nominal market.
    #[must_use]
    pub fn is_nominal(&self) -> bool {
        self.attack == Self::NOMINAL
    }

    /// Number of marks.
    #[must_use]
    pub const fn n_bars(&self) -> usize {
        self.equity.len()
    }

    /// Simple returns `r_t = E_t / E_{t−1} − 1`, the first against the initial equity. They end
    /// before a bar that started without equity (after a ruin).
    #[must_use]
    pub fn simple_returns(&self) -> Vec<f64> {
        let change = |(start, end): (f64, &f64)| (start > 0.0).then_some(end / start - 1.0);
        self.starts().zip(&self.equity).map_while(change).collect()
    }

    /// Profit of each bar `E_t − E_{t−1}`. Unit: currency.
    #[must_use]
    pub fn profits(&self) -> Vec<f64> {
        self.starts()
            .zip(&self.equity)
            .map(|(start, end)| end - start)
            .collect()
    }

    /// Bars per year, from the timestamps; `None` below two bars.
    #[must_use]
    pub fn bars_per_year(&self) -> Option<f64> {
        annualization::bars_per_year(&self.timestamps)
    }

    fn starts(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.initial_equity).chain(self.equity.iter().copied())
    }
}
