//! Exponential smoothing seeded by the simple mean of its first `period` values.
//!
//! `m_k = m_{k−1} + w_k (x_k − m_{k−1})`, `w_k = 1/k` for k ≤ period, then α. So the first `period`
//! values give their simple mean, as charting packages have it. α = 1/period is Wilder's (*New
//! Concepts in Technical Trading Systems*, 1978), α = 2/(period + 1) the exponential moving
//! average's. State: `[m, k]`.

use super::scalar::{Scalar, blend};

/// One smoother.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Smoother {
    period: f64,
    alpha: f64,
}

impl Smoother {
    /// Numbers of state.
    pub(super) const N_STATE: usize = 2;

    pub(super) fn wilder(period: usize) -> Self {
        let period = period_of(period);
        Self {
            period,
            alpha: 1.0 / period,
        }
    }

    pub(super) fn exponential(period: usize) -> Self {
        let period = period_of(period);
        Self {
            period,
            alpha: 2.0 / (period + 1.0),
        }
    }

    /// The smoothed value if `x` came next.
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

    /// Commits `x`.
    pub(super) fn push(&self, state: &mut [f64], x: f64) {
        state[0] = self.next(state, x);
        state[1] += 1.0;
    }

    /// Whether the first `period` values have been committed.
    pub(super) fn is_seeded(&self, state: &[f64]) -> bool {
        state[1] >= self.period
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "periods are bounded far below 2^52"
)]
fn period_of(period: usize) -> f64 {
    period as f64
}
