//! Money won per money lost.

use super::defined;

/// Profit factor: Σ of winning bars over |Σ of losing bars|, in currency (`E_t − E_{t−1}`) `[1]`.
///
/// `None` without a losing bar. `profits [n_bars]`.
#[must_use]
pub fn profit_factor(profits: &[f64]) -> Option<f64> {
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
