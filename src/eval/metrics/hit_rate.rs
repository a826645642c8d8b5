//! The hit rate.

use super::metric::metric;

metric! {
    /// Bars without any profit or loss do not count.
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

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^53"
)]
fn hit_rate(simple_returns: &[f64]) -> Option<f64> {
    let n_won = simple_returns.iter().filter(|&&r| r > 0.0).count();
    let n_lost = simple_returns.iter().filter(|&&r| r < 0.0).count();
    (n_won + n_lost > 0).then(|| n_won as f64 / (n_won + n_lost) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_bars_do_not_count() {
        assert_eq!(hit_rate(&[0.1, 0.0, -0.1, 0.2, 0.0, 0.3]), Some(0.75));
        assert_eq!(hit_rate(&[0.0; 4]), None);
    }
}
