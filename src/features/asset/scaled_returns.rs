//! Last log returns in units of the volatility known before the newest bar.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    ewma_variance::{EwmaVariance, returns_to_settle},
    scalar::VOLATILITY_FLOOR,
};

/// Computes [`crate::features::FeatureSpec::ScaledReturns`]. State: `[v, n]` of the variance, then
/// 1/σ.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct ScaledReturns {
    window: usize,
    half_life: f64,
    variance: EwmaVariance,
}

impl ScaledReturns {
    pub(super) fn new(window: usize, half_life: f64) -> Self {
        Self {
            window,
            half_life,
            variance: EwmaVariance::new(half_life),
        }
    }
}

impl Feature for ScaledReturns {
    fn memory(&self) -> Memory {
        Memory::new(self.window, EwmaVariance::N_STATE + 1)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let warm_up = self.window.max(returns_to_settle(self.half_life) + 1);
        (0..self.window)
            .map(|k| {
                let name = format!("{symbol}.scaled_return({})[{k}]", self.half_life);
                Field {
                    shockable: k == 0,
                    ..Field::fixed(name, "sigma", warm_up)
                }
            })
            .collect()
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            let variance = self.variance.push(state, now.log_return);
            state[2] = variance.sqrt().max(VOLATILITY_FLOOR).recip();
        }
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let per_sigma = state[2];
        out(0, now.log_return * per_sigma);
        for (k, pair) in now.lags[..self.window].windows(2).enumerate() {
            out(k + 1, S::from((pair[0] - pair[1]) * per_sigma));
        }
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn equals_the_written_formula() {
        let (window, half_life) = (4, 6.0);
        let closes = closes(&panel(1, 60, 1));
        let bars: Vec<_> = closes.iter().map(|&c| flat_bar(c)).collect();
        let found = last_values(&FeatureSpec::ScaledReturns { window, half_life }, &bars);
        let returns: Vec<f64> = closes
            .windows(2)
            .map(|c| (c[1] / c[0]).ln())
            .rev()
            .collect();
        let decay = 0.5_f64.powf(1.0 / half_life);
        let weight = |k: usize| decay.powf(k as f64);
        let before = &returns[1..];
        let squares: f64 = before
            .iter()
            .enumerate()
            .map(|(k, r)| weight(k) * r * r)
            .sum();
        let total: f64 = (0..before.len()).map(weight).sum();
        let sigma = (squares / total).sqrt();
        for k in 0..window {
            assert_close(found[k], returns[k] / sigma, 1e-12);
        }
    }

    #[test]
    fn a_stale_price_is_scaled_by_the_floor() {
        let spec = FeatureSpec::ScaledReturns {
            window: 1,
            half_life: 5.0,
        };
        let mut closes = vec![100.0; 30];
        assert_close(last_value(&spec, &closes), 0.0, 0.0);
        closes.push(100.0 * 1e-3_f64.exp());
        assert_close(last_value(&spec, &closes), 100.0, 1e-9);
    }
}
