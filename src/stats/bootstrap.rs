//! Percentile bootstrap intervals.

use super::order::quantile_of_sorted;
use crate::rng::Rng;
use rand::Rng as _;

/// Percentile bootstrap of a statistic, with confidence c.
///
/// Each resample draws, with replacement, as many values as the sample has. The interval lies
/// between the (1 - c) / 2 and (1 + c) / 2 quantiles of the statistic over the resamples. Source:
/// Efron and Tibshirani 1993, chapter 13; Agarwal et al. 2021 (2108.13264) for strata.
///
/// Every method returns `None` for an empty sample, for fields outside their range, and if the
/// statistic is `None` on the sample or on a resample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples, at least 1.
    pub n_resamples: usize,
    /// Confidence c, in [0, 1].
    pub confidence: f64,
}

/// An estimate and its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// Statistic of the sample.
    pub estimate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Bootstrap {
    /// 2,000 resamples and a confidence of 95 %.
    pub const STANDARD: Self = Self {
        n_resamples: 2000,
        confidence: 0.95,
    };

    /// Interval of `statistic` over independent `values`.
    pub fn interval(
        &self,
        values: &[f64],
        statistic: impl Fn(&[f64]) -> Option<f64>,
        rng: &mut Rng,
    ) -> Option<Interval> {
        self.stratified(&[values], statistic, rng)
    }

    /// Interval of `statistic` over the concatenated `strata` (attacks, markets, folds; their
    /// values: one per seed). Each stratum is resampled separately.
    pub fn stratified(
        &self,
        strata: &[&[f64]],
        statistic: impl Fn(&[f64]) -> Option<f64>,
        rng: &mut Rng,
    ) -> Option<Interval> {
        if strata.is_empty() || strata.iter().any(|stratum| stratum.is_empty()) {
            return None;
        }
        let pooled = strata.concat();
        let estimate = statistic(&pooled)?;
        let mut resample = Vec::with_capacity(pooled.len());
        self.percentiles(estimate, || {
            resample.clear();
            for stratum in strata {
                let draw = |_: &f64| stratum[rng.gen_range(0..stratum.len())];
                resample.extend(stratum.iter().map(draw));
            }
            statistic(&resample)
        })
    }

    /// Interval of `statistic(left) - statistic(right)` over pairs: entry i of both sides has the
    /// same seed and is drawn together, so common noise cancels. `None` for unequal lengths.
    pub fn paired_difference(
        &self,
        left: &[f64],
        right: &[f64],
        statistic: impl Fn(&[f64]) -> Option<f64>,
        rng: &mut Rng,
    ) -> Option<Interval> {
        if left.is_empty() || left.len() != right.len() {
            return None;
        }
        let estimate = statistic(left)? - statistic(right)?;
        let n = left.len();
        let (mut of_left, mut of_right) = (vec![0.0; n], vec![0.0; n]);
        self.percentiles(estimate, || {
            for (to_left, to_right) in of_left.iter_mut().zip(&mut of_right) {
                let drawn = rng.gen_range(0..n);
                (*to_left, *to_right) = (left[drawn], right[drawn]);
            }
            Some(statistic(&of_left)? - statistic(&of_right)?)
        })
    }

    fn percentiles(
        &self,
        estimate: f64,
        mut draw: impl FnMut() -> Option<f64>,
    ) -> Option<Interval> {
        let mut drawn = Vec::with_capacity(self.n_resamples);
        for _ in 0..self.n_resamples {
            drawn.push(draw().filter(|value| !value.is_nan())?);
        }
        drawn.sort_unstable_by(f64::total_cmp);
        let tail = (1.0 - self.confidence) / 2.0;
        Some(Interval {
            estimate,
            low: quantile_of_sorted(&drawn, tail)?,
            high: quantile_of_sorted(&drawn, 1.0 - tail)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Component, Streams};
    use crate::stats::{interquartile_mean, mean};
    use rand_distr::{Distribution, StandardNormal};

    fn rng(index: u64) -> Rng {
        Streams::new(3).stream(Component::Bootstrap, index)
    }

    fn normals(n: usize, index: u64) -> Vec<f64> {
        StandardNormal.sample_iter(rng(index)).take(n).collect()
    }

    #[test]
    fn interval_of_a_mean_has_the_width_of_normal_theory() {
        let values = normals(400, 1);
        let interval = Bootstrap::STANDARD
            .interval(&values, mean, &mut rng(2))
            .unwrap();
        let half = 1.96 * crate::stats::std_dev(&values).unwrap() / 20.0;
        assert!((interval.estimate - mean(&values).unwrap()).abs() < 1e-12);
        assert!((interval.high - interval.estimate - half).abs() < 0.1 * half);
        assert!((interval.estimate - interval.low - half).abs() < 0.1 * half);
    }

    #[test]
    fn coverage_of_the_true_mean_is_near_the_confidence() {
        let bootstrap = Bootstrap {
            n_resamples: 200,
            confidence: 0.9,
        };
        let covered = (0..300)
            .filter(|&trial| {
                let values = normals(40, 100 + trial);
                let interval = bootstrap
                    .interval(&values, mean, &mut rng(10_000 + trial))
                    .unwrap();
                interval.low <= 0.0 && 0.0 <= interval.high
            })
            .count();
        // 300 trials at 0.9: standard deviation 5.2; the interval is slightly too narrow at n = 40.
        assert!((248..=288).contains(&covered), "{covered} of 300");
    }

    #[test]
    fn strata_do_not_mix() {
        // Two constant strata: every resample equals the sample; a pooled resample would differ.
        let interval = Bootstrap::STANDARD
            .stratified(&[&[0.0; 5], &[10.0; 5]], mean, &mut rng(1))
            .unwrap();
        assert!(interval.high - interval.low < 1e-12);
        let pooled = [[0.0; 5], [10.0; 5]].concat();
        let interval = Bootstrap::STANDARD
            .interval(&pooled, mean, &mut rng(1))
            .unwrap();
        assert!(interval.high - interval.low > 4.0);
    }

    #[test]
    fn pairing_removes_common_noise() {
        let shared = normals(30, 5);
        let left: Vec<f64> = shared.iter().map(|x| 100.0 * x + 1.0).collect();
        let right: Vec<f64> = shared.iter().map(|x| 100.0 * x).collect();
        for statistic in [mean, interquartile_mean] {
            let interval = Bootstrap::STANDARD
                .paired_difference(&left, &right, statistic, &mut rng(6))
                .unwrap();
            assert!((interval.low - 1.0).abs() < 1e-9 && (interval.high - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn equal_streams_give_equal_bits_and_undefined_statistics_are_none() {
        let values = normals(20, 9);
        let once = Bootstrap::STANDARD.interval(&values, mean, &mut rng(4));
        assert_eq!(
            once,
            Bootstrap::STANDARD.interval(&values, mean, &mut rng(4))
        );
        assert_eq!(Bootstrap::STANDARD.interval(&[], mean, &mut rng(4)), None);
        assert_eq!(
            Bootstrap::STANDARD.paired_difference(&[1.0], &[1.0, 2.0], mean, &mut rng(4)),
            None
        );
        assert_eq!(
            Bootstrap::STANDARD.interval(&values, |_| Some(f64::NAN), &mut rng(4)),
            None
        );
        for (n_resamples, confidence) in [(0, 0.9), (10, 1.1), (10, f64::NAN)] {
            let bootstrap = Bootstrap {
                n_resamples,
                confidence,
            };
            assert_eq!(bootstrap.interval(&[1.0, 2.0], mean, &mut rng(5)), None);
        }
    }
}
