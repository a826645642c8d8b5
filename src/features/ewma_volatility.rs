//! Log volatility, newest bar included.

use super::{
    Field,
    ewma_variance::{EwmaVariance, returns_to_settle},
    feature::Streaming,
    newest::{Newest, Place},
    scalar::{Scalar, VOLATILITY_FLOOR, larger},
};

/// x = ½ ln max(v_t, floor²), v_t the exponentially weighted variance of the log returns up to the newest.
///
/// ∂x/∂z = w_t r_t / v_t, w_t the weight of the newest return (0 on the floor). Unit: log of volatility per bar. State: [v, n].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EwmaVolatility {
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

impl Streaming for EwmaVolatility {
    fn n_lags(&self) -> usize {
        1
    }
    fn n_state(&self) -> usize {
        EwmaVariance::N_STATE
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field {
            name: format!("{symbol}.log_volatility({})", self.half_life),
            unit: "log of volatility per bar".into(),
            low: Some(VOLATILITY_FLOOR.ln()),
            high: None,
            shockable: true,
            warm_up: returns_to_settle(self.half_life),
        }]
    }
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            self.variance.push(state, newest.log_return);
        }
    }
    fn values<S: Scalar>(
        &self,
        newest: &Newest<'_, S>,
        state: &[f64],
        mut emit: impl FnMut(usize, S),
    ) {
        let floor = S::from(VOLATILITY_FLOOR * VOLATILITY_FLOOR);
        let variance = larger(floor, self.variance.next(state, newest.log_return));
        emit(0, variance.ln() * 0.5);
    }
}
