//! How the metrics of a backtest are named, written and defined for readers. Formulas:
//! [`crate::eval::metrics`].

use super::plot::format::Format;
use crate::eval::LedgerSummary;

/// A metric of a backtest, as the report shows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    /// Its name in `summary.json`.
    pub(crate) name: &'static str,
    /// Its name for people.
    pub(crate) label: &'static str,
    /// Where it is found.
    pub(crate) value: fn(&LedgerSummary) -> Option<f64>,
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

/// The metric of that name.
pub(crate) fn metric(name: &str) -> Option<&'static Metric> {
    KNOWN.iter().find(|known| known.name == name)
}

/// `count` per bar; `None` without bars.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^52"
)]
fn share(count: u64, n_bars: usize) -> Option<f64> {
    (n_bars > 0).then(|| count as f64 / n_bars as f64)
}

/// All metrics, in the order of the tables.
pub(crate) const KNOWN: &[Metric] = &[
    Metric {
        name: "cagr",
        label: "Growth per year (CAGR)",
        value: |s| s.cagr,
        format: Format::Percent,
        better: Better::Higher,
        definition: "(final equity / initial equity)^(bars per year / bars) − 1; −100 % after a ruin",
        undefined: "the record is too short",
    },
    Metric {
        name: "total_log_growth",
        label: "Total log growth",
        value: |s| s.total_log_growth,
        format: Format::Number,
        better: Better::Higher,
        definition: "ln(final equity / initial equity)",
        undefined: "nothing was left",
    },
    Metric {
        name: "volatility",
        label: "Volatility per year",
        value: |s| s.volatility,
        format: Format::Percent,
        better: Better::Lower,
        definition: "standard deviation of simple returns per bar, times the root of bars per year",
        undefined: "fewer than two bars",
    },
    Metric {
        name: "sharpe",
        label: "Sharpe ratio",
        value: |s| s.sharpe,
        format: Format::Number,
        better: Better::Higher,
        definition: "mean over standard deviation of simple returns, annualized; no risk-free rate",
        undefined: "returns do not vary",
    },
    Metric {
        name: "deflated_sharpe",
        label: "Deflated Sharpe ratio",
        value: |s| s.deflated_sharpe,
        format: Format::Percent,
        better: Better::Higher,
        definition: "probability that the true Sharpe ratio beats the best of as many skill-less trials as were run (Bailey and López de Prado, 2014)",
        undefined: "returns do not vary",
    },
    Metric {
        name: "sortino",
        label: "Sortino ratio",
        value: |s| s.sortino,
        format: Format::Number,
        better: Better::Higher,
        definition: "mean over downside deviation (target zero, all bars) of simple returns, annualized",
        undefined: "no bar lost money",
    },
    Metric {
        name: "calmar",
        label: "Calmar ratio",
        value: |s| s.calmar,
        format: Format::Number,
        better: Better::Higher,
        definition: "growth per year over maximum drawdown",
        undefined: "there was no drawdown",
    },
    Metric {
        name: "max_drawdown",
        label: "Maximum drawdown",
        value: |s| s.max_drawdown.map(|fall| fall.depth),
        format: Format::Percent,
        better: Better::Lower,
        definition: "largest fall of equity from a previous peak, as a share of the peak, with the dates of peak and trough",
        undefined: "equity never fell below a peak",
    },
    Metric {
        name: "cvar_5",
        label: "CVaR 5 % per bar",
        value: |s| s.cvar_5,
        format: Format::FinePercent,
        better: Better::Lower,
        definition: "mean loss over the worst 5 % of bars",
        undefined: "fewer than 20 bars",
    },
    Metric {
        name: "turnover_per_year",
        label: "Turnover per year",
        value: |s| s.turnover_per_year,
        format: Format::Number,
        better: Better::Neither,
        definition: "sum over assets of absolute traded value over equity, per year; selling all and buying it back is 2",
        undefined: "the record is too short",
    },
    Metric {
        name: "gross_exposure",
        label: "Gross exposure",
        value: |s| s.gross_exposure,
        format: Format::Percent,
        better: Better::Neither,
        definition: "mean over bars of the sum of absolute weights",
        undefined: "there is no bar",
    },
    Metric {
        name: "net_exposure",
        label: "Net exposure",
        value: |s| s.net_exposure,
        format: Format::Percent,
        better: Better::Neither,
        definition: "mean over bars of the sum of weights, long positive",
        undefined: "there is no bar",
    },
    Metric {
        name: "cost_share",
        label: "Cost share",
        value: |s| s.cost_share,
        format: Format::Percent,
        better: Better::Lower,
        definition: "costs over profit before costs; above 100 % costs turned a profit into a loss",
        undefined: "there was no profit before costs",
    },
    Metric {
        name: "cost_drag",
        label: "Cost drag per year",
        value: |s| s.cost_drag,
        format: Format::FinePercent,
        better: Better::Lower,
        definition: "mean over bars of costs over equity, per year",
        undefined: "a bar started without equity",
    },
    Metric {
        name: "hit_rate",
        label: "Hit rate",
        value: |s| s.hit_rate,
        format: Format::Percent,
        better: Better::Higher,
        definition: "bars that won over bars that won or lost",
        undefined: "no bar won or lost",
    },
    Metric {
        name: "profit_factor",
        label: "Profit factor",
        value: |s| s.profit_factor,
        format: Format::Number,
        better: Better::Higher,
        definition: "money won over money lost, summed over bars",
        undefined: "no bar lost money",
    },
    Metric {
        name: "clamped_weights",
        label: "Weights clamped per decision",
        value: |s| share(s.interventions.clamped_weights, s.n_bars),
        format: Format::Number,
        better: Better::Neither,
        definition: "weights asked for outside the range that an asset may have, mean number per decision",
        undefined: "there is no bar",
    },
    Metric {
        name: "scaled_to_gross",
        label: "Scaled to the gross bound",
        value: |s| share(s.interventions.scaled_to_gross, s.n_bars),
        format: Format::Percent,
        better: Better::Neither,
        definition: "share of decisions whose weights were scaled down to the bound on gross leverage",
        undefined: "there is no bar",
    },
    Metric {
        name: "refused_actions",
        label: "Actions refused",
        value: |s| share(s.interventions.refused_actions, s.n_bars),
        format: Format::Percent,
        better: Better::Neither,
        definition: "share of decisions that were no numbers and left the book as it was",
        undefined: "there is no bar",
    },
    Metric {
        name: "projected_shocks",
        label: "Shocks projected",
        value: |s| share(s.interventions.projected_shocks, s.n_bars),
        format: Format::Percent,
        better: Better::Neither,
        definition: "share of bars whose shock was outside its set and was projected onto it",
        undefined: "there is no bar",
    },
    Metric {
        name: "mean_shock_bps",
        label: "Mean shock, bps",
        value: |s| s.mean_shock_bps,
        format: Format::Number,
        better: Better::Neither,
        definition: "mean over bars of the largest absolute price shock over assets",
        undefined: "there is no bar",
    },
];
