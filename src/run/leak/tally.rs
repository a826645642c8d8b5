//! Sums of martingale differences, and critical values for them.

use crate::eval::metrics::normal::quantile;

/// Sum of numbers whose conditional means are zero unless something leaks, and of their squares.
///
/// `z = Σ y / √(Σ y²)` is close to a standard normal; where the conditional laws are symmetric,
/// `P(z ≥ x) ≤ exp(−x²/2)` exactly (Efron 1969), however heavy their tails.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Tally {
    pub(super) sum: f64,
    pub(super) squares: f64,
}

impl Tally {
    pub(super) fn add(&mut self, y: f64) {
        self.sum += y;
        self.squares += y * y;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// Statistic; `None` if all numbers were 0.
    pub(super) fn z(&self) -> Option<f64> {
        (self.squares > 0.0).then(|| self.sum / self.squares.sqrt())
    }
}

/// Probability that the check reports a leak where there is none: 0.1 %.
pub(super) const FALSE_ALARMS: f64 = 1e-3;

/// Families of statistics that share [`FALSE_ALARMS`] equally.
const N_FAMILIES: f64 = 4.0;

/// Critical value of one family: luck exceeds it in any of the `n_tails` tails with at most the
/// family's share of the probability `false_alarms`.
pub(super) fn limit(n_tails: usize, false_alarms: f64) -> f64 {
    let share = false_alarms / N_FAMILIES / n_tails.max(1) as f64;
    // The share is within (0, 1), so the quantile exists.
    quantile(1.0 - share).unwrap_or(f64::INFINITY)
}
