//! Quantiles and other order statistics.

/// Quantile at `probability` p, interpolated linearly between order statistics (type 7 of Hyndman
/// and Fan 1996, the default of `NumPy`).
///
/// With x sorted ascending, h = (n - 1) p: `x[floor(h)] + (h - floor(h)) (x[floor(h) + 1] -
/// x[floor(h)])`. `None` for no values, a NaN among them, or a probability outside [0, 1].
///
/// ```
/// assert_eq!(shockproof::stats::quantile(&[4.0, 1.0, 3.0, 2.0], 0.25), Some(1.75));
/// ```
#[must_use]
pub fn quantile(values: &[f64], probability: f64) -> Option<f64> {
    quantile_of_sorted(&sorted(values)?, probability)
}

/// Median: the 0.5 quantile.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// Mean without the `floor(n / 4)` lowest and highest values; `None` for no values or a NaN.
///
/// Source: Agarwal et al. 2021 (2108.13264); equals `scipy.stats.trim_mean(x, 0.25)`.
#[must_use]
pub fn interquartile_mean(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values)?;
    let cut = sorted.len() / 4;
    super::mean(&sorted[cut..sorted.len() - cut])
}

/// Robust center and scale, each with a breakdown point of one half.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RobustScale {
    /// Median.
    pub center: f64,
    /// 1.4826 times the median absolute deviation; estimates a normal standard deviation.
    pub scale: f64,
}

/// Median and scaled median absolute deviation; `None` for no values or a NaN among them.
#[must_use]
pub fn robust_scale(values: &[f64]) -> Option<RobustScale> {
    let center = median(values)?;
    let deviations: Vec<f64> = values.iter().map(|value| (value - center).abs()).collect();
    Some(RobustScale {
        center,
        scale: 1.482_602_218_505_602 * median(&deviations)?,
    })
}

/// [`quantile`] of values in ascending order.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "0 <= position < number of values, far below 2^53"
)]
pub(super) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&probability) {
        return None;
    }
    let position = sorted.len().checked_sub(1)? as f64 * probability;
    let below = position.floor();
    let (low, fraction) = (sorted[below as usize], position - below);
    let high = sorted.get(below as usize + 1).copied().unwrap_or(low);
    Some(low + fraction * (high - low))
}

/// Sorts the values; `None` for no values or a NaN among them.
fn sorted(values: &[f64]) -> Option<Vec<f64>> {
    if values.is_empty() || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Component, Streams};
    use proptest::prelude::*;
    use rand_distr::{Distribution, Normal};

    #[test]
    fn quantiles_equal_values_by_hand() {
        let values = [15.0, 50.0, 20.0, 40.0, 35.0];
        assert_eq!(quantile(&values, 0.0), Some(15.0));
        assert_eq!(quantile(&values, 1.0), Some(50.0));
        assert_eq!(median(&values), Some(35.0));
        // h = 4 * 0.4 = 1.6, 20 + 0.6 * 15 = 29.
        assert!((quantile(&values, 0.4).unwrap() - 29.0).abs() < 1e-12);
    }

    #[test]
    fn interquartile_mean_ignores_a_quarter_at_either_end() {
        let values = [-1e9, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1e9];
        assert_eq!(interquartile_mean(&values), Some(3.5));
        assert_eq!(interquartile_mean(&[7.0]), Some(7.0));
        assert_eq!(interquartile_mean(&[1.0, 2.0, 6.0]), Some(3.0));
    }

    #[test]
    fn robust_scale_estimates_normal_deviation_and_ignores_an_outlier() {
        let rng = Streams::new(1).stream(Component::Bootstrap, 0);
        let values: Vec<f64> = Normal::new(5.0, 2.0)
            .unwrap()
            .sample_iter(rng)
            .take(20_000)
            .collect();
        let scale = robust_scale(&values).unwrap();
        // Standard errors: median 1.25 sigma / sqrt(n) = 0.018, scale 1.17 sigma / sqrt(n) = 0.017.
        assert!((scale.center - 5.0).abs() < 0.07 && (scale.scale - 2.0).abs() < 0.07);
        let spoiled = [1.0, 2.0, 3.0, 4.0, 1e300];
        assert!(robust_scale(&spoiled).unwrap().scale < 2.0);
    }

    #[test]
    fn undefined_statistics_are_none() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0, f64::NAN], 0.5), None);
        assert_eq!(quantile(&[1.0], 1.1), None);
        assert_eq!(quantile(&[1.0], f64::NAN), None);
        assert_eq!(interquartile_mean(&[]), None);
        assert_eq!(robust_scale(&[]), None);
    }

    proptest! {
        #[test]
        fn quantiles_increase_and_stay_within_the_sample(
            values in prop::collection::vec(-1e3..1e3_f64, 1..40),
            p in 0.0..1.0_f64,
            q in 0.0..1.0_f64,
        ) {
            let low = quantile(&values, p.min(q)).unwrap();
            let high = quantile(&values, p.max(q)).unwrap();
            prop_assert!(low <= high);
            prop_assert!(quantile(&values, 0.0).unwrap() <= low);
            prop_assert!(high <= quantile(&values, 1.0).unwrap());
        }
    }
}
