//! Every metric of one ledger.

use super::{
    Ledger,
    metrics::{
        Drawdown, Trials, cagr, calmar, cost_drag, cost_share, deflated_sharpe, expected_shortfall,
        gross_exposure, hit_rate, max_drawdown, net_exposure, profit_factor, sharpe, sortino,
        total_log_growth, turnover_per_year, volatility,
    },
};
use crate::env::Interventions;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// All metrics of one backtest; `None` (JSON `null`) is undefined. Formulas and units:
/// [`super::metrics`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerSummary {
    /// Policy or baseline.
    pub policy: String,
    /// Attack, `none` for the nominal market.
    pub attack: String,
    /// Per-step budget of the attack. Unit: bps.
    pub budget_bps: f64,
    /// Seed of training.
    pub seed: u64,
    /// First mark.
    pub first: Option<DateTime<Utc>>,
    /// Last mark.
    pub last: Option<DateTime<Utc>>,
    /// Bars marked.
    pub n_bars: usize,
    /// Bars per year, asked of the timestamps.
    pub bars_per_year: Option<f64>,
    /// Equity before the first bar.
    pub initial_equity: f64,
    /// Equity after the last, liquidation included.
    pub final_equity: f64,
    /// Whether the account was ruined.
    pub ruined: bool,
    /// How often something given was not taken as it was.
    pub interventions: Interventions,
    /// `ln(E_n / E_0)`.
    pub total_log_growth: Option<f64>,
    /// Compound annual growth rate.
    pub cagr: Option<f64>,
    /// Annual volatility.
    pub volatility: Option<f64>,
    /// Annual Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Probability that the true Sharpe ratio beats the best of as many skill-less trials as were
    /// run.
    pub deflated_sharpe: Option<f64>,
    /// Annual Sortino ratio.
    pub sortino: Option<f64>,
    /// Calmar ratio.
    pub calmar: Option<f64>,
    /// Maximum drawdown with its dates.
    pub max_drawdown: Option<Drawdown>,
    /// Expected shortfall of a bar at 5 %, positive for a loss.
    pub cvar_5: Option<f64>,
    /// Annual turnover.
    pub turnover_per_year: Option<f64>,
    /// Mean gross exposure.
    pub gross_exposure: Option<f64>,
    /// Mean net exposure.
    pub net_exposure: Option<f64>,
    /// All costs. Unit: currency.
    pub total_cost: f64,
    /// Share of the gross profit that costs ate.
    pub cost_share: Option<f64>,
    /// Annual costs over equity.
    pub cost_drag: Option<f64>,
    /// Winning bars over bars that won or lost.
    pub hit_rate: Option<f64>,
    /// Money won per money lost.
    pub profit_factor: Option<f64>,
    /// Mean over bars of the largest absolute price shock over assets. Unit: bps.
    pub mean_shock_bps: Option<f64>,
}

impl LedgerSummary {
    /// The metrics of `ledger`, its Sharpe ratio deflated by `trials`.
    #[must_use]
    pub fn new(ledger: &Ledger, trials: Trials) -> Self {
        let returns = ledger.simple_returns();
        let bars_per_year = ledger.bars_per_year();
        let (start, equity) = (ledger.initial_equity, &ledger.equity[..]);
        let (n_assets, cost) = (ledger.symbols.len(), &ledger.cost[..]);
        let growth = bars_per_year.and_then(|rate| cagr(start, equity, rate));
        let drawdown = max_drawdown(start, equity, &ledger.timestamps);
        Self {
            policy: ledger.policy.clone(),
            attack: ledger.attack.clone(),
            budget_bps: ledger.budget_bps,
            seed: ledger.seed,
            first: ledger.timestamps.first().copied(),
            last: ledger.timestamps.last().copied(),
            n_bars: ledger.n_bars(),
            bars_per_year,
            initial_equity: start,
            final_equity: equity.last().copied().unwrap_or(start),
            ruined: ledger.ruined,
            interventions: ledger.interventions,
            total_log_growth: total_log_growth(start, equity),
            cagr: growth,
            volatility: bars_per_year.and_then(|rate| volatility(&returns, rate)),
            sharpe: bars_per_year.and_then(|rate| sharpe(&returns, rate)),
            deflated_sharpe: deflated_sharpe(&returns, trials),
            sortino: bars_per_year.and_then(|rate| sortino(&returns, rate)),
            calmar: calmar(growth, drawdown.map(|fall| fall.depth)),
            max_drawdown: drawdown,
            cvar_5: expected_shortfall(&returns, 0.05),
            turnover_per_year: bars_per_year
                .and_then(|rate| turnover_per_year(&ledger.turnover, rate)),
            gross_exposure: gross_exposure(&ledger.weights, n_assets),
            net_exposure: net_exposure(&ledger.weights, n_assets),
            total_cost: cost.iter().sum(),
            cost_share: cost_share(start, equity, cost),
            cost_drag: bars_per_year.and_then(|rate| cost_drag(start, equity, cost, rate)),
            hit_rate: hit_rate(&returns),
            profit_factor: profit_factor(&ledger.profits()),
            mean_shock_bps: mean_shock(ledger),
        }
    }
}

fn mean_shock(ledger: &Ledger) -> Option<f64> {
    let largest = |row: &[f64]| row.iter().fold(0.0_f64, |a, z| a.max(z.abs()));
    let rows = ledger.shock_bps.chunks_exact(ledger.symbols.len().max(1));
    crate::stats::mean(&rows.map(largest).collect::<Vec<_>>())
}
