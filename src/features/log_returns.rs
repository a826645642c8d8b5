//! The last log returns as they are.

use super::{
    Field,
    feature::Streaming,
    newest::{Newest, Place},
    scalar::Scalar,
};

/// [`super::FeatureSpec::LogReturns`]. No state but the log closes that all share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LogReturns {
    window: usize,
}

impl LogReturns {
    pub(super) fn new(window: usize) -> Self {
        Self { window }
    }
}

impl Streaming for LogReturns {
    fn n_lags(&self) -> usize {
        self.window
    }
    fn n_state(&self) -> usize {
        0
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        (0..self.window)
            .map(|k| Field {
                name: format!("{symbol}.log_return[{k}]"),
                unit: "log return".into(),
                low: None,
                high: None,
                shockable: k == 0,
                warm_up: k + 1,
            })
            .collect()
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    #[inline]
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, _: &[f64], mut emit: impl FnMut(usize, S)) {
        emit(0, newest.log_return);
        for (k, pair) in newest.lags[..self.window].windows(2).enumerate() {
            emit(k + 1, S::from(pair[0] - pair[1]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureSpec, test_market::*};

    #[test]
    fn known_moves_come_back_newest_first() {
        let closes = [100.0, 110.0, 99.0, 99.0, 198.0];
        let bars: Vec<_> = closes.iter().map(|&c| flat_bar(c)).collect();
        let found = last_values(&FeatureSpec::LogReturns { window: 4 }, &bars);
        for (found, ratio) in found.iter().zip([2.0_f64, 1.0, 0.9, 1.1]) {
            assert_close(*found, ratio.ln(), 1e-15);
        }
    }
}
