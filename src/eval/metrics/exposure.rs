//! Exposure to the market and to shocks.

use super::metric::metric;
use crate::stats::mean;

metric! {
    GrossExposure {
        name: "gross_exposure",
        label: "Gross exposure",
        format: Percent,
        better: Neither,
        definition: "mean over bars of the sum of absolute weights",
        undefined: "there is no bar",
    }
    |self, ledger| mean_over_bars(&ledger.weights, ledger.symbols.len(), f64::abs)
}

metric! {
    NetExposure {
        name: "net_exposure",
        label: "Net exposure",
        format: Percent,
        better: Neither,
        definition: "mean over bars of the sum of weights, long positive",
        undefined: "there is no bar",
    }
    |self, ledger| mean_over_bars(&ledger.weights, ledger.symbols.len(), |weight| weight)
}

/// Mean over bars of the sum over assets of `part(weight)`; `weights [n_bars, n_assets]` row-major.
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

metric! {
    MeanShock {
        name: "mean_shock_bps",
        label: "Mean shock, bps",
        format: Number,
        better: Neither,
        definition: "mean over bars of the largest absolute price shock over assets",
        undefined: "there is no bar",
    }
    |self, ledger| {
        let largest = |row: &[f64]| row.iter().fold(0.0_f64, |a, z| a.max(z.abs()));
        let rows = ledger.shock_bps.chunks_exact(ledger.symbols.len().max(1));
        mean(&rows.map(largest).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hedged_book_has_gross_but_no_net_exposure() {
        let weights = [0.5, -0.5, 0.25, -0.25];
        assert!((mean_over_bars(&weights, 2, f64::abs).unwrap() - 0.75).abs() < 1e-15);
        assert!(mean_over_bars(&weights, 2, |w| w).unwrap().abs() < 1e-15);
        assert_eq!(mean_over_bars(&[], 2, f64::abs), None);
    }
}
