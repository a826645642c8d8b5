//! Exponentially weighted variance of log returns around zero.
//!
//! `v_t = Σ_k λ^k r²_{t−k} / Σ_k λ^k`, λ = 2^(−1/half-life), the sums over the returns seen so far:
//! the `RiskMetrics` estimator (Technical Document, 1996, §5.2) with weights normalized over the
//! finite history, as `pandas.ewm(adjust=True)` does. Streaming: `n_t = λ n_{t−1} + 1`, `v_t =
//! v_{t−1} + (r²_t − v_{t−1}) / n_t`. State: `[v, n]`.

use super::{Scalar, scalar::blend};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EwmaVariance {
    decay: f64,
}

impl EwmaVariance {
    pub(super) const N_STATE: usize = 2;

    /// Builds the estimator. Unit of `half_life`: bars.
    pub(super) fn new(half_life: f64) -> Self {
        Self {
            decay: (-half_life.recip()).exp2(),
        }
    }

    /// Variance with `log_return` as the next return, without committing the return.
    #[inline]
    pub(super) fn next<S: Scalar>(&self, state: &[f64], log_return: S) -> S {
        let weight = (self.decay * state[1] + 1.0).recip();
        blend(state[0], weight, log_return * log_return)
    }

    /// Commits a return; returns the new variance.
    pub(super) fn push(&self, state: &mut [f64], log_return: f64) -> f64 {
        state[0] = self.next(state, log_return);
        state[1] = self.decay * state[1] + 1.0;
        state[0]
    }
}

/// Number of returns in three half-lives; older returns have at most an eighth of the weight.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "half-lives are checked to be positive and bounded"
)]
pub(super) fn returns_to_settle(half_life: f64) -> usize {
    (3.0 * half_life).ceil() as usize
}
