//! Numbers about one backtest, one file each: formula, unit, source, and when it is undefined.
//!
//! Every metric is a pure function of plain slices and gives `None` where its formula has no value (no variance, no losing
//! bar, too few bars), never a NaN, an infinity or a stand-in. Returns are simple returns per bar, r_t = E_t / E_{t−1} − 1,
//! after costs, with the first bar measured against the initial equity; the risk-free rate is zero. Annual figures use the
//! data's own number of bars per year ([`bars_per_year`]), never a convention such as 252.

mod annualization;
mod calmar;
mod cost_share;
mod deflated_sharpe;
mod drawdown;
mod expected_shortfall;
mod exposure;
mod growth;
mod hit_rate;
mod normal;
mod profit_factor;
mod sharpe;
mod sortino;
mod turnover;
mod volatility;

pub use annualization::{SECONDS_PER_YEAR, bars_per_year};
pub use calmar::calmar;
pub use cost_share::{cost_drag, cost_share};
pub use deflated_sharpe::{Trials, deflated_sharpe, expected_best_sharpe};
pub use drawdown::{Drawdown, max_drawdown};
pub use expected_shortfall::expected_shortfall;
pub use exposure::{gross_exposure, net_exposure};
pub use growth::{cagr, total_log_growth};
pub use hit_rate::hit_rate;
pub use profit_factor::profit_factor;
pub use sharpe::{sharpe, sharpe_per_bar};
pub use sortino::sortino;
pub use turnover::turnover_per_year;
pub use volatility::volatility;

/// Mean; `None` of nothing.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^53"
)]
fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// Sample standard deviation (divisor n − 1); `None` below two numbers, or where all are equal up to rounding.
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^53"
)]
fn deviation(numbers: &[f64]) -> Option<f64> {
    let center = mean(numbers)?;
    if numbers.len() < 2 {
        return None;
    }
    let squares: f64 = numbers.iter().map(|x| (x - center).powi(2)).sum();
    let deviation = (squares / (numbers.len() - 1) as f64).sqrt();
    let largest = numbers.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    let is_rounding = deviation <= 16.0 * f64::EPSILON * largest;
    (deviation.is_finite() && !is_rounding).then_some(deviation)
}

/// `x`, unless it is NaN or infinite.
fn defined(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
