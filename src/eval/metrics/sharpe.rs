//! The Sharpe ratio.

use super::deviation;
use crate::stats::mean;

/// Sharpe ratio per bar, mean(r) / s(r), s the sample standard deviation (divisor n − 1), risk-free
/// rate zero `[1]`.
///
/// `None` below two bars or without variance (a flat account has no ratio, not an infinite one).
/// Source: Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).
#[must_use]
pub fn sharpe_per_bar(simple_returns: &[f64]) -> Option<f64> {
    Some(mean(simple_returns)? / deviation(simple_returns)?)
}

/// Annual Sharpe ratio: [`sharpe_per_bar`] · √(bars per year) `[1 / √year]`.
///
/// The square-root rule assumes uncorrelated returns (Lo, "The Statistics of Sharpe Ratios", 2002).
#[must_use]
pub fn sharpe(simple_returns: &[f64], bars_per_year: f64) -> Option<f64> {
    Some(sharpe_per_bar(simple_returns)? * bars_per_year.sqrt())
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
