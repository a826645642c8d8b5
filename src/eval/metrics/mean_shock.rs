//! The size of price shocks.

use super::metric::metric;
use crate::stats::mean;

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
