//! What happened, bar by bar: the one record every metric, table and picture is computed from.

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
    /// Costs paid within the bar (fee, spread, impact; the last bar includes the liquidation). Unit: currency.
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
}
