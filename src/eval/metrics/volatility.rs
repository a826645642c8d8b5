//! Volatility.

use super::{deviation, metric::metric};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_value() {
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
}
