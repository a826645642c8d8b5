//! The Sortino ratio.

use super::{defined, metric::metric};
use crate::stats::mean;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_value() {
        // mean .01; downside sqrt((.02^2) / 4) = .01; sqrt(81) = 9.
        let found = sortino(&[0.0, -0.02, 0.03, 0.03], 81.0).unwrap();
        assert!((found - 9.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_loss_it_is_undefined() {
        assert_eq!(sortino(&[0.0, 0.01], 252.0), None);
        assert_eq!(sortino(&[], 252.0), None);
    }
}
