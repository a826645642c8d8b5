//! How the metrics of a backtest are named, written and defined for readers.

use super::plot::format::Format;

/// A metric of a backtest, as the report shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// Its name in the scores.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// How it is written.
    pub(crate) format: Format,
    /// Which way is better.
    pub(crate) better: Better,
    /// Its definition.
    pub(crate) definition: &'static str,
    /// When it is undefined.
    pub(crate) undefined: &'static str,
}

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    /// Larger values.
    Higher,
    /// Smaller values.
    Lower,
    /// Neither.
    Neither,
}

impl Metric {
    /// Its label; for a metric that the report does not know, its own name.
    pub(crate) fn label_of<'s>(&'s self, name: &'s str) -> &'s str {
        if self.label.is_empty() {
            name
        } else {
            self.label
        }
    }
}

use Better::{Higher, Lower, Neither};
use Format::{Number, Percent};

/// The metrics that the report knows, in the order of its tables; others follow in alphabetical order.
pub(crate) const KNOWN: &[Metric] = &[
    known(
        "total_return",
        "Total return",
        Percent,
        Higher,
        "final equity over initial equity, minus 1",
        "the backtest has no bar",
    ),
    known(
        "cagr",
        "Growth per year (CAGR)",
        Percent,
        Higher,
        "(final equity / initial equity)^(1 / years) − 1",
        "the backtest has no length",
    ),
    known(
        "volatility",
        "Volatility per year",
        Percent,
        Lower,
        "standard deviation of log returns per bar, times the root of bars per year",
        "fewer than two bars",
    ),
    known(
        "sharpe",
        "Sharpe ratio",
        Number,
        Higher,
        "mean over standard deviation of log returns, annualized; no risk-free rate",
        "returns do not vary",
    ),
    known(
        "sortino",
        "Sortino ratio",
        Number,
        Higher,
        "mean over downside deviation of log returns, annualized",
        "no bar lost money",
    ),
    known(
        "calmar",
        "Calmar ratio",
        Number,
        Higher,
        "growth per year over maximum drawdown",
        "there was no drawdown",
    ),
    known(
        "max_drawdown",
        "Maximum drawdown",
        Percent,
        Lower,
        "largest fall of equity from a previous peak, as a share of the peak",
        "the backtest has no bar",
    ),
    known(
        "cvar_5",
        "CVaR 5 % per bar",
        Percent,
        Lower,
        "mean loss over the worst 5 % of bars",
        "fewer than 20 bars",
    ),
    known(
        "turnover",
        "Turnover per year",
        Number,
        Neither,
        "traded value over equity, per year",
        "the backtest has no length",
    ),
    known(
        "exposure",
        "Exposure",
        Percent,
        Neither,
        "mean of the sum of absolute weights",
        "the backtest has no bar",
    ),
    known(
        "cost_share",
        "Cost share",
        Percent,
        Lower,
        "costs over gross profit",
        "there was no gross profit",
    ),
    known(
        "hit_rate",
        "Hit rate",
        Percent,
        Higher,
        "share of bars with a gain among bars that gained or lost",
        "no bar gained or lost",
    ),
    known(
        "profit_factor",
        "Profit factor",
        Number,
        Higher,
        "sum of gains over sum of losses",
        "no bar lost money",
    ),
    known(
        "deflated_sharpe",
        "Deflated Sharpe ratio",
        Percent,
        Higher,
        "probability that the true Sharpe ratio is above what the best of as many skill-less trials would show (Bailey and López de Prado, 2014)",
        "too few bars or returns do not vary",
    ),
];

/// The metric of that name; unknown names are shown as they are.
pub(crate) fn metric(name: &str) -> Metric {
    KNOWN
        .iter()
        .copied()
        .find(|known| known.name == name)
        .unwrap_or(known("", "", Number, Neither, "", "the value is undefined"))
}

const fn known(
    name: &'static str,
    label: &'static str,
    format: Format,
    better: Better,
    definition: &'static str,
    undefined: &'static str,
) -> Metric {
    Metric {
        name,
        label,
        format,
        better,
        definition,
        undefined,
    }
}
