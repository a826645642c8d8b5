//! Histogram of the moving average convergence divergence (MACD).

use crate::features::{Feature, Field, Memory, Newest, Place, Scalar, smoother::Smoother};

/// Computes [`crate::features::FeatureSpec::Macd`]. State: `[fast, k, slow, k, signal, k]` of the
/// smoothers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct Macd {
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

impl Feature for Macd {
    fn memory(&self) -> Memory {
        Memory::new(1, 3 * Smoother::N_STATE)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let [fast, slow, signal] = self.periods;
        vec![Field::shockable(
            format!("{symbol}.macd({fast},{slow},{signal})"),
            "fraction of close",
            slow + signal - 2,
        )]
    }
    fn push(&self, now: &Newest<'_>, _: Place, state: &mut [f64]) {
        self.fast.push(&mut state[0..2], now.bar.close);
        self.slow.push(&mut state[2..4], now.bar.close);
        if self.slow.is_seeded(&state[2..4]) {
            let line = state[0] - state[2];
            self.signal.push(&mut state[4..6], line);
        }
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let line = self.fast.next(&state[0..2], now.bar.close)
            - self.slow.next(&state[2..4], now.bar.close);
        let signal = self.signal.next(&state[4..6], line);
        out(0, (line - signal) * now.bar.close.recip());
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    /// Exponential moving average of `x`, `None` before the simple mean of the first `n`.
    fn average(x: &[f64], n: usize) -> Vec<Option<f64>> {
        let alpha = 2.0 / (n as f64 + 1.0);
        let mut averages = vec![None; n - 1];
        let mut last = x[..n].iter().sum::<f64>() / n as f64;
        averages.push(Some(last));
        for x in &x[n..] {
            last = alpha * x + (1.0 - alpha) * last;
            averages.push(Some(last));
        }
        averages
    }

    #[test]
    fn equals_the_textbook_in_batch() {
        let closes = closes(&panel(1, 80, 4));
        let spec = FeatureSpec::Macd {
            fast: 12,
            slow: 26,
            signal: 9,
        };
        let fast = average(&closes, 12);
        let slow = average(&closes, 26);
        let line: Vec<f64> = fast
            .iter()
            .zip(&slow)
            .filter_map(|(f, s)| Some((*f)? - (*s)?))
            .collect();
        let signal = average(&line, 9);
        for t in 33..80 {
            let signal = signal[t - 25].expect("seeded from the lookback on");
            let expected = (line[t - 25] - signal) / closes[t];
            assert_close(last_value(&spec, &closes[..=t]), expected, 1e-13);
        }
    }

    #[test]
    fn the_histogram_of_a_linear_series_is_zero() {
        // On C = a + b t both settled averages lag by a constant: M is constant, the histogram 0.
        let closes: Vec<f64> = (0..400).map(|t| 100.0 + f64::from(t)).collect();
        let spec = FeatureSpec::Macd {
            fast: 5,
            slow: 10,
            signal: 4,
        };
        assert_close(last_value(&spec, &closes), 0.0, 1e-12);
    }
}
