//! Sample standard deviation of the last log returns.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    scalar::{VOLATILITY_FLOOR, count, larger},
};

/// Computes [`crate::features::FeatureSpec::RollingVolatility`] in O(1) per newest close.
///
/// State `[a, q]`: mean and sum of squared deviations of the n − 1 committed log returns. With d =
/// r − a for the newest return r: s² = (q + d² (n − 1)/n) / (n − 1) (Chan, Golub, `LeVeque`,
/// *Algorithms for computing the sample variance*, 1983). Each commit recomputes a and q, so
/// rounding errors do not accumulate.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct RollingVolatility {
    pub(super) window: usize,
}

impl Feature for RollingVolatility {
    fn memory(&self) -> Memory {
        Memory::new(self.window - 1, 2)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![
            Field::shockable(
                format!("{symbol}.rolling_volatility({})", self.window),
                "volatility per bar",
                self.window,
            )
            .within(VOLATILITY_FLOOR, None),
        ]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::First {
            return;
        }
        let earlier = now.lags[..self.window - 1].windows(2);
        let returns =
            || std::iter::once(now.log_return).chain(earlier.clone().map(|y| y[0] - y[1]));
        let mean = returns().sum::<f64>() / (count(self.window) - 1.0);
        state[0] = mean;
        state[1] = returns().map(|r| (r - mean) * (r - mean)).sum();
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let distance = now.log_return - state[0];
        let variance = distance * distance * count(self.window).recip()
            + state[1] / (count(self.window) - 1.0);
        let floor = S::from(VOLATILITY_FLOOR * VOLATILITY_FLOOR);
        out(0, larger(floor, variance).sqrt());
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn equals_the_two_pass_formula() {
        let closes = closes(&panel(1, 60, 8));
        let returns: Vec<f64> = closes.windows(2).map(|c| (c[1] / c[0]).ln()).collect();
        for window in [2, 3, 24] {
            for t in window..60 {
                let last = &returns[t - window..t];
                let n = window as f64;
                let mean = last.iter().sum::<f64>() / n;
                let squares: f64 = last.iter().map(|r| (r - mean).powi(2)).sum();
                let found = last_value(&FeatureSpec::RollingVolatility { window }, &closes[..=t]);
                assert_close(found, (squares / (n - 1.0)).sqrt(), 1e-14);
            }
        }
    }

    #[test]
    fn volatility_of_alternating_and_constant_returns_is_exact() {
        let spec = FeatureSpec::RollingVolatility { window: 4 };
        // Returns alternate between plus and minus one percent: mean 0, s² = 4e-4 / 3.
        let alternate: Vec<f64> = (0..30)
            .map(|t| 100.0 * (0.01 * f64::from(t % 2)).exp())
            .collect();
        assert_close(
            last_value(&spec, &alternate),
            0.01 * (4.0_f64 / 3.0).sqrt(),
            1e-14,
        );
        // Steady growth of any speed has zero volatility, so the value is the floor.
        let steady: Vec<f64> = (0..30)
            .map(|t| 100.0 * (0.01 * f64::from(t)).exp())
            .collect();
        assert_close(last_value(&spec, &steady), 1e-5, 1e-14);
    }
}
