//! z-score of the log close within the last closes.

use crate::features::{
    Feature, Field, Memory, Newest, Place, Scalar,
    scalar::{VOLATILITY_FLOOR, count, larger},
};

/// Computes [`crate::features::FeatureSpec::ZScore`] in O(1) per newest close.
///
/// State `[a, q]`: mean and sum of squared deviations of the n − 1 committed log closes. With d = y
/// − a for the newest log close y: y − ȳ = d (n − 1)/n and s² = (q + d² (n − 1)/n) / n (Chan,
/// Golub, `LeVeque`, *Algorithms for computing the sample variance*, 1983).
#[derive(Debug, Clone, PartialEq)]
pub(in crate::features) struct ZScore {
    pub(super) window: usize,
}

impl Feature for ZScore {
    fn memory(&self) -> Memory {
        Memory::new(self.window - 2, 2)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let bound = (count(self.window) - 1.0).sqrt();
        vec![
            Field::shockable(
                format!("{symbol}.z_score({})", self.window),
                "standard deviations",
                self.window - 1,
            )
            .within(-bound, bound),
        ]
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        let origin = now.log_close;
        let earlier = match place {
            Place::First => &[],
            Place::Later => &now.lags[..self.window - 2],
        };
        let mean = earlier.iter().map(|y| y - origin).sum::<f64>() / (count(self.window) - 1.0);
        let squares = earlier
            .iter()
            .map(|y| (y - origin - mean).powi(2))
            .sum::<f64>();
        state[0] = origin + mean;
        state[1] = squares + mean * mean;
    }
    #[inline]
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        let share = (count(self.window) - 1.0) / count(self.window);
        let distance = now.log_close - state[0];
        let variance = (distance * distance * share + state[1]) * count(self.window).recip();
        let floor = S::from(VOLATILITY_FLOOR * VOLATILITY_FLOOR);
        let deviation = larger(floor, variance).sqrt();
        out(0, distance * share * deviation.recip());
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "small counts")]
mod tests {
    use crate::features::{FeatureSpec, tests::prices::*};

    #[test]
    fn equals_the_two_pass_formula() {
        let (window, closes) = (20, closes(&panel(1, 50, 6)));
        let logs: Vec<f64> = closes.iter().map(|c| c.ln()).collect();
        for t in window - 1..50 {
            let last = &logs[t + 1 - window..=t];
            let n = window as f64;
            let mean = last.iter().sum::<f64>() / n;
            let deviation = (last.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n).sqrt();
            let found = last_value(&FeatureSpec::ZScore { window }, &closes[..=t]);
            assert_close(found, (logs[t] - mean) / deviation, 1e-11);
        }
    }

    #[test]
    fn a_single_move_gives_the_largest_z_score_and_constant_prices_give_zero() {
        let mut closes = vec![100.0; 30];
        let spec = FeatureSpec::ZScore { window: 10 };
        assert_close(last_value(&spec, &closes), 0.0, 1e-9);
        closes.push(101.0);
        assert_close(last_value(&spec, &closes), 3.0, 1e-9);
    }
}
