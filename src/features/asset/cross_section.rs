//! Return of an asset minus the mean over all assets.

use crate::features::{Feature, Field, Memory, Newest, Place, Scalar};

/// Computes [`crate::features::FeatureSpec::CrossSection`] before the pipeline subtracts the mean.
/// No state.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct CrossSection {
    pub(super) window: usize,
}

impl Feature for CrossSection {
    fn memory(&self) -> Memory {
        Memory::new(self.window, 0)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![Field::shockable(
            format!("{symbol}.cross_section({})", self.window),
            "log return",
            self.window,
        )]
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, _: &[f64], mut out: impl FnMut(usize, S)) {
        out(0, now.log_close - now.lags[self.window - 1]);
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn values_are_returns_minus_their_mean_and_sum_to_zero() {
        let (n, window, panel) = (4, 3, panel(4, 20, 7));
        let pipeline = pipeline(&[FeatureSpec::CrossSection { window }], n);
        let table = crate::features::FeatureTable::new(&pipeline, &panel).expect("same symbols");
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
