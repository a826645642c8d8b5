//! Moving average convergence divergence.

use super::{
    Field,
    feature::Streaming,
    newest::{Newest, Place},
    scalar::Scalar,
    smoother::Smoother,
};

/// x = (M_t − EMA_signal(M)_t) / C_t, M = EMA_fast(C) − EMA_slow(C): the histogram as a fraction of the close.
///
/// Each exponential moving average (α = 2/(n+1)) is seeded by the simple mean of its first n inputs; the signal line starts
/// when the slow average is seeded (Appel 1979; same lookback slow + signal − 2 as TA-Lib, which aligns the fast seed
/// differently). State: [fast, k, slow, k, signal, k].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Macd {
    fast: Smoother,
    slow: Smoother,
    signal: Smoother,
    periods: [usize; 3],
}

impl Macd {
    pub(super) fn new(fast: usize, slow: usize, signal: usize) -> Self {
        Self {
            fast: Smoother::exponential(fast),
            slow: Smoother::exponential(slow),
            signal: Smoother::exponential(signal),
            periods: [fast, slow, signal],
        }
    }
}

impl Streaming for Macd {
    fn n_lags(&self) -> usize {
        1
    }
    fn n_state(&self) -> usize {
        3 * Smoother::N_STATE
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let [fast, slow, signal] = self.periods;
        vec![Field {
            name: format!("{symbol}.macd({fast},{slow},{signal})"),
            unit: "fraction of close".into(),
            low: None,
            high: None,
            shockable: true,
            warm_up: slow + signal - 2,
        }]
    }
    fn push(&self, newest: &Newest<'_>, _: Place, state: &mut [f64]) {
        self.fast.push(&mut state[0..2], newest.close);
        self.slow.push(&mut state[2..4], newest.close);
        if self.slow.is_seeded(&state[2..4]) {
            let line = state[0] - state[2];
            self.signal.push(&mut state[4..6], line);
        }
    }
    fn values<S: Scalar>(
        &self,
        newest: &Newest<'_, S>,
        state: &[f64],
        mut emit: impl FnMut(usize, S),
    ) {
        let line =
            self.fast.next(&state[0..2], newest.close) - self.slow.next(&state[2..4], newest.close);
        let signal = self.signal.next(&state[4..6], line);
        emit(0, (line - signal) * newest.close.recip());
    }
}
