//! Numbers about one backtest, one file each: formula, unit, source, and when it is undefined.
//!
//! Every metric is a pure function of plain slices and gives `None` where its formula has no value
//! (no variance, no losing bar, too few bars), never a NaN, an infinity or a stand-in. Returns are
//! simple returns per bar, `r_t = E_t / E_{t−1} − 1`, after costs, with the first bar measured
//! against the initial equity; the risk-free rate is zero. Annual figures use the data's own number
//! of bars per year ([`bars_per_year`]), never a convention such as 252.

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

use crate::stats::std_dev;

/// Sample standard deviation (divisor n − 1); `None` below two numbers, or where all are equal up
/// to rounding.
fn deviation(numbers: &[f64]) -> Option<f64> {
    let largest = numbers.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    std_dev(numbers).filter(|&s| s > 16.0 * f64::EPSILON * largest)
}

/// `x`, unless it is NaN or infinite.
fn defined(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
