//! Merton's jumps by maximum likelihood.

use super::{
    super::MertonJumps,
    Estimate, FitError, ReturnSample,
    information::Covariance,
    nelder_mead::{MAX_EVALUATIONS, minimize},
};
use serde::{Deserialize, Serialize};

/// [`MertonJumps`] fitted to a sample; units as there.
///
/// Maximum likelihood over the Poisson mixture `f(r) = Σ_n e^{−λΔ} (λΔ)^n / n! N(r; a + n m, s² Δ +
/// n d²)`, `a = (μ − s²/2 − λ k̄) Δ`, the sum cut where less than 1e-12 of the probability is left,
/// by a simplex over unbounded forms of the parameters. The likelihood has no maximum where s goes
/// to 0 on a single return (Honoré 1998, *Pitfalls in estimating jump-diffusion models*); so s is
/// kept above a thousandth of the sample's deviation and λΔ below 5, and a fit that ends there is
/// an error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MertonFit {
    /// See [`MertonJumps::drift`].
    pub drift: Estimate,
    /// See [`MertonJumps::volatility`].
    pub volatility: Estimate,
    /// See [`MertonJumps::intensity`].
    pub intensity: Estimate,
    /// See [`MertonJumps::jump_mean`].
    pub jump_mean: Estimate,
    /// See [`MertonJumps::jump_deviation`].
    pub jump_deviation: Estimate,
    /// At the estimates.
    pub log_likelihood: f64,
}

/// Most jumps expected in a bar.
const MAX_JUMPS_PER_BAR: f64 = 5.0;

/// Least volatility between jumps, in units of the sample's.
const LEAST_VOLATILITY: f64 = 1e-3;

impl MertonFit {
    /// # Errors
    /// [`FitError::NotConverged`]; [`FitError::Degenerate`] for a fit at the edge of what is
    /// allowed.
    pub fn new(sample: &ReturnSample) -> Result<Self, FitError> {
        let (deviation, years) = (sample.deviation(), sample.bar_years());
        // Unbounded: a, ln s, ln λΔ, m, ln d, lengths in units of the sample.
        let model = |x: &[f64]| -> MertonJumps {
            let without_drift = MertonJumps {
                drift: 0.0,
                volatility: deviation * x[1].exp() / years.sqrt(),
                intensity: x[2].exp() / years,
                jump_mean: deviation * x[3],
                jump_deviation: deviation * x[4].exp(),
            };
            let log_drift = (sample.mean() + x[0] * deviation) / years;
            MertonJumps {
                drift: log_drift - without_drift.log_drift(),
                ..without_drift
            }
        };
        let objective = |x: &[f64]| -log_likelihood(&model(x), sample);
        // Jumps of 2 or 4 deviations, of every 100th, 20th or 5th bar, the rest left to the
        // diffusion.
        let starts: Vec<[f64; 5]> = [0.01_f64, 0.05, 0.2]
            .iter()
            .flat_map(|&rate| {
                [2.0_f64, 4.0].map(|size| {
                    let left = (1.0 - rate * size * size).max(0.3);
                    [0.0, 0.5 * left.ln(), rate.ln(), 0.0, size.ln()]
                })
            })
            .collect();
        let start = starts
            .iter()
            .min_by(|a, b| objective(*a).total_cmp(&objective(*b)))
            .unwrap_or(&starts[0]);
        let minimum = minimize(objective, start, 0.3).ok_or(FitError::NotConverged {
            model: "MertonJumps",
            n_steps: MAX_EVALUATIONS,
        })?;
        let at_edge = minimum.at[1].exp() < 1.5 * LEAST_VOLATILITY
            || minimum.at[2].exp() > 0.99 * MAX_JUMPS_PER_BAR;
        if at_edge {
            return Err(FitError::Degenerate {
                model: "MertonJumps",
            });
        }
        Ok(Self::at(&model(&minimum.at), sample))
    }

    fn at(model: &MertonJumps, sample: &ReturnSample) -> Self {
        let values = [
            model.drift,
            model.volatility,
            model.intensity,
            model.jump_mean,
            model.jump_deviation,
        ];
        let of = |x: &[f64]| MertonJumps {
            drift: x[0],
            volatility: x[1],
            intensity: x[2],
            jump_mean: x[3],
            jump_deviation: x[4],
        };
        let covariance = Covariance::at_maximum(|x| log_likelihood(&of(x), sample), &values);
        let estimate = |i| Estimate::of(&values, covariance.as_ref(), i);
        Self {
            drift: estimate(0),
            volatility: estimate(1),
            intensity: estimate(2),
            jump_mean: estimate(3),
            jump_deviation: estimate(4),
            log_likelihood: log_likelihood(model, sample),
        }
    }

    /// The model at the estimates.
    #[must_use]
    pub const fn model(&self) -> MertonJumps {
        MertonJumps {
            drift: self.drift.value,
            volatility: self.volatility.value,
            intensity: self.intensity.value,
            jump_mean: self.jump_mean.value,
            jump_deviation: self.jump_deviation.value,
        }
    }
}

/// See [`MertonFit`]; −∞ outside the range that is fitted.
fn log_likelihood(model: &MertonJumps, sample: &ReturnSample) -> f64 {
    let years = sample.bar_years();
    let rate = model.intensity * years;
    let least = LEAST_VOLATILITY * sample.deviation();
    let edge = model.volatility * years.sqrt() < least || rate > MAX_JUMPS_PER_BAR;
    if edge || model.check().is_err() {
        return f64::NEG_INFINITY;
    }
    let terms = Term::all(model, years);
    let mut sum = 0.0;
    for r in sample.log_returns() {
        let density: f64 = terms.iter().map(|term| term.density(*r)).sum();
        sum += density.ln();
    }
    sum
}

/// One number of jumps: its part of the density is `height exp(−(r − mean)² half_precision)`.
struct Term {
    height: f64,
    mean: f64,
    half_precision: f64,
}

impl Term {
    fn all(model: &MertonJumps, years: f64) -> Vec<Self> {
        let rate = model.intensity * years;
        let mut probability = (-rate).exp();
        let mut left = 1.0;
        let mut terms = Vec::new();
        let mut n = 0.0;
        while left > 1e-12 && n < 100.0 {
            let variance = model.volatility * model.volatility * years
                + n * model.jump_deviation * model.jump_deviation;
            terms.push(Self {
                height: probability / (std::f64::consts::TAU * variance).sqrt(),
                mean: model.log_drift() * years + n * model.jump_mean,
                half_precision: 0.5 / variance,
            });
            left -= probability;
            n += 1.0;
            probability *= rate / n;
        }
        terms
    }

    fn density(&self, r: f64) -> f64 {
        let gap = r - self.mean;
        self.height * (-gap * gap * self.half_precision).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{
        PriceModel,
        testing::{Cut, DAY, assert_recovered, market, pooled},
    };
    use super::*;

    const RARE: MertonJumps = MertonJumps {
        drift: 0.1,
        volatility: 0.15,
        intensity: 12.0,
        jump_mean: -0.01,
        jump_deviation: 0.04,
    };
    const OFTEN: MertonJumps = MertonJumps {
        drift: -0.2,
        volatility: 0.3,
        intensity: 120.0,
        jump_mean: 0.02,
        jump_deviation: 0.05,
    };

    #[test]
    fn the_mixture_is_a_density_with_the_moments_of_the_model() {
        let years = 1.0 / 365.25;
        for model in [RARE, OFTEN] {
            let terms = Term::all(&model, years);
            let step = 1e-4;
            let (mut mass, mut mean) = (0.0, 0.0);
            for i in -10_000..=10_000 {
                let r = f64::from(i) * step;
                let density: f64 = terms.iter().map(|term| term.density(r)).sum();
                mass += density * step;
                mean += r * density * step;
            }
            assert!((mass - 1.0).abs() < 1e-11, "{mass}");
            let expected = (model.log_drift() + model.intensity * model.jump_mean) * years;
            assert!((mean - expected).abs() < 1e-11);
        }
    }

    #[test]
    fn parameters_come_back_within_their_errors() {
        for truth in [RARE, OFTEN] {
            let mut scores = Vec::new();
            for seed in 0..5 {
                let cut = Cut::new(DAY, 1);
                let market = market(&[PriceModel::MertonJumps(truth)], cut, 2500);
                let sample = ReturnSample::new(pooled(&market, 1, seed), cut.years()).unwrap();
                let fit = MertonFit::new(&sample).unwrap();
                let gain = 2.0 * (fit.log_likelihood - log_likelihood(&truth, &sample));
                assert!((0.0..25.0).contains(&gain), "{gain}");
                scores.push(vec![
                    (fit.drift, truth.drift),
                    (fit.volatility, truth.volatility),
                    (fit.intensity, truth.intensity),
                    (fit.jump_mean, truth.jump_mean),
                    (fit.jump_deviation, truth.jump_deviation),
                ]);
            }
            assert_recovered(&format!("{truth:?}"), &scores);
        }
    }
}
