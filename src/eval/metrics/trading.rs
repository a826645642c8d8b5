//! Turnover and its costs.

use super::{defined, metric::metric};
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

metric! {
    CostShare {
        name: "cost_share",
        label: "Cost share",
        format: Percent,
        better: Lower,
        definition: "costs over profit before costs; above 100 % costs turned a profit into a loss",
        undefined: "there was no profit before costs",
    }
    |self, ledger| cost_share(ledger.initial_equity, &ledger.equity, &ledger.cost)
}

metric! {
    /// Unit: 1 / year.
    CostDrag {
        name: "cost_drag",
        label: "Cost drag per year",
        format: FinePercent,
        better: Lower,
        definition: "mean over bars of costs over equity at the start of the bar, times bars per \
                     year",
        undefined: "the record is too short, or a bar with costs started without equity",
    }
    |self, ledger| {
        let rate = ledger.bars_per_year()?;
        cost_drag(ledger.initial_equity, &ledger.equity, &ledger.cost, rate)
    }
}

/// `C / (E_n − E_0 + C)`, C the sum of all costs.
fn cost_share(initial_equity: f64, equity: &[f64], cost: &[f64]) -> Option<f64> {
    let total: f64 = cost.iter().sum();
    let gross_profit = equity.last()? - initial_equity + total;
    let is_profit = gross_profit > 1e-12 * initial_equity;
    is_profit.then(|| total / gross_profit).and_then(defined)
}

/// Mean of `cost_t / E_{t−1}`, times bars per year. A bar without costs counts as 0, also after a
/// ruin that left no equity.
fn cost_drag(initial_equity: f64, equity: &[f64], cost: &[f64], rate: f64) -> Option<f64> {
    let starts = std::iter::once(initial_equity).chain(equity.iter().copied());
    let bars = cost.iter().zip(starts);
    let share = |(&cost, start): (&f64, f64)| match (cost.abs() > 0.0, start > 0.0) {
        (true, true) => Some(cost / start),
        (true, false) => None,
        (false, _) => Some(0.0),
    };
    let shares: Vec<f64> = bars.map(share).collect::<Option<_>>()?;
    defined(mean(&shares)? * rate)
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

    #[test]
    fn two_of_ten_is_a_fifth() {
        let found = cost_share(100.0, &[103.0, 108.0], &[1.0, 1.0]).unwrap();
        assert!((found - 0.2).abs() < 1e-15);
        let drag = cost_drag(100.0, &[103.0, 108.0], &[1.0, 1.03], 200.0).unwrap();
        assert!((drag - 2.0).abs() < 1e-12);
    }

    #[test]
    fn bars_after_a_ruin_cost_nothing() {
        let drag = |cost: &[f64]| cost_drag(100.0, &[-1.0, -1.0, -1.0], cost, 1.0);
        assert!((drag(&[3.0, 0.0, 0.0]).unwrap() - 0.01).abs() < 1e-15);
        assert_eq!(drag(&[3.0, 1.0, 0.0]), None);
    }

    #[test]
    fn no_profit_no_share() {
        assert_eq!(cost_share(100.0, &[99.0], &[1.0]), None);
        assert_eq!(cost_share(100.0, &[80.0], &[1.0]), None);
        assert_eq!(cost_share(100.0, &[100.0], &[0.0]), None);
    }
}
