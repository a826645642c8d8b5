//! What happened, bar by bar: the one record every metric, table and picture is computed from.

use super::metrics;
use crate::env::Interventions;
use chrono::{DateTime, Utc};

/// The record of one backtest. Column vectors of length `n_bars` unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Policy, method or baseline name, e.g. `aajr`, `buy_and_hold`.
    pub policy: String,
    /// Attack name, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Seed of training (0 for baselines).
    pub seed: u64,
    /// Assets in order.
    pub symbols: Vec<String>,
    /// Initial equity (before the first bar).
    pub initial_equity: f64,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: i64,
    /// Bar ends at which equity was marked.
    pub timestamps: Vec<DateTime<Utc>>,
    /// Equity after costs at the mark.
    pub equity: Vec<f64>,
    /// Costs paid within the bar (fee, spread, impact, own terms; the last bar includes the
    /// liquidation).
    /// Unit: currency.
    pub cost: Vec<f64>,
    /// Sum over assets of absolute traded value over equity.
    pub turnover: Vec<f64>,
    /// Weights at the mark, row-major `[n_bars, n_assets]`.
    pub weights: Vec<f64>,
    /// Marked (true) close prices, row-major `[n_bars, n_assets]`.
    pub close: Vec<f64>,
    /// Price shock of the bar, row-major `[n_bars, n_assets]`. Unit: bps.
    pub shock_bps: Vec<f64>,
    /// Whether the account was ruined.
    pub ruined: bool,
    /// How often something given was not taken as it was: weights clamped or scaled, actions
    /// refused, shocks projected.
    pub interventions: Interventions,
}

impl Ledger {
    /// Name of the nominal market in [`Ledger::attack`].
    pub const NOMINAL: &str = "none";

    /// Whether the market was the nominal one.
    #[must_use]
    pub fn is_nominal(&self) -> bool {
        self.attack == Self::NOMINAL
    }

    /// Bars marked.
    #[must_use]
    pub const fn n_bars(&self) -> usize {
        self.equity.len()
    }

    /// Simple returns `r_t = E_t / E_{t−1} − 1`, the first against the initial equity; ends before
    /// a bar that started without equity (after a ruin).
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

    /// Bars per year, asked of the timestamps; `None` below two bars.
    #[must_use]
    pub fn bars_per_year(&self) -> Option<f64> {
        metrics::bars_per_year(&self.timestamps)
    }

    /// Equity at the start of each bar.
    fn starts(&self) -> impl Iterator<Item = f64> {
        std::iter::once(self.initial_equity).chain(self.equity.iter().copied())
    }
}
