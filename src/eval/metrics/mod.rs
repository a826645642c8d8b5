//! Metrics of one backtest: one concept per file, with formula, unit and source.
//!
//! [`Metric`] is the trait; [`built_in`] is the list from which `summary.json`, Parquet files and
//! tables are made. A new built-in metric needs its own file and a line in that list.
//!
//! A metric is `None` if its formula has no value (no variance, no losing bar, too few bars); it is
//! never NaN or infinite. Returns are simple returns per bar, `r_t = E_t / E_{t−1} − 1`, after
//! costs, the first against the initial equity. A ruined account holds its cash to the end of the
//! span, and all of these bars count. Annual figures use the data's own number of bars
//! per year ([`bars_per_year`]), never a convention such as 252.

mod deflated_sharpe;
mod drawdown;
mod expected_shortfall;
mod exposure;
mod format;
mod growth;
mod interventions;
mod metric;
pub(crate) mod normal;
mod risk;
mod trading;
mod wins;

pub use super::annualization::{SECONDS_PER_YEAR, bars_per_year};
pub use deflated_sharpe::{DeflatedSharpe, Trials};
pub use drawdown::{DrawdownDates, MaxDrawdown};
pub use expected_shortfall::Cvar5;
pub use exposure::{GrossExposure, MeanShock, NetExposure};
pub use format::Format;
pub use growth::{Cagr, TotalLogGrowth, TotalReturn};
pub use interventions::{ClampedWeights, ProjectedShocks, RefusedActions, ScaledToGross};
pub use metric::{Better, Description, Metric};
pub use risk::{Calmar, Sharpe, Sortino, Volatility};
pub use trading::{CostDrag, CostShare, TurnoverPerYear};
pub use wins::{HitRate, ProfitFactor};

pub(crate) use drawdown::deepest_fall;
#[cfg(feature = "cli")]
pub(crate) use format::decimal;
pub(crate) use risk::sharpe_per_bar;

use crate::stats::std_dev;
use std::sync::Arc;

/// All built-in metrics, in the order of tables. The Sharpe ratio is deflated by `trials`.
#[must_use]
pub fn built_in(trials: Trials) -> Vec<Arc<dyn Metric>> {
    vec![
        Arc::new(Cagr),
        Arc::new(TotalReturn),
        Arc::new(TotalLogGrowth),
        Arc::new(Volatility),
        Arc::new(Sharpe),
        Arc::new(DeflatedSharpe(trials)),
        Arc::new(Sortino),
        Arc::new(Calmar),
        Arc::new(MaxDrawdown),
        Arc::new(Cvar5),
        Arc::new(TurnoverPerYear),
        Arc::new(GrossExposure),
        Arc::new(NetExposure),
        Arc::new(CostShare),
        Arc::new(CostDrag),
        Arc::new(HitRate),
        Arc::new(ProfitFactor),
        Arc::new(ClampedWeights),
        Arc::new(ScaledToGross),
        Arc::new(RefusedActions),
        Arc::new(ProjectedShocks),
        Arc::new(MeanShock),
    ]
}

/// Sample deviation (divisor n − 1); `None` below two numbers or if all are equal up to rounding.
fn deviation(numbers: &[f64]) -> Option<f64> {
    let largest = numbers.iter().fold(0.0_f64, |a, x| a.max(x.abs()));
    std_dev(numbers).filter(|&s| s > 16.0 * f64::EPSILON * largest)
}

/// Converts a count of bars, assets or seconds to `f64`.
#[expect(clippy::cast_precision_loss, reason = "such counts are far below 2^53")]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}

/// Returns `x`, or `None` if it is NaN or infinite.
fn defined(x: f64) -> Option<f64> {
    x.is_finite().then_some(x)
}
