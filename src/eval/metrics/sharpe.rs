//! The Sharpe ratio.

use super::{deviation, metric::metric};
use crate::stats::mean;

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

/// Mean over standard deviation (divisor n − 1) of simple returns. `None` below two bars or where
/// returns do not vary.
pub(crate) fn sharpe_per_bar(simple_returns: &[f64]) -> Option<f64> {
    Some(mean(simple_returns)? / deviation(simple_returns)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn closed_value() {
        // mean .01, s .04 (see volatility).
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
}
