//! Expected shortfall, also called conditional value at risk (`CVaR`).

use super::metric::metric;

metric! {
    /// Positive for a loss. Unit: fraction of equity per bar. Source: Acerbi and Tasche, "On the
    /// coherence of expected shortfall" (2002), def. 2.6.
    Cvar5 {
        name: "cvar_5",
        label: "CVaR 5 % per bar",
        format: FinePercent,
        better: Lower,
        definition: "mean loss over the worst 5 % of bars",
        undefined: "there are fewer than 20 bars",
    }
    |self, ledger| expected_shortfall(&ledger.simple_returns(), 0.05)
}

/// Minus the mean of the worst `alpha` share of simple returns.
///
/// With `x_(1) ≤ … ≤ x_(n)`, m = alpha n and k = ⌊m⌋: `−(Σ_{i ≤ k} x_(i) + (m − k) x_(k+1)) / m`.
/// The boundary observation has the weight m − k, so that the figure is continuous in alpha. `None`
/// if m < 1 or alpha is outside (0, 1].
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "m is at least 1 and at most the number of bars"
)]
fn expected_shortfall(simple_returns: &[f64], alpha: f64) -> Option<f64> {
    if !(alpha > 0.0 && alpha <= 1.0) {
        return None;
    }
    let n_tail = alpha * simple_returns.len() as f64;
    if n_tail < 1.0 {
        return None;
    }
    let mut ascending = simple_returns.to_vec();
    ascending.sort_by(f64::total_cmp);
    let n_whole = n_tail.floor() as usize;
    let whole: f64 = ascending.iter().take(n_whole).sum();
    let boundary = ascending.get(n_whole).copied().unwrap_or(0.0);
    Some(-(whole + (n_tail - n_whole as f64) * boundary) / n_tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_twentieth_of_forty_is_the_mean_of_two() {
        let mut returns = vec![0.01; 38];
        returns.extend([-0.10, -0.04]);
        let found = expected_shortfall(&returns, 0.05).unwrap();
        assert!((found - 0.07).abs() < 1e-15);
    }

    #[test]
    fn a_boundary_observation_counts_in_part() {
        // m = 1.5 of 30: one whole -.1, half of -.04: (.1 + .02) / 1.5 = .08.
        let mut returns = vec![0.01; 28];
        returns.extend([-0.04, -0.10]);
        let found = expected_shortfall(&returns, 0.05).unwrap();
        assert!((found - 0.08).abs() < 1e-12);
    }

    #[test]
    fn the_whole_is_minus_the_mean_and_too_few_are_undefined() {
        let found = expected_shortfall(&[0.1, -0.3], 1.0).unwrap();
        assert!((found - 0.1).abs() < 1e-15);
        assert_eq!(expected_shortfall(&[-0.1; 19], 0.05), None);
        assert!(expected_shortfall(&[-0.1; 20], 0.05).is_some());
        assert_eq!(expected_shortfall(&[-0.1; 20], 0.0), None);
    }
}
