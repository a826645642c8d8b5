//! `exp(Mτ) v` for the tridiagonal matrices of quoting problems, in logarithms.

use super::QuotingError;

/// Tridiagonal matrix M with diagonal −c(q) <= 0 and the constant a > 0 beside the diagonal.
///
/// The vector is stored as logarithms l, because its entries span more than the range of a double.
/// Each substep rescales by an envelope s of l whose neighbors differ by at most ln κ. Then the
/// entries of `D⁻¹ M D` with `D = diag(e^s)` are about as large as those of M, and the
/// uniformization series
///
/// ```text
/// exp(MΔ) v = e^{−λΔ} Σ_n (Δⁿ/n!) (M + λ)ⁿ v        λ = max c(q)
/// ```
///
/// adds positive numbers only, so every entry is exact to rounding (Jensen 1953; Grassmann 1977).
#[derive(Debug)]
pub(super) struct LogPropagator {
    costs: Vec<f64>,
    beside: f64,
    /// λ = max c(q).
    fastest: f64,
    /// κ: largest ratio of neighbors of the envelope.
    max_ratio: f64,
    /// Bound on the row sums of the rescaled M + λ.
    row_sum: f64,
    envelope: Vec<f64>,
    /// Entries of the rescaled M above the diagonal.
    above: Vec<f64>,
    /// Entries of the rescaled M below the diagonal.
    below: Vec<f64>,
    term: Vec<f64>,
    next: Vec<f64>,
    sum: Vec<f64>,
}

/// Maximum number of substeps times states, which takes a few seconds to compute.
const MAX_WORK: f64 = 1e8;
/// Largest row sum times Δ; the series then has about three dozen terms.
const SUBSTEP: f64 = 8.0;

impl LogPropagator {
    pub(super) fn new(costs: Vec<f64>, beside: f64) -> Self {
        let fastest = costs.iter().copied().fold(0.0, f64::max);
        let max_ratio = (2.0 * fastest / beside).max(2.0);
        let n = costs.len();
        Self {
            costs,
            beside,
            fastest,
            max_ratio,
            row_sum: fastest + 2.0 * beside * max_ratio,
            envelope: vec![0.0; n],
            above: vec![0.0; n],
            below: vec![0.0; n],
            term: vec![0.0; n],
            next: vec![0.0; n],
            sum: vec![0.0; n],
        }
    }

    /// Checks the work for a span of `time`.
    ///
    /// # Errors
    /// [`QuotingError::TooFast`] if the work exceeds its limit.
    #[allow(clippy::cast_precision_loss, reason = "thousands of states")]
    pub(super) fn check(&self, time: f64) -> Result<(), QuotingError> {
        let n_states = self.costs.len() as f64;
        let (found, limit) = (time * self.row_sum / SUBSTEP, MAX_WORK / n_states);
        if found <= limit {
            Ok(())
        } else {
            Err(QuotingError::TooFast { found, limit })
        }
    }

    /// Replaces `log_values` by the logarithms of `exp(M time) e^{log_values}`.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "check() bounds the number of substeps"
    )]
    pub(super) fn advance(&mut self, log_values: &mut [f64], time: f64) {
        let n_substeps = (time * self.row_sum / SUBSTEP).ceil().max(1.0) as usize;
        let substep = time / n_substeps as f64;
        for _ in 0..n_substeps {
            self.rescale(log_values);
            self.add_series(substep);
            for (i, log_value) in log_values.iter_mut().enumerate() {
                let grown = self.envelope[i] + self.sum[i].ln() - self.fastest * substep;
                // Decay without inflow is a lower bound, also where the rescaled entry underflows.
                *log_value = grown.max(*log_value - self.costs[i] * substep);
            }
        }
    }

    /// Computes the smallest envelope with steps of at most ln κ, and the values relative to it.
    fn rescale(&mut self, log_values: &[f64]) {
        let step = self.max_ratio.ln();
        self.envelope.copy_from_slice(log_values);
        for i in 1..log_values.len() {
            self.envelope[i] = self.envelope[i].max(self.envelope[i - 1] - step);
        }
        for i in (1..log_values.len()).rev() {
            self.envelope[i - 1] = self.envelope[i - 1].max(self.envelope[i] - step);
        }
        for (i, log_value) in log_values.iter().enumerate() {
            self.term[i] = (log_value - self.envelope[i]).exp();
        }
        for i in 1..log_values.len() {
            let ratio = (self.envelope[i] - self.envelope[i - 1]).exp();
            self.above[i - 1] = self.beside * ratio;
            self.below[i] = self.beside / ratio;
        }
    }

    fn add_series(&mut self, substep: f64) {
        let n = self.costs.len();
        self.sum.copy_from_slice(&self.term);
        let mut order = 0.0;
        let mut largest = f64::INFINITY;
        // The terms shrink once their order exceeds the row sum, and ever faster.
        while order < 2.0 * SUBSTEP || largest > 1e-18 {
            order += 1.0;
            largest = 0.0;
            for i in 0..n {
                let mut grown = (self.fastest - self.costs[i]) * self.term[i];
                if i > 0 {
                    grown += self.below[i] * self.term[i - 1];
                }
                if i + 1 < n {
                    grown += self.above[i] * self.term[i + 1];
                }
                grown *= substep / order;
                self.next[i] = grown;
                self.sum[i] += grown;
                largest = f64::max(largest, grown / self.sum[i].max(f64::MIN_POSITIVE));
            }
            std::mem::swap(&mut self.term, &mut self.next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three states with a zero diagonal: eigenvalues 0 and ±√2 a.
    #[test]
    fn three_states_equal_their_closed_form() {
        for (beside, time) in [(0.3, 0.1), (2.0, 1.0), (51.5, 1.0), (51.5, 40.0)] {
            let mut log_values = [0.0; 3];
            LogPropagator::new(vec![0.0; 3], beside).advance(&mut log_values, time);
            let x = std::f64::consts::SQRT_2 * beside * time;
            // Over e^x: middle state cosh x + √2 sinh x, outer states cosh x + sinh x / √2.
            let (cosh, sinh) = (
                f64::midpoint(1.0, (-2.0 * x).exp()),
                0.5 * (1.0 - (-2.0 * x).exp()),
            );
            let center = x + (cosh + std::f64::consts::SQRT_2 * sinh).ln();
            let end = x + (cosh + sinh * std::f64::consts::FRAC_1_SQRT_2).ln();
            for (found, expected) in log_values.iter().zip([end, center, end]) {
                assert!(
                    (found - expected).abs() < 1e-12 * x.max(1.0),
                    "{found} {expected}"
                );
            }
        }
    }

    #[test]
    fn two_consecutive_intervals_equal_one_long_interval() {
        let costs: Vec<f64> = (-30_i32..=30).map(|q| 7.5 * f64::from(q.abs())).collect();
        let mut whole = vec![0.0; costs.len()];
        let mut halves = whole.clone();
        let mut propagator = LogPropagator::new(costs, 51.5);
        propagator.advance(&mut whole, 0.7);
        propagator.advance(&mut halves, 0.31);
        propagator.advance(&mut halves, 0.39);
        for (a, b) in whole.iter().zip(&halves) {
            assert!((a - b).abs() < 1e-11, "{a} {b}");
        }
    }

    /// Entries differ by thousands of orders of magnitude and start beyond the range of a double.
    #[test]
    fn huge_ranges_neither_underflow_nor_overflow() {
        let costs: Vec<f64> = (-200_i32..=200)
            .map(|q| 20.0 * f64::from(q.abs()))
            .collect();
        let mut log_values: Vec<f64> = (-200_i32..=200).map(|q| -3.0 * f64::from(q * q)).collect();
        let mut propagator = LogPropagator::new(costs, 0.5);
        propagator.advance(&mut log_values, 3.0);
        assert!(log_values.iter().all(|l| l.is_finite()));
        assert!(log_values[0] < -800.0, "{}", log_values[0]);
        for i in 0..200 {
            assert!(log_values[i] < log_values[i + 1], "grows to the middle");
            assert!(
                (log_values[i] - log_values[400 - i]).abs() < 1e-8,
                "symmetric"
            );
        }
        assert!(propagator.check(1e9).is_err());
    }
}
