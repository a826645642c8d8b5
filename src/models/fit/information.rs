//! What a sample says about its parameters.

use super::super::cholesky::Cholesky;

/// The covariance of estimates, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Covariance {
    n: usize,
    entries: Vec<f64>,
}

/// Loss of log likelihood that a difference step aims at: a fifth of a (conditional) standard
/// error.
const TARGET_LOSS: f64 = 0.02;

impl Covariance {
    /// The inverse of minus the Hessian of `log_likelihood` at its maximum `at`, by central
    /// differences; `None` where that is not positive definite.
    ///
    /// Each parameter's step is made to cost about [`TARGET_LOSS`] of log likelihood: far above
    /// rounding, far below where the likelihood stops being a parabola. A step across the edge of a
    /// range is shortened.
    pub(super) fn at_maximum(log_likelihood: impl Fn(&[f64]) -> f64, at: &[f64]) -> Option<Self> {
        let n = at.len();
        let top = log_likelihood(at);
        let moved = |moves: &[(usize, f64)]| {
            let mut x = at.to_vec();
            for &(i, by) in moves {
                x[i] += by;
            }
            log_likelihood(&x)
        };
        let steps: Option<Vec<f64>> = (0..n)
            .map(|i| {
                step(at[i], |h| {
                    top - 0.5 * (moved(&[(i, h)]) + moved(&[(i, -h)]))
                })
            })
            .collect();
        let steps = steps?;
        // In units of the steps, so that the matrix is well scaled.
        let mut information = vec![0.0; n * n];
        for i in 0..n {
            let hi = steps[i];
            information[i * n + i] = 2.0 * top - moved(&[(i, hi)]) - moved(&[(i, -hi)]);
            for j in 0..i {
                let hj = steps[j];
                let mixed = moved(&[(i, hi), (j, hj)]) + moved(&[(i, -hi), (j, -hj)])
                    - moved(&[(i, hi), (j, -hj)])
                    - moved(&[(i, -hi), (j, hj)]);
                information[i * n + j] = -0.25 * mixed;
                information[j * n + i] = -0.25 * mixed;
            }
        }
        if information.iter().any(|entry| !entry.is_finite()) {
            return None;
        }
        let factor = Cholesky::new(&information, n, 1e-9).ok()?;
        let mut entries = Vec::with_capacity(n * n);
        for i in 0..n {
            let mut unit = vec![0.0; n];
            unit[i] = 1.0;
            let column = factor.solve(&unit);
            entries.extend(column.iter().zip(&steps).map(|(c, h)| c * h * steps[i]));
        }
        Some(Self { n, entries })
    }

    /// The standard error of the sum of the parameters `indices`.
    pub(super) fn standard_error(&self, indices: &[usize]) -> f64 {
        let variance: f64 = indices
            .iter()
            .flat_map(|&i| indices.iter().map(move |&j| self.entries[i * self.n + j]))
            .sum();
        variance.max(0.0).sqrt()
    }
}

/// A step around `x` whose `loss` is about [`TARGET_LOSS`]; `None` where there is none.
fn step(x: f64, loss: impl Fn(f64) -> f64) -> Option<f64> {
    let mut h = 1e-3 * x.abs().max(1e-3);
    let mut longest = f64::INFINITY;
    for _ in 0..60 {
        let found = loss(h);
        if (0.5 * TARGET_LOSS..2.0 * TARGET_LOSS).contains(&found) {
            return Some(h);
        }
        if !found.is_finite() {
            longest = h;
        }
        let factor = if found.is_finite() {
            (TARGET_LOSS / found.max(1e-12)).sqrt().clamp(0.1, 10.0)
        } else {
            0.5
        };
        if h * factor >= longest {
            h *= 0.5 * (1.0 + factor.min(longest / h * 0.9));
            if h >= longest * 0.85 {
                // At the edge of the range: what is left of the step must still tell.
                let edge = longest * 0.8;
                return (loss(edge) > 1e-4 * TARGET_LOSS).then_some(edge);
            }
        } else {
            h *= factor;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_normal_sample_are_the_textbook_ones() {
        // n normal numbers of mean 3 and deviation s: s/√n and s/√(2n), uncorrelated. Sums enter
        // through their sufficient statistics.
        for (n, s) in [(100.0, 2.0), (1e6, 1e-3)] {
            let log_likelihood = |x: &[f64]| {
                let (mean, deviation) = (x[0], x[1]);
                if deviation <= 0.0 {
                    return f64::NEG_INFINITY;
                }
                let squares = n * (s * s + (mean - 3.0) * (mean - 3.0));
                -n * deviation.ln() - squares / (2.0 * deviation * deviation)
            };
            let covariance = Covariance::at_maximum(log_likelihood, &[3.0, s]).unwrap();
            let root = f64::sqrt(n);
            assert!((covariance.standard_error(&[0]) * root / s - 1.0).abs() < 0.01);
            let of_deviation = covariance.standard_error(&[1]) * root * 2.0_f64.sqrt() / s;
            assert!((of_deviation - 1.0).abs() < 0.01, "{of_deviation}");
            let of_sum = (covariance.standard_error(&[0, 1]) * root / s).powi(2);
            assert!((of_sum - 1.5).abs() < 0.02, "{of_sum}");
        }
    }

    #[test]
    fn a_correlated_parabola_is_inverted() {
        // Information [[4, 3], [3, 9]] / 1: covariance [[9, −3], [−3, 4]] / 27.
        let parabola = |x: &[f64]| -2.0 * x[0] * x[0] - 3.0 * x[0] * x[1] - 4.5 * x[1] * x[1];
        let covariance = Covariance::at_maximum(parabola, &[0.0, 0.0]).unwrap();
        for (indices, expected) in [(&[0][..], 9.0), (&[1], 4.0), (&[0, 1], 7.0)] {
            let found = covariance.standard_error(indices).powi(2);
            assert!((found - expected / 27.0).abs() < 1e-9, "{found}");
        }
    }

    #[test]
    fn what_the_sample_does_not_tell_has_no_error() {
        assert_eq!(
            Covariance::at_maximum(|x| -(x[0] - x[1]).powi(2), &[1.0, 1.0]),
            None
        );
        assert_eq!(Covariance::at_maximum(|_| 0.0, &[1.0]), None);
        let wall = |x: &[f64]| if x[0] < 0.0 { f64::NEG_INFINITY } else { -x[0] };
        assert_eq!(Covariance::at_maximum(wall, &[0.0]), None);
    }
}
