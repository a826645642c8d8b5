//! Last log returns.

use crate::features::{Feature, Field, Memory, Newest, Place, Scalar};

/// Computes [`crate::features::FeatureSpec::LogReturns`]. No state.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct LogReturns {
    pub(super) window: usize,
}

impl Feature for LogReturns {
    fn memory(&self) -> Memory {
        Memory::new(self.window, 0)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        (0..self.window)
            .map(|k| {
                let name = format!("{symbol}.log_return[{k}]");
                Field {
                    shockable: k == 0,
                    ..Field::fixed(name, "log return", k + 1)
                }
            })
            .collect()
    }
    fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, _: &[f64], mut out: impl FnMut(usize, S)) {
        out(0, now.log_return);
        for (k, pair) in now.lags[..self.window].windows(2).enumerate() {
            out(k + 1, S::from(pair[0] - pair[1]));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

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
