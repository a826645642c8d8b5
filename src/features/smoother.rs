//! Exponential smoothing seeded by the simple mean of its first `period` values.
//!
//! `m_k = m_{k−1} + w_k (x_k − m_{k−1})`, `w_k = 1/k` for k ≤ period, then α, as in charting
//! packages. Wilder's mean has α = 1/period (*New Concepts in Technical Trading Systems*, 1978),
//! the exponential moving average α = 2/(period + 1). State: `[m, k]`.

use super::{
    Scalar,
    scalar::{blend, count},
};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Smoother {
    period: f64,
    alpha: f64,
}

impl Smoother {
    pub(super) const N_STATE: usize = 2;

    pub(super) fn wilder(period: usize) -> Self {
        Self::new(period, |n| 1.0 / n)
    }

    pub(super) fn exponential(period: usize) -> Self {
        Self::new(period, |n| 2.0 / (n + 1.0))
    }

    fn new(period: usize, alpha: impl Fn(f64) -> f64) -> Self {
        let period = count(period);
        Self {
            alpha: alpha(period),
            period,
        }
    }

    /// Mean with `x` as the next value, without committing `x`.
    #[inline]
    pub(super) fn next<S: Scalar>(&self, state: &[f64], x: S) -> S {
        let n_next = state[1] + 1.0;
        let weight = if n_next <= self.period {
            n_next.recip()
        } else {
            self.alpha
        };
        blend(state[0], weight, x)
    }

    pub(super) fn push(&self, state: &mut [f64], x: f64) {
        state[0] = self.next(state, x);
        state[1] += 1.0;
    }

    /// Returns true after the first `period` values.
    pub(super) fn is_seeded(&self, state: &[f64]) -> bool {
        state[1] >= self.period
    }
}
