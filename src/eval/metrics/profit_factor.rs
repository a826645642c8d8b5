//! The profit factor.

use super::{defined, metric::metric};

metric! {
    ProfitFactor {
        name: "profit_factor",
        label: "Profit factor",
        format: Number,
        better: Higher,
        definition: "money won over money lost, summed over bars",
        undefined: "no bar lost money",
    }
    |self, ledger| profit_factor(&ledger.profits())
}

fn profit_factor(profits: &[f64]) -> Option<f64> {
    let won: f64 = profits.iter().filter(|&&p| p > 0.0).sum();
    let lost: f64 = profits.iter().filter(|&&p| p < 0.0).sum();
    (lost < 0.0).then(|| -won / lost).and_then(defined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_won_for_four_lost() {
        assert!((profit_factor(&[5.0, -4.0, 1.0]).unwrap() - 1.5).abs() < 1e-15);
        assert_eq!(profit_factor(&[-2.0]), Some(0.0));
        assert_eq!(profit_factor(&[2.0, 0.0]), None);
    }
}
