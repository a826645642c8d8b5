//! Sharpe ratio, corrected for choosing the best of many trials.

use super::{
    count, deviation,
    metric::metric,
    normal::{cumulative, quantile},
    risk::sharpe_per_bar,
};
use crate::stats::mean;

/// Trials that a record was selected from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trials {
    /// Number of strategies tried, including the selected one.
    pub n_trials: usize,
    /// Variance of the trials' Sharpe ratios *per bar*.
    pub variance: f64,
}

impl Trials {
    /// One trial, without any selection.
    pub const ONE: Self = Self {
        n_trials: 1,
        variance: 0.0,
    };

    /// Trials with these Sharpe ratios per bar; [`Trials::ONE`] for fewer than two.
    #[must_use]
    pub fn of(sharpes_per_bar: &[f64]) -> Self {
        if sharpes_per_bar.len() < 2 {
            return Self::ONE;
        }
        Self {
            n_trials: sharpes_per_bar.len(),
            variance: deviation(sharpes_per_bar).unwrap_or(0.0).powi(2),
        }
    }
}

/// Expected Sharpe ratio per bar of the best of N skill-less trials,
/// `SR_0 = √V ((1 − γ) Φ⁻¹(1 − 1/N) + γ Φ⁻¹(1 − 1/(N e)))`, γ the Euler–Mascheroni constant.
///
/// Zero for a single trial. Source: Bailey and López de Prado, "The Deflated Sharpe Ratio" (2014),
/// eq. 1.
fn expected_best_sharpe(trials: Trials) -> Option<f64> {
    const EULER_MASCHERONI: f64 = 0.577_215_664_901_532_9;
    if trials.n_trials == 0 || trials.variance < 0.0 || trials.variance.is_nan() {
        return None;
    }
    if trials.n_trials == 1 {
        return Some(0.0);
    }
    let n = count(trials.n_trials);
    let median = quantile(1.0 - 1.0 / n)?;
    let tail = quantile(1.0 - 1.0 / (n * std::f64::consts::E))?;
    Some(trials.variance.sqrt() * ((1.0 - EULER_MASCHERONI) * median + EULER_MASCHERONI * tail))
}

metric! {
    /// `Φ((SR − SR_0) √(n − 1) / √(1 − γ_3 SR + (γ_4 − 1)/4 SR²))`, all per bar, `SR_0` the
    /// expected best Sharpe ratio of skill-less trials, `γ_3` the skewness and `γ_4` the (not
    /// excess) kurtosis of simple returns. Source: Bailey and López de Prado, "The Deflated Sharpe
    /// Ratio" (2014), eq. 2.
    DeflatedSharpe(Trials) {
        name: "deflated_sharpe",
        label: "Deflated Sharpe ratio",
        format: Percent,
        better: Higher,
        definition: "probability that the true Sharpe ratio is above the best that as many \
                     skill-less trials as were run would show by luck",
        undefined: "returns do not vary",
    }
    |self, ledger| deflated_sharpe(&ledger.simple_returns(), self.0)
}

fn deflated_sharpe(simple_returns: &[f64], trials: Trials) -> Option<f64> {
    let center = mean(simple_returns)?;
    let moment = |power: i32| {
        let powers: Vec<f64> = simple_returns
            .iter()
            .map(|r| (r - center).powi(power))
            .collect();
        mean(&powers)
    };
    let sharpe = sharpe_per_bar(simple_returns)?;
    let variance = moment(2)?;
    let moments = Moments {
        skewness: moment(3)? / variance.powf(1.5),
        kurtosis: moment(4)? / variance.powi(2),
        n_bars: simple_returns.len(),
    };
    deflate(sharpe, &moments, expected_best_sharpe(trials)?)
}

struct Moments {
    skewness: f64,
    kurtosis: f64,
    n_bars: usize,
}

fn deflate(sharpe: f64, moments: &Moments, benchmark: f64) -> Option<f64> {
    let spread = 1.0 - moments.skewness * sharpe + (moments.kurtosis - 1.0) / 4.0 * sharpe.powi(2);
    let root = count(moments.n_bars - 1).sqrt();
    (spread > 0.0).then(|| cumulative((sharpe - benchmark) * root / spread.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the paper: five years of daily data, annual Sharpe ratio 2.5, skewness
    /// -3, kurtosis 10, variance of the annual trial ratios 1/2, 250 bars a year: .9004 after 100
    /// trials, .9505 after 46.
    #[test]
    fn the_papers_example() {
        let per_bar = |annual: f64| annual / 250.0_f64.sqrt();
        for (n_trials, expected) in [(100, 0.9004), (46, 0.9505)] {
            let trials = Trials {
                n_trials,
                variance: 0.5 / 250.0,
            };
            let moments = Moments {
                skewness: -3.0,
                kurtosis: 10.0,
                n_bars: 1_250,
            };
            let benchmark = expected_best_sharpe(trials).unwrap();
            let found = deflate(per_bar(2.5), &moments, benchmark).unwrap();
            assert!((found - expected).abs() < 5e-4, "{n_trials}: {found}");
        }
        let hundred = Trials {
            n_trials: 100,
            variance: 0.5 / 250.0,
        };
        assert!((expected_best_sharpe(hundred).unwrap() - 0.1132).abs() < 5e-5);
    }

    #[test]
    fn more_trials_deflate_more_and_one_trial_not_at_all() {
        let returns: Vec<f64> = (0..500)
            .map(|i| f64::from(i % 7 - 3) * 0.01 + 0.001)
            .collect();
        let at = |n_trials| {
            let trials = Trials {
                n_trials,
                variance: 1e-4,
            };
            deflated_sharpe(&returns, trials).unwrap()
        };
        assert!(at(1) > at(5) && at(5) > at(50));
        // Symmetric returns: without selection, the figure is the probabilistic Sharpe ratio.
        let sharpe = sharpe_per_bar(&returns).unwrap();
        assert!((at(1) - cumulative(sharpe * 499.0_f64.sqrt())).abs() < 0.01);
        assert_eq!(
            deflated_sharpe(
                &[0.0; 9],
                Trials {
                    n_trials: 1,
                    variance: 0.0
                }
            ),
            None
        );
    }
}
