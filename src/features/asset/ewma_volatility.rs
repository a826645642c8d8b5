//! Log of the EWMA volatility, newest bar included.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    ewma_variance::{EwmaVariance, returns_to_settle},
    scalar::{VOLATILITY_FLOOR, larger},
};

/// Computes [`crate::features::FeatureSpec::EwmaVolatility`]. State: `[v, n]` of the variance.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct EwmaVolatility {
    half_life: f64,
    variance: EwmaVariance,
}

impl EwmaVolatility {
    pub(super) fn new(half_life: f64) -> Self {
        Self {
            half_life,
            variance: EwmaVariance::new(half_life),
        }
    }
}

impl Feature for EwmaVolatility {
    fn memory(&self) -> Memory {
        Memory::new(1, EwmaVariance::N_STATE)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![
            Field::shockable(
                format!("{symbol}.log_volatility({})", self.half_life),
                "log of volatility per bar",
                returns_to_settle(self.half_life),
            )
            .within(VOLATILITY_FLOOR.ln(), None),
        ]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            self.variance.push(state, now.log_return);
        }
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let floor = S::from(VOLATILITY_FLOOR * VOLATILITY_FLOOR);
        let variance = larger(floor, self.variance.next(state, now.log_return));
        out(0, variance.ln() * 0.5);
    }
}

#[cfg(test)]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn volatility_of_a_constant_return_is_that_return() {
        let closes: Vec<f64> = (0..40)
            .map(|t| 50.0 * (0.01 * f64::from(t)).exp())
            .collect();
        let spec = FeatureSpec::EwmaVolatility { half_life: 10.0 };
        assert_close(last_value(&spec, &closes), 0.01_f64.ln(), 1e-12);
    }

    #[test]
    fn a_half_life_halves_the_weight() {
        // After a single move r: v = r² λ^k / Σ_{j≤k} λ^j, with λ^8 = 1/2.
        let mut closes = vec![100.0, 100.0 * 0.02_f64.exp()];
        closes.extend([closes[1]; 8]);
        let decay = 0.5_f64.powf(0.125);
        let variance = 0.02_f64.powi(2) * 0.5 * (1.0 - decay) / (1.0 - decay.powi(9));
        let spec = FeatureSpec::EwmaVolatility { half_life: 8.0 };
        assert_close(last_value(&spec, &closes), 0.5 * variance.ln(), 1e-12);
    }
}
