//! Return against the other assets.

use super::{
    Field,
    feature::Streaming,
    newest::{Newest, Place},
    scalar::Scalar,
};

/// [`super::FeatureSpec::CrossSection`]. This file yields the return of one asset; the pipeline
/// subtracts the mean over its assets, the only place where assets meet. Stateless.
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
    #[inline]
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, _: &[f64], mut emit: impl FnMut(usize, S)) {
        emit(0, newest.log_close - newest.lags[self.window - 1]);
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use super::super::{FeatureSpec, test_market::*};

    #[test]
    fn is_the_return_against_the_mean_and_sums_to_zero() {
        let (n, window, panel) = (4, 3, panel(4, 20, 7));
        let pipeline = pipeline(&[FeatureSpec::CrossSection { window }], n);
        let table = super::super::FeatureTable::new(&pipeline, &panel).expect("same symbols");
        for t in window..20 {
            let r: Vec<f64> = (0..n)
                .map(|i| (panel.row(t)[i].close / panel.row(t - window)[i].close).ln())
                .collect();
            let mean = r.iter().sum::<f64>() / n as f64;
            for (x, r) in table.row(t).iter().zip(&r) {
                assert_close(*x, r - mean, 1e-13);
            }
            assert_close(table.row(t).iter().sum(), 0.0, 1e-13);
        }
    }
}
