//! Relative strength index.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    scalar::{VOLATILITY_FLOOR, larger},
    smoother::Smoother,
};

/// Computes [`crate::features::FeatureSpec::Rsi`]. State: `[G, k, L, k]` of the smoothers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct Rsi {
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

/// Gain max(change, 0) and loss max(−change, 0); a change of zero counts as a gain.
fn gain_and_loss<S: Scalar>(change: S) -> (S, S) {
    if change.re() >= 0.0 {
        (change, S::from(0.0))
    } else {
        (S::from(0.0), -change)
    }
}

impl Feature for Rsi {
    fn memory(&self) -> Memory {
        Memory::new(1, 2 * Smoother::N_STATE)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![
            Field::shockable(format!("{symbol}.rsi({})", self.period), "1", self.period)
                .within(-1.0, 1.0),
        ]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            let (gain, loss) = gain_and_loss(now.bar.close - now.previous_close);
            let (gains, losses) = state.split_at_mut(Smoother::N_STATE);
            self.smoother.push(gains, gain);
            self.smoother.push(losses, loss);
        }
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let (gain, loss) = gain_and_loss(now.bar.close - now.previous_close);
        let (gains, losses) = state.split_at(Smoother::N_STATE);
        let gain = self.smoother.next(gains, gain);
        let loss = self.smoother.next(losses, loss);
        let total = larger(now.bar.close * VOLATILITY_FLOOR, gain + loss);
        out(0, (gain - loss) * total.recip());
    }
}

#[cfg(test)]
mod tests {
    use crate::features::{FeatureSpec, Scalar, print_bar, tests::prices::*};
    use num_dual::Dual64;

    const SPEC: FeatureSpec = FeatureSpec::Rsi { period: 14 };

    #[test]
    fn reproduces_a_published_table() {
        // StockCharts ChartSchool, "Relative Strength Index", QQQQ: closes and 14-day RSI.
        let closes = [
            44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433,
            46.0826, 45.8931, 46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116,
            46.2222, 45.6439,
        ];
        let published = [70.53, 66.32, 66.55, 69.41, 66.36, 57.97];
        for (k, rsi) in published.iter().enumerate() {
            let found = last_value(&SPEC, &closes[..15 + k]);
            assert!((50.0 * (found + 1.0) - rsi).abs() < 0.006, "{k}: {found}");
        }
    }

    #[test]
    fn rsi_is_extreme_for_monotone_series_and_neutral_for_constant_ones() {
        let up: Vec<f64> = (0..30).map(|t| 10.0 + f64::from(t)).collect();
        let down: Vec<f64> = up.iter().rev().copied().collect();
        assert_close(last_value(&SPEC, &up), 1.0, 1e-15);
        assert_close(last_value(&SPEC, &down), -1.0, 1e-15);
        assert_close(last_value(&SPEC, &[10.0; 30]), 0.0, 0.0);
    }

    #[test]
    fn at_an_unchanged_close_the_derivative_is_the_right_hand_one() {
        let mut closes = closes(&panel(1, 40, 3));
        closes.push(closes[39]);
        let pipeline = pipeline(&[SPEC], 1);
        let bars: Vec<_> = closes.iter().map(|&c| flat_bar(c)).collect();
        let state = state_after(&pipeline, &bars[..40]);
        let value = |z: f64| peek(&pipeline, &state, z, bars[40]);
        let found = peek(&pipeline, &state, Dual64::new(0.0, 1.0), bars[40]).eps;
        let h = 1e-7;
        let right = (value(h) - value(0.0)) / h;
        let left = (value(0.0) - value(-h)) / h;
        assert_close(found / right, 1.0, 1e-5);
        assert!(
            (found / left - 1.0).abs() > 1e-2,
            "the kink must be visible"
        );
    }

    fn peek<S: Scalar>(
        pipeline: &crate::features::Pipeline,
        state: &[f64],
        z: S,
        bar: crate::market::Bar,
    ) -> S {
        let mut out = [z];
        pipeline.peek(
            state,
            &[print_bar(&bar, z)],
            end_of_day(40).into(),
            &mut out,
        );
        out[0]
    }
}
