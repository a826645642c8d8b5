//! GARCH(1,1) with Student t by maximum likelihood.

use super::{
    super::{GarchT, ln_gamma::ln_gamma},
    Estimate, FitError, ReturnSample,
    information::Covariance,
    nelder_mead::{MAX_EVALUATIONS, minimize},
};
use serde::{Deserialize, Serialize};

/// [`GarchT`] fitted to a sample; units as there.
///
/// Maximum likelihood (Bollerslev 1987) with `σ²_0 = V`, by a simplex over unbounded forms of the
/// parameters. Where the sample has no memory or no heavy tails, α or 1/ν come to the edge of their
/// range and standard errors are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GarchFit {
    /// See [`GarchT::log_drift`].
    pub log_drift: Estimate,
    /// See [`GarchT::volatility`].
    pub volatility: Estimate,
    /// See [`GarchT::alpha`].
    pub alpha: Estimate,
    /// See [`GarchT::beta`].
    pub beta: Estimate,
    /// See [`GarchT::degrees_of_freedom`]; at most 10,000.
    pub degrees_of_freedom: Estimate,
    /// At the estimates.
    pub log_likelihood: f64,
}

/// Smallest 1/ν that is tried.
const LEAST_TAIL: f64 = 1e-4;

impl GarchFit {
    /// # Errors
    /// [`FitError::NotConverged`].
    pub fn new(sample: &ReturnSample) -> Result<Self, FitError> {
        // Unbounded: c and ln √V in units of the sample, logits of α + β, of α's share in it, and
        // of 1/ν between its ends.
        let model = |x: &[f64]| -> GarchT {
            let persistence = logistic(x[2]);
            let alpha = persistence * logistic(x[3]);
            GarchT {
                log_drift: (sample.mean() + x[0] * sample.deviation()) / sample.bar_years(),
                volatility: sample.deviation() * x[1].exp() / sample.bar_years().sqrt(),
                alpha,
                beta: persistence - alpha,
                degrees_of_freedom: (LEAST_TAIL + (0.5 - LEAST_TAIL) * logistic(x[4])).recip(),
            }
        };
        let objective = |x: &[f64]| -log_likelihood(&model(x), sample);
        let start = STARTS
            .iter()
            .min_by(|a, b| objective(*a).total_cmp(&objective(*b)))
            .unwrap_or(&STARTS[0]);
        let minimum = minimize(objective, start, 0.3).ok_or(FitError::NotConverged {
            model: "GarchT",
            n_steps: MAX_EVALUATIONS,
        })?;
        Ok(Self::at(&model(&minimum.at), sample))
    }

    fn at(model: &GarchT, sample: &ReturnSample) -> Self {
        let values = [
            model.log_drift,
            model.volatility,
            model.alpha,
            model.beta,
            model.degrees_of_freedom,
        ];
        let of = |x: &[f64]| GarchT {
            log_drift: x[0],
            volatility: x[1],
            alpha: x[2],
            beta: x[3],
            degrees_of_freedom: x[4],
        };
        let covariance = Covariance::at_maximum(|x| log_likelihood(&of(x), sample), &values);
        let estimate = |i| Estimate::of(&values, covariance.as_ref(), i);
        Self {
            log_drift: estimate(0),
            volatility: estimate(1),
            alpha: estimate(2),
            beta: estimate(3),
            degrees_of_freedom: estimate(4),
            log_likelihood: log_likelihood(model, sample),
        }
    }

    /// The model at the estimates.
    #[must_use]
    pub const fn model(&self) -> GarchT {
        GarchT {
            log_drift: self.log_drift.value,
            volatility: self.volatility.value,
            alpha: self.alpha.value,
            beta: self.beta.value,
            degrees_of_freedom: self.degrees_of_freedom.value,
        }
    }
}

/// Memory long and short, reactions slow and quick; tails of 6 degrees of freedom.
const STARTS: [[f64; 5]; 4] = [
    [0.0, 0.0, 3.0, -2.2, -0.7],
    [0.0, 0.0, 4.6, -3.0, -0.7],
    [0.0, 0.0, 1.4, -0.8, -0.7],
    [0.0, 0.0, -0.8, 0.0, -0.7],
];

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// `Σ_t ln f(ε_t)`, `f(ε) = Γ((ν+1)/2) / (Γ(ν/2) √(π (ν−2) σ²)) (1 + ε²/((ν−2) σ²))^{−(ν+1)/2}`; −∞
/// outside the range of the model.
fn log_likelihood(model: &GarchT, sample: &ReturnSample) -> f64 {
    if model.check().is_err() {
        return f64::NEG_INFINITY;
    }
    let GarchT {
        alpha,
        beta,
        degrees_of_freedom: nu,
        ..
    } = *model;
    let drift = model.log_drift * sample.bar_years();
    let long_run = model.volatility * model.volatility * sample.bar_years();
    let base = long_run * (1.0 - alpha - beta);
    let power = f64::midpoint(nu, 1.0);
    let mut variance = long_run;
    let mut sum = 0.0;
    for r in sample.log_returns() {
        let square = (r - drift) * (r - drift);
        sum -= 0.5 * variance.ln() + power * (square / ((nu - 2.0) * variance)).ln_1p();
        variance = base + alpha * square + beta * variance;
    }
    let constant =
        ln_gamma(power) - ln_gamma(nu / 2.0) - 0.5 * (std::f64::consts::PI * (nu - 2.0)).ln();
    sum + constant * sample.count()
}

#[cfg(test)]
mod tests {
    use super::super::super::{
        PriceModel,
        testing::{Cut, DAY, assert_recovered, market, pooled},
    };
    use super::*;

    fn sample(model: GarchT, n: usize, seed: u64) -> ReturnSample {
        let cut = Cut::new(DAY, 1);
        let returns = pooled(&market(&[PriceModel::GarchT(model)], cut, n), 1, seed);
        ReturnSample::new(returns, cut.years()).unwrap()
    }

    #[test]
    fn parameters_come_back_within_their_errors() {
        let truths = [
            GarchT {
                log_drift: 0.1,
                volatility: 0.2,
                alpha: 0.08,
                beta: 0.9,
                degrees_of_freedom: 6.0,
            },
            GarchT {
                log_drift: -0.3,
                volatility: 0.7,
                alpha: 0.25,
                beta: 0.5,
                degrees_of_freedom: 4.5,
            },
        ];
        for truth in truths {
            let mut scores = Vec::new();
            for seed in 0..6 {
                let sample = sample(truth, 3000, seed);
                let fit = GarchFit::new(&sample).unwrap();
                let at_truth = log_likelihood(&truth, &sample);
                // Twice the gain over the truth is chi-squared with 5 degrees of freedom.
                let gain = 2.0 * (fit.log_likelihood - at_truth);
                assert!((0.0..25.0).contains(&gain), "{gain}");
                scores.push(vec![
                    (fit.log_drift, truth.log_drift),
                    (fit.volatility, truth.volatility),
                    (fit.alpha, truth.alpha),
                    (fit.beta, truth.beta),
                    (fit.degrees_of_freedom, truth.degrees_of_freedom),
                ]);
            }
            assert_recovered(&format!("{truth:?}"), &scores);
        }
    }

    #[test]
    fn a_sample_without_memory_or_tails_is_still_fitted() {
        let brownian =
            PriceModel::GeometricBrownianMotion(super::super::super::GeometricBrownianMotion {
                drift: 0.02,
                volatility: 0.2,
            });
        let cut = Cut::new(DAY, 1);
        let returns = pooled(&market(&[brownian], cut, 2000), 1, 3);
        let fit = GarchFit::new(&ReturnSample::new(returns, cut.years()).unwrap()).unwrap();
        assert!((fit.volatility.value - 0.2).abs() < 4.0 * 0.2 / 4000.0_f64.sqrt());
        assert!(fit.alpha.value < 0.05 && fit.degrees_of_freedom.value > 15.0);
    }
}
