//! How much of the account is in the market.

use crate::stats::mean;

/// Mean gross exposure: mean over bars of `Σ_a |w_a|` at the mark `[1]`. `weights [n_bars,
/// n_assets]` row-major.
///
/// `None` without bars.
#[must_use]
pub fn gross_exposure(weights: &[f64], n_assets: usize) -> Option<f64> {
    mean_over_bars(weights, n_assets, f64::abs)
}

/// Mean net exposure: mean over bars of `Σ_a w_a` at the mark, long positive `[1]`. `weights
/// [n_bars, n_assets]` row-major.
///
/// `None` without bars.
#[must_use]
pub fn net_exposure(weights: &[f64], n_assets: usize) -> Option<f64> {
    mean_over_bars(weights, n_assets, |weight| weight)
}

fn mean_over_bars(weights: &[f64], n_assets: usize, part: fn(f64) -> f64) -> Option<f64> {
    if n_assets == 0 {
        return None;
    }
    let sums: Vec<f64> = weights
        .chunks_exact(n_assets)
        .map(|row| row.iter().copied().map(part).sum())
        .collect();
    mean(&sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hedged_book_has_gross_but_no_net_exposure() {
        let weights = [0.5, -0.5, 0.25, -0.25];
        assert!((gross_exposure(&weights, 2).unwrap() - 0.75).abs() < 1e-15);
        assert!(net_exposure(&weights, 2).unwrap().abs() < 1e-15);
        assert_eq!(gross_exposure(&[], 2), None);
    }
}
