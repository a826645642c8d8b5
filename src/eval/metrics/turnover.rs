//! Turnover.

use super::metric::metric;
use crate::stats::mean;

metric! {
    /// Unit: 1 / year.
    TurnoverPerYear {
        name: "turnover_per_year",
        label: "Turnover per year",
        format: Number,
        better: Neither,
        definition: "sum over assets of absolute traded value over equity, per year; selling all \
                     and buying it back is 2",
        undefined: "the record is too short",
    }
    |self, ledger| turnover_per_year(&ledger.turnover, ledger.bars_per_year()?)
}

fn turnover_per_year(turnover: &[f64], bars_per_year: f64) -> Option<f64> {
    Some(mean(turnover)? * bars_per_year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_round_trip_in_a_quarter_is_eight_a_year() {
        let mut turnover = vec![0.0; 63];
        turnover[3] = 1.0;
        turnover[60] = 1.0;
        let found = turnover_per_year(&turnover, 252.0).unwrap();
        assert!((found - 8.0).abs() < 1e-12);
        assert_eq!(turnover_per_year(&[], 252.0), None);
    }
}
