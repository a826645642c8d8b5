//! Return against the other assets.

use super::{
    Field,
    feature::Streaming,
    newest::{Newest, Place},
    scalar::Scalar,
};

/// x_i = R_i − (1/n) Σ_j R_j, R = ln(C_t / C_{t−window}).
///
/// This file yields R_i; the pipeline subtracts the mean over its n assets, the only place where assets meet:
/// ∂x_i/∂z_j = δ_ij − 1/n. Stateless.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CrossSection {
    window: usize,
}

impl CrossSection {
    pub(super) const fn new(window: usize) -> Self {
        Self { window }
    }
}

impl Streaming for CrossSection {
    fn n_lags(&self) -> usize {
        self.window
    }
    fn n_state(&self) -> usize {
        0
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field {
            name: format!("{symbol}.cross_section({})", self.window),
            unit: "log return".into(),
            low: None,
            high: None,
            shockable: true,
            warm_up: self.window,
        }]
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, _: &[f64], mut emit: impl FnMut(usize, S)) {
        emit(0, newest.log_close - newest.lags[self.window - 1]);
    }
}
