//! Relative strength index.

use super::{
    Field,
    feature::Streaming,
    newest::{Newest, Place},
    scalar::{Scalar, VOLATILITY_FLOOR, larger},
    smoother::Smoother,
};

/// x = (G − L) / max(G + L, floor · C_t) = RSI/50 − 1, in [−1, 1].
///
/// G and L are Wilder's smoothed means of max(ΔC, 0) and max(−ΔC, 0), ΔC = C_t − C_{t−1}, seeded by the simple mean of the
/// first `period` changes (Wilder 1978; RSI = 100 G / (G + L)). The floor only acts where the price stood still.
/// Kink at ΔC = 0: an unchanged close counts as a gain of zero, so the derivative there is the right-hand one.
/// State: [G, k, L, k].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rsi {
    period: usize,
    smoother: Smoother,
}

impl Rsi {
    pub(super) fn new(period: usize) -> Self {
        Self {
            period,
            smoother: Smoother::wilder(period),
        }
    }
}

/// (max(change, 0), max(−change, 0)), zero counted as a gain.
fn gain_and_loss<S: Scalar>(change: S) -> (S, S) {
    if change.re() >= 0.0 {
        (change, S::from(0.0))
    } else {
        (S::from(0.0), -change)
    }
}

impl Streaming for Rsi {
    fn n_lags(&self) -> usize {
        1
    }
    fn n_state(&self) -> usize {
        2 * Smoother::N_STATE
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field {
            name: format!("{symbol}.rsi({})", self.period),
            unit: "1".into(),
            low: Some(-1.0),
            high: Some(1.0),
            shockable: true,
            warm_up: self.period,
        }]
    }
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            let (gain, loss) = gain_and_loss(newest.close - newest.previous_close);
            let (gains, losses) = state.split_at_mut(Smoother::N_STATE);
            self.smoother.push(gains, gain);
            self.smoother.push(losses, loss);
        }
    }
    fn values<S: Scalar>(
        &self,
        newest: &Newest<'_, S>,
        state: &[f64],
        mut emit: impl FnMut(usize, S),
    ) {
        let (gain, loss) = gain_and_loss(newest.close - newest.previous_close);
        let (gains, losses) = state.split_at(Smoother::N_STATE);
        let gain = self.smoother.next(gains, gain);
        let loss = self.smoother.next(losses, loss);
        let total = larger(newest.close * VOLATILITY_FLOOR, gain + loss);
        emit(0, (gain - loss) * total.recip());
    }
}
