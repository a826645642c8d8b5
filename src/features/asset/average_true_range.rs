//! Average true range.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    scalar::{larger, smaller},
    smoother::Smoother,
};

/// Computes [`crate::features::FeatureSpec::AverageTrueRange`]. State: `[ATR, k]` of the smoother.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct AverageTrueRange {
    period: usize,
    smoother: Smoother,
}

impl AverageTrueRange {
    pub(super) fn new(period: usize) -> Self {
        Self {
            period,
            smoother: Smoother::wilder(period),
        }
    }
}

fn true_range<S: Scalar>(now: &Newest<'_, S>) -> S {
    let previous = S::from(now.previous_close);
    larger(previous, now.bar.high) - smaller(previous, now.bar.low)
}

impl Feature for AverageTrueRange {
    fn memory(&self) -> Memory {
        Memory::new(1, Smoother::N_STATE)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        vec![
            Field::shockable(
                format!("{symbol}.average_true_range({})", self.period),
                "fraction of close",
                self.period,
            )
            .within(0.0, None),
        ]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        if place == Place::Later {
            self.smoother.push(state, true_range(now));
        }
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let range = self.smoother.next(state, true_range(now));
        out(0, range * now.bar.close.recip());
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn equals_the_textbook_in_batch() {
        let (period, panel) = (14, panel(1, 60, 5));
        let bars: Vec<_> = (0..60).map(|t| panel.row(t)[0]).collect();
        let ranges: Vec<f64> = bars
            .windows(2)
            .map(|b| {
                let previous = b[0].close;
                (b[1].high - b[1].low)
                    .max((b[1].high - previous).abs())
                    .max((b[1].low - previous).abs())
            })
            .collect();
        let spec = FeatureSpec::AverageTrueRange { period };
        let n = period as f64;
        let mut expected = ranges[..period].iter().sum::<f64>() / n;
        assert_close(
            last_values(&spec, &bars[..=period])[0],
            expected / bars[period].close,
            1e-13,
        );
        for t in period + 1..60 {
            expected = (expected * (n - 1.0) + ranges[t - 1]) / n;
            assert_close(
                last_values(&spec, &bars[..=t])[0],
                expected / bars[t].close,
                1e-13,
            );
        }
    }

    #[test]
    fn gaps_are_part_of_the_true_range() {
        let bars = [100.0, 100.0, 110.0].map(flat_bar);
        let spec = FeatureSpec::AverageTrueRange { period: 2 };
        assert_close(last_values(&spec, &bars)[0], 5.0 / 110.0, 1e-15);
    }
}
