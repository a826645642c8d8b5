//! What trading costs.

use super::defined;
use crate::stats::mean;

/// Share of the gross profit that costs ate: `C / (E_n − E_0 + C)`, C the sum of all costs `[1]`; 1
/// means that they ate it all, above 1 that they turned a profit into a loss.
///
/// `None` without a gross profit (there was nothing to share).
#[must_use]
pub fn cost_share(initial_equity: f64, equity: &[f64], cost: &[f64]) -> Option<f64> {
    let total: f64 = cost.iter().sum();
    let gross_profit = equity.last()? - initial_equity + total;
    let is_profit = gross_profit > 1e-12 * initial_equity;
    is_profit.then(|| total / gross_profit).and_then(defined)
}

/// Annual cost drag: mean over bars of `cost_t / E_{t−1}`, times bars per year `[1 / year]`.
///
/// `None` without bars, or where a bar started without equity.
#[must_use]
pub fn cost_drag(
    initial_equity: f64,
    equity: &[f64],
    cost: &[f64],
    bars_per_year: f64,
) -> Option<f64> {
    let starts = std::iter::once(initial_equity).chain(equity.iter().copied());
    let shares: Vec<f64> = cost
        .iter()
        .zip(starts)
        .map(|(c, start)| c / start)
        .collect();
    defined(mean(&shares)? * bars_per_year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_of_ten_is_a_fifth() {
        let found = cost_share(100.0, &[103.0, 108.0], &[1.0, 1.0]).unwrap();
        assert!((found - 0.2).abs() < 1e-15);
        let drag = cost_drag(100.0, &[103.0, 108.0], &[1.0, 1.03], 200.0).unwrap();
        assert!((drag - 2.0).abs() < 1e-12);
    }

    #[test]
    fn no_profit_no_share() {
        assert_eq!(cost_share(100.0, &[99.0], &[1.0]), None);
        assert_eq!(cost_share(100.0, &[80.0], &[1.0]), None);
        assert_eq!(cost_share(100.0, &[100.0], &[0.0]), None);
    }
}
