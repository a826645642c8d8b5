//! Share of winning bars.

use super::{count, defined, metric::metric};

metric! {
    /// Bars without profit or loss do not count.
    HitRate {
        name: "hit_rate",
        label: "Hit rate",
        format: Percent,
        better: Higher,
        definition: "bars that won over bars that won or lost",
        undefined: "no bar won or lost",
    }
    |self, ledger| hit_rate(&ledger.simple_returns())
}

fn hit_rate(simple_returns: &[f64]) -> Option<f64> {
    let n_won = simple_returns.iter().filter(|&&r| r > 0.0).count();
    let n_lost = simple_returns.iter().filter(|&&r| r < 0.0).count();
    (n_won + n_lost > 0).then(|| count(n_won) / count(n_won + n_lost))
}

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
    fn flat_bars_do_not_count() {
        assert_eq!(hit_rate(&[0.1, 0.0, -0.1, 0.2, 0.0, 0.3]), Some(0.75));
        assert_eq!(hit_rate(&[0.0; 4]), None);
    }

    #[test]
    fn six_won_for_four_lost() {
        assert!((profit_factor(&[5.0, -4.0, 1.0]).unwrap() - 1.5).abs() < 1e-15);
        assert_eq!(profit_factor(&[-2.0]), Some(0.0));
        assert_eq!(profit_factor(&[2.0, 0.0]), None);
    }
}
