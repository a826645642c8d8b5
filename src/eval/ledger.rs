//! Record of a backtest, bar by bar. Every metric, table and picture is computed from it. Fills,
//! costs and cash suffice to replay it from the prices.

use super::annualization;
use crate::{
    env::{Interventions, Threat},
    market::Charge,
};
use chrono::{DateTime, Utc};

/// Record of one backtest. Vectors have the length `n_bars` unless a shape is given.
///
/// Bar t + 1 begins with the fill of the order decided at the close of bar t and ends with the
/// mark. With the units `u_t` after the fill at the prices `p_t`, the costs `k_t` and the closes
/// `c_t`,
///
/// `cash_{t+1} = cash_t − Σ (u_{t+1} − u_t) p_{t+1} − k_{t+1}`, `E_{t+1} = cash_{t+1} + Σ u_{t+1}
/// c_{t+1}`.
///
/// An order may wait until its asset can be traded; the units tell when it was filled. A forced
/// liquidation is a second trade of its bar, of `f_t` units at the prices `q_t`; `u_t` are the
/// units after it:
///
/// `cash_{t+1} = cash_t − Σ (u_{t+1} − f_{t+1} − u_t) p_{t+1} − Σ f_{t+1} q_{t+1} − k_{t+1}`.
///
/// In the last bar played, all units are also sold at the closes, so cash is the equity. A ruined
/// account is closed there: it holds that cash, without interest, to the end of the span.
#[derive(Debug, Clone, PartialEq)]
pub struct Ledger {
    /// Policy, method or baseline name, e.g. `aajr`, `buy_and_hold`.
    pub policy: String,
    /// Attack name, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Kind of the shocks and treatment of misprints; `None` in the nominal market.
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
    /// Time of the close at which the order of each bar was decided.
    pub decided: Vec<DateTime<Utc>>,
    /// Nominal start of each bar, at whose open an order is filled unless it waits.
    pub filled: Vec<DateTime<Utc>>,
    /// Equity after costs at the mark.
    pub equity: Vec<f64>,
    /// Cash at the mark; in the last bar, after the liquidation. Unit: currency.
    pub cash: Vec<f64>,
    /// Costs paid within the bar; in the last bar, including the liquidation. Unit: currency.
    pub cost: Vec<f64>,
    /// Costs of [`Ledger::cost`] by kind. Unit: currency.
    pub charges: Vec<Charge>,
    /// Absolute traded value, summed over assets, divided by equity.
    pub turnover: Vec<f64>,
    /// Weights at the mark, row-major `[n_bars, n_assets]`.
    pub weights: Vec<f64>,
    /// Target weights decided at the close before the bar, row-major `[n_bars, n_assets]`; where
    /// the decision was to hold, the weights at that close.
    pub targets: Vec<f64>,
    /// Units that the newest order asks for, sized at the close before the bar, row-major
    /// `[n_bars, n_assets]`. An order that waits differs from `units`.
    pub ordered: Vec<f64>,
    /// Units after the trades of the bar, before the liquidation that closes the account, row-major
    /// `[n_bars, n_assets]`.
    pub units: Vec<f64>,
    /// Fill prices before costs, row-major `[n_bars, n_assets]`.
    pub fill_price: Vec<f64>,
    /// Changes of units by a forced liquidation, row-major `[n_bars, n_assets]`.
    pub forced_units: Vec<f64>,
    /// Prices of a forced liquidation before costs, 0 for an asset that it did not sell, row-major
    /// `[n_bars, n_assets]`.
    pub forced_price: Vec<f64>,
    /// Marked (true) close prices, row-major `[n_bars, n_assets]`.
    pub close: Vec<f64>,
    /// Price shock of the bar, row-major `[n_bars, n_assets]`. Unit: bps.
    pub shock_bps: Vec<f64>,
    /// Multiplier of the spread by the bar's shock; 1 without one.
    pub spread_multiplier: Vec<f64>,
    /// Multiplier of the depth by the bar's shock; 1 without one.
    pub liquidity_multiplier: Vec<f64>,
    /// True if the account was ruined and closed before the end of the span.
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
            decided: Vec::new(),
            filled: Vec::new(),
            equity: Vec::new(),
            cash: Vec::new(),
            cost: Vec::new(),
            charges: Vec::new(),
            turnover: Vec::new(),
            weights: Vec::new(),
            targets: Vec::new(),
            ordered: Vec::new(),
            units: Vec::new(),
            fill_price: Vec::new(),
            forced_units: Vec::new(),
            forced_price: Vec::new(),
            close: Vec::new(),
            shock_bps: Vec::new(),
            spread_multiplier: Vec::new(),
            liquidity_multiplier: Vec::new(),
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

    /// Simple returns `r_t = E_t / E_{t−1} − 1` of all bars, the first against the initial equity;
    /// 0 in a bar that started without equity, because the account is closed.
    #[must_use]
    pub fn simple_returns(&self) -> Vec<f64> {
        let change = |(start, end): (f64, &f64)| {
            if start > 0.0 { end / start - 1.0 } else { 0.0 }
        };
        self.starts().zip(&self.equity).map(change).collect()
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
