//! Volatility, and return per risk.

use super::{Cagr, MaxDrawdown, defined, deviation, metric::metric};
use crate::stats::mean;

metric! {
    /// Divisor n − 1. The square-root rule assumes uncorrelated returns. Unit: 1 / √year. Zero for
    /// a constant equity.
    Volatility {
        name: "volatility",
        label: "Volatility per year",
        format: Percent,
        better: Lower,
        definition: "standard deviation of simple returns per bar, times √(bars per year)",
        undefined: "there are fewer than two bars",
    }
    |self, ledger| volatility(&ledger.simple_returns(), ledger.bars_per_year()?)
}

fn volatility(simple_returns: &[f64], bars_per_year: f64) -> Option<f64> {
    if simple_returns.len() < 2 {
        return None;
    }
    Some(deviation(simple_returns).unwrap_or(0.0) * bars_per_year.sqrt())
}

metric! {
    /// Divisor n − 1, risk-free rate zero. The square-root rule assumes uncorrelated returns (Lo,
    /// "The Statistics of Sharpe Ratios", 2002). Unit: 1 / √year. Source: Sharpe, "The Sharpe
    /// Ratio", Journal of Portfolio Management 21 (1994).
    Sharpe {
        name: "sharpe",
        label: "Sharpe ratio",
        format: Number,
        better: Higher,
        definition: "mean over standard deviation of simple returns per bar, times \
                     √(bars per year); no risk-free rate",
        undefined: "returns do not vary",
    }
    |self, ledger| sharpe(&ledger.simple_returns(), ledger.bars_per_year()?)
}

fn sharpe(simple_returns: &[f64], bars_per_year: f64) -> Option<f64> {
    Some(sharpe_per_bar(simple_returns)? * bars_per_year.sqrt())
}

/// Mean over standard deviation (divisor n − 1) of simple returns; `None` without variation.
pub(crate) fn sharpe_per_bar(simple_returns: &[f64]) -> Option<f64> {
    Some(mean(simple_returns)? / deviation(simple_returns)?)
}

metric! {
    /// mean(r) / √(mean(min(r, 0)²)) · √(bars per year). Unit: 1 / √year. Source: Sortino and van
    /// der Meer, "Downside Risk", Journal of Portfolio Management 17 (1991).
    Sortino {
        name: "sortino",
        label: "Sortino ratio",
        format: Number,
        better: Higher,
        definition: "mean over downside deviation (target zero, all bars) of simple returns per \
                     bar, times √(bars per year)",
        undefined: "no bar lost money",
    }
    |self, ledger| sortino(&ledger.simple_returns(), ledger.bars_per_year()?)
}

fn sortino(simple_returns: &[f64], bars_per_year: f64) -> Option<f64> {
    let squares: Vec<f64> = simple_returns.iter().map(|r| r.min(0.0).powi(2)).collect();
    let downside = mean(&squares)?.sqrt();
    if downside <= 0.0 {
        return None;
    }
    defined(mean(simple_returns)? / downside * bars_per_year.sqrt())
}

metric! {
    /// Unit: 1 / year, over the whole record (the original uses 36 months). Source: Young, "Calmar
    /// Ratio: A Smoother Tool", Futures (1991).
    Calmar {
        name: "calmar",
        label: "Calmar ratio",
        format: Number,
        better: Higher,
        definition: "growth per year over maximum drawdown",
        undefined: "equity never fell below a peak",
    }
    |self, ledger| calmar(Cagr.value(ledger), MaxDrawdown.value(ledger))
}

fn calmar(cagr: Option<f64>, max_drawdown: Option<f64>) -> Option<f64> {
    let depth = max_drawdown.filter(|depth| *depth > 0.0)?;
    defined(cagr? / depth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn volatility_has_a_closed_value() {
        // mean .01, squares 3 x .02^2 + 1 x .06^2 ... = 4.8e-3, / 3 = 1.6e-3, sqrt = .04; sqrt(100)
        // = 10.
        let found = volatility(&[-0.01, -0.01, -0.01, 0.07], 100.0).unwrap();
        assert!((found - 0.4).abs() < 1e-12);
    }

    #[test]
    fn a_flat_account_has_none_of_it() {
        assert_eq!(volatility(&[0.0; 5], 252.0), Some(0.0));
        assert_eq!(volatility(&[0.1], 252.0), None);
    }

    #[test]
    fn the_sharpe_ratio_has_a_closed_value() {
        // mean .01, s .04 (see above).
        let found = sharpe(&[-0.01, -0.01, -0.01, 0.07], 144.0).unwrap();
        assert!((found - 3.0).abs() < 1e-12);
    }

    #[test]
    fn no_variance_no_ratio() {
        assert_eq!(sharpe(&[0.001; 9], 252.0), None);
        assert_eq!(sharpe(&[0.0; 9], 252.0), None);
        assert_eq!(sharpe(&[0.1], 252.0), None);
    }

    proptest! {
        #[test]
        fn leverage_and_order_leave_it_alone(
            mut returns in prop::collection::vec(-0.05..0.05_f64, 3..40),
            leverage in 0.1..5.0_f64,
        ) {
            prop_assume!(deviation(&returns).is_some_and(|s| s > 1e-6));
            let before = sharpe_per_bar(&returns).unwrap();
            for r in &mut returns {
                *r *= leverage;
            }
            returns.reverse();
            let after = sharpe_per_bar(&returns).unwrap();
            prop_assert!((before - after).abs() < 1e-9 * (1.0 + before.abs()));
            for r in &mut returns {
                *r = -*r;
            }
            let short = sharpe_per_bar(&returns).unwrap();
            prop_assert!((before + short).abs() < 1e-9 * (1.0 + before.abs()));
        }
    }

    #[test]
    fn the_sortino_ratio_has_a_closed_value() {
        // mean .01; downside sqrt((.02^2) / 4) = .01; sqrt(81) = 9.
        let found = sortino(&[0.0, -0.02, 0.03, 0.03], 81.0).unwrap();
        assert!((found - 9.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_loss_it_is_undefined() {
        assert_eq!(sortino(&[0.0, 0.01], 252.0), None);
        assert_eq!(sortino(&[], 252.0), None);
    }

    #[test]
    fn twelve_percent_for_a_fall_of_thirty_is_four_tenths() {
        assert!((calmar(Some(0.12), Some(0.3)).unwrap() - 0.4).abs() < 1e-15);
        assert_eq!(calmar(Some(0.12), None), None);
        assert_eq!(calmar(None, Some(0.3)), None);
    }
}
