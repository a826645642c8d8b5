//! Heston model of stochastic variance.

use super::{
    ModelError,
    bounds::{self, Bound},
    process::{Grid, Process},
};
use crate::rng::Rng;
use rand::Rng as _;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Heston model: `dS/S = μ dt + √v dW`, `dv = κ (θ − v) dt + ξ √v dB`, `dW dB = ρ dt`.
///
/// Scheme: QE-M of Andersen 2008 (*Simple and efficient simulation of the Heston stochastic
/// volatility model*, J. Computational Finance 11(3)) with quadratic-exponential steps of the
/// variance, `ψ_c` = 1.5, γ₁ = γ₂ = ½, and the martingale correction. The variance is never
/// negative; its conditional mean and variance and `E S_t = S_0 e^{μt}` are exact for any step. The
/// integrated variance is a trapezoid sum, so the law of the log price converges as steps shrink.
///
/// Moments (Cox, Ingersoll and Ross 1985): `E v_t = θ + (v_0 − θ) e^{−κt}`, `Var v_t = v_0 ξ²/κ
/// (e^{−κt} − e^{−2κt}) + θ ξ²/(2κ) (1 − e^{−κt})²`, `E ∫v = θ t + (v_0 − θ)(1 − e^{−κt})/κ`.
///
/// A correlation c between assets i and j applies to the parts of W that are independent of B;
/// their log prices then have the correlation `c √(1 − ρ_i²) √(1 − ρ_j²)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Heston {
    /// Growth rate μ of the expected price. Unit: per year.
    pub drift: f64,
    /// Initial variance `v_0`. Unit: per year. Range: [0, ∞). Try first: 0.04.
    pub initial_variance: f64,
    /// Long-run variance θ. Unit: per year. Range: (0, ∞). Try first: 0.04.
    pub long_run_variance: f64,
    /// Reversion speed κ of the variance. Unit: per year. Range: (0, ∞). Try first: 2.
    pub reversion_speed: f64,
    /// Volatility ξ of the variance; use geometric Brownian motion for a constant variance. Unit:
    /// per year. Range: [1e-6, ∞). Try first: 0.3.
    pub variance_volatility: f64,
    /// Correlation ρ between price and variance; below 0, volatility rises when prices fall. Range:
    /// (-1, 1). Try first: -0.7.
    pub correlation: f64,
}

/// Largest ψ for the quadratic form; above this value the exponential form applies.
const PSI_CRITICAL: f64 = 1.5;

impl Heston {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "Heston",
            &[
                ("drift", self.drift, Bound::Finite),
                (
                    "initial_variance",
                    self.initial_variance,
                    Bound::NotNegative,
                ),
                ("long_run_variance", self.long_run_variance, Bound::Positive),
                ("reversion_speed", self.reversion_speed, Bound::Positive),
                (
                    "variance_volatility",
                    self.variance_volatility,
                    Bound::AtLeast(1e-6, "a finite number >= 0.000001"),
                ),
                ("correlation", self.correlation, Bound::Correlation),
            ],
        )
    }

    /// Checks that the step is short enough for the martingale correction to exist.
    fn check_step(&self, scheme: &Scheme) -> Result<(), ModelError> {
        // E e^{A v'} is finite for every v if A s²/m < 1 for the largest s²/m (quadratic form: 2 A
        // a <= A s²/m; exponential form: A/β <= (5/6) A s²/m).
        let widest = self.variance_volatility * self.variance_volatility * scheme.forgotten
            / self.reversion_speed;
        if scheme.tilt * widest < 1.0 {
            return Ok(());
        }
        Err(ModelError::Parameter {
            model: "Heston",
            parameter: "correlation",
            found: self.correlation,
            expected: "a correlation at which the expected price exists in every step; lower it, \
                       or take more steps per bar",
        })
    }

    pub(super) fn process(&self, grid: &Grid) -> Result<impl Process + use<>, ModelError> {
        let scheme = Scheme::new(self, grid.step_years());
        self.check_step(&scheme)?;
        Ok(Path {
            scheme,
            variance: self.initial_variance,
        })
    }
}

/// Constants of one step of length Δ, in Andersen's notation.
#[derive(Debug, Clone, Copy)]
struct Scheme {
    drift: f64,
    theta: f64,
    /// e^{−κΔ}.
    kept: f64,
    /// 1 − e^{−κΔ}.
    forgotten: f64,
    /// Conditional variance of v': s² = `spread_by_variance` v + `spread`.
    spread_by_variance: f64,
    spread: f64,
    k2: f64,
    /// K₃ = K₄.
    k3: f64,
    /// A = K₂ + K₄/2.
    tilt: f64,
}

impl Scheme {
    fn new(model: &Heston, step: f64) -> Self {
        let (kappa, theta, xi, rho) = (
            model.reversion_speed,
            model.long_run_variance,
            model.variance_volatility,
            model.correlation,
        );
        let kept = (-kappa * step).exp();
        let forgotten = -(-kappa * step).exp_m1();
        let half = 0.5 * step * (kappa * rho / xi - 0.5);
        let k3 = 0.5 * step * (1.0 - rho * rho);
        Self {
            drift: model.drift * step,
            theta,
            kept,
            forgotten,
            spread_by_variance: xi * xi * kept * forgotten / kappa,
            spread: theta * xi * xi * forgotten * forgotten / (2.0 * kappa),
            k2: half + rho / xi,
            k3,
            tilt: half + rho / xi + k3 / 2.0,
        }
    }

    /// Draws the next variance v'; returns it with ln E exp(A v').
    fn next_variance(&self, variance: f64, rng: &mut Rng) -> (f64, f64) {
        let mean = self.theta * self.forgotten + variance * self.kept;
        let psi = (self.spread_by_variance * variance + self.spread) / (mean * mean);
        if psi <= PSI_CRITICAL {
            let inverse = 2.0 / psi;
            let b2 = inverse - 1.0 + (inverse * (inverse - 1.0)).sqrt();
            let a = mean / (1.0 + b2);
            let normal: f64 = StandardNormal.sample(rng);
            let shrink = 1.0 - 2.0 * self.tilt * a;
            let log_moment = self.tilt * b2 * a / shrink - 0.5 * shrink.ln();
            let root = b2.sqrt() + normal;
            (a * root * root, log_moment)
        } else {
            let at_zero = (psi - 1.0) / (psi + 1.0);
            let beta = (1.0 - at_zero) / mean;
            let uniform: f64 = rng.gen_range(0.0..1.0);
            let log_moment = (at_zero + beta * (1.0 - at_zero) / (beta - self.tilt)).ln();
            if uniform <= at_zero {
                (0.0, log_moment)
            } else {
                (((1.0 - at_zero) / (1.0 - uniform)).ln() / beta, log_moment)
            }
        }
    }
}

struct Path {
    scheme: Scheme,
    variance: f64,
}

impl Process for Path {
    fn step(&mut self, log_price: f64, driver: f64, rng: &mut Rng) -> f64 {
        let Scheme { drift, k2, k3, .. } = self.scheme;
        let before = self.variance;
        let (after, log_moment) = self.scheme.next_variance(before, rng);
        self.variance = after;
        // K₀* + K₁ v = −ln E e^{A v'} − K₃ v / 2 (K₁ v cancels): the driftless price is a
        // martingale.
        let corrected = -log_moment - 0.5 * k3 * before;
        log_price + drift + corrected + k2 * after + (k3 * (before + after)).sqrt() * driver
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cut, DAY, YEAR, assert_mean, market, pooled},
    };
    use super::*;
    use crate::rng::{Component, Streams};

    /// The first model satisfies Feller's condition; in the second the variance reaches zero.
    const MODELS: [Heston; 3] = [
        Heston {
            drift: 0.05,
            initial_variance: 0.09,
            long_run_variance: 0.04,
            reversion_speed: 2.0,
            variance_volatility: 0.3,
            correlation: -0.7,
        },
        Heston {
            drift: -0.1,
            initial_variance: 0.04,
            long_run_variance: 0.04,
            reversion_speed: 0.5,
            variance_volatility: 1.0,
            correlation: -0.9,
        },
        Heston {
            drift: 0.2,
            initial_variance: 0.0,
            long_run_variance: 0.3,
            reversion_speed: 6.0,
            variance_volatility: 0.8,
            correlation: 0.5,
        },
    ];

    fn variance_moments(model: &Heston, t: f64) -> [f64; 3] {
        let (v0, theta, kappa, xi2) = (
            model.initial_variance,
            model.long_run_variance,
            model.reversion_speed,
            model.variance_volatility * model.variance_volatility,
        );
        let kept = (-kappa * t).exp();
        [
            theta + (v0 - theta) * kept,
            v0 * xi2 / kappa * (kept - kept * kept)
                + theta * xi2 / (2.0 * kappa) * (1.0 - kept) * (1.0 - kept),
            theta * t + (v0 - theta) * (1.0 - kept) / kappa,
        ]
    }

    #[test]
    fn moment_formulas_equal_published_values() {
        let [mean, variance, integral] = variance_moments(&MODELS[0], 0.5);
        assert!((mean - 0.058_393_972_1).abs() < 5e-11);
        assert!((variance - 0.001_301_422_6).abs() < 5e-11);
        assert!((integral - 0.035_803_014_0).abs() < 5e-11);
    }

    /// Variance at t = .5 and its integral (trapezoid) on `n_paths` paths of `n_steps` steps.
    fn variances(model: &Heston, n_steps: u32, n_paths: u64) -> [Vec<f64>; 2] {
        let grid = Grid {
            bar_years: 0.5,
            n_steps: f64::from(n_steps),
        };
        let scheme = Scheme::new(model, grid.step_years());
        let (mut last, mut integrals) = (Vec::new(), Vec::new());
        for path in 0..n_paths {
            let mut rng = Streams::new(8).stream(Component::Simulation, path);
            let (mut v, mut integral) = (model.initial_variance, 0.0);
            for _ in 0..n_steps {
                let (next, _) = scheme.next_variance(v, &mut rng);
                assert!(next >= 0.0 && next.is_finite());
                integral += 0.5 * grid.step_years() * (v + next);
                v = next;
            }
            last.push(v);
            integrals.push(integral);
        }
        [last, integrals]
    }

    #[test]
    fn variance_has_the_moments_of_the_model_for_any_step() {
        for model in MODELS {
            let [mean, variance, integral] = variance_moments(&model, 0.5);
            for n_steps in [1, 8, 64] {
                let [last, integrals] = variances(&model, n_steps, 20_000);
                let what = format!("{model:?} in {n_steps} steps");
                assert_mean(&what, &last, mean, 4.0);
                let squares: Vec<f64> = last.iter().map(|v| (v - mean).powi(2)).collect();
                assert_mean(&format!("variance, {what}"), &squares, variance, 4.0);
                if n_steps > 1 {
                    // Error of the trapezoid rule on E v_t: at most step² t/12 κ² |v0 − θ|.
                    let step = 0.5 / f64::from(n_steps);
                    let gap = (model.initial_variance - model.long_run_variance).abs();
                    let bias = step * step * 0.5 / 12.0 * model.reversion_speed.powi(2) * gap;
                    let se = crate::stats::std_dev(&integrals).unwrap() / 20_000_f64.sqrt();
                    let found = crate::stats::mean(&integrals).unwrap();
                    assert!(
                        (found - integral).abs() < 4.0 * se + bias,
                        "{what}: {found}, {integral}"
                    );
                }
            }
        }
    }

    #[test]
    fn expected_price_is_exact_and_the_log_price_loses_half_the_variance() {
        for model in MODELS {
            for (cut, tolerance) in [
                (Cut::new(YEAR / 2, 1), None),
                (Cut::new(YEAR / 2, 8), Some(4.0)),
                (Cut::new(YEAR / 2, 64), Some(4.0)),
            ] {
                let market = market(&[PriceModel::Heston(model)], cut, 1);
                let returns = pooled(&market, 20_000, 6);
                let growth: Vec<f64> = returns.iter().map(|r| r.exp()).collect();
                let what = format!("{model:?} at {cut:?}");
                assert_mean(&what, &growth, (model.drift * cut.years()).exp(), 4.0);
                let integral = variance_moments(&model, cut.years())[2];
                if let Some(n_se) = tolerance {
                    let expected = model.drift * cut.years() - integral / 2.0;
                    let se = crate::stats::std_dev(&returns).unwrap() / 20_000_f64.sqrt();
                    let found = crate::stats::mean(&returns).unwrap();
                    // Half the trapezoid error at 8 steps, plus that of the martingale correction.
                    let allowed = n_se * se + 0.01 * integral;
                    assert!(
                        (found - expected).abs() < allowed,
                        "{what}: {found}, {expected}, {se}"
                    );
                }
            }
        }
    }

    /// `Var(ln S_t)` from `ln S_t − μt = M − I/2`, `I = ∫v`, `M = ∫√v dW`:
    /// `Var = E I − Cov(I, M) + Var(I)/4`, `Cov(I, M) = ρξ ∫ E v_u (1 − e^{−κ(t−u)})/κ du`,
    /// `Var I = 2 ∫ Var v_u (1 − e^{−κ(t−u)})/κ du`.
    fn log_price_variance(model: &Heston, t: f64) -> f64 {
        let n = 10_000;
        let step = t / f64::from(n);
        let (mut first, mut second) = (0.0, 0.0);
        for i in 0..n {
            let u = (f64::from(i) + 0.5) * step;
            let [mean, variance, _] = variance_moments(model, u);
            let weight = -(-model.reversion_speed * (t - u)).exp_m1() / model.reversion_speed;
            first += mean * weight * step;
            second += variance * weight * step;
        }
        variance_moments(model, t)[2] - model.correlation * model.variance_volatility * first
            + second / 2.0
    }

    /// `E (S_t/S_0)^w e^{−μwt}` for real w (Heston 1993, without branch cuts: Albrecher et al.
    /// 2007).
    fn power_moment(model: &Heston, t: f64, w: f64) -> f64 {
        let (kappa, xi) = (model.reversion_speed, model.variance_volatility);
        let xi2 = xi * xi;
        let pull = kappa - model.correlation * xi * w;
        let d = (pull * pull + xi2 * (w - w * w)).sqrt();
        let g = (pull - d) / (pull + d);
        let decay = (-d * t).exp();
        let by_variance = (pull - d) / xi2 * (1.0 - decay) / (1.0 - g * decay);
        let constant = kappa * model.long_run_variance / xi2
            * ((pull - d) * t - 2.0 * ((1.0 - g * decay) / (1.0 - g)).ln());
        (constant + by_variance * model.initial_variance).exp()
    }

    #[test]
    fn log_price_has_the_law_of_the_model_for_short_steps() {
        for model in MODELS {
            for n_steps in [16, 64] {
                let cut = Cut::new(YEAR / 2, n_steps);
                let t = cut.years();
                let market = market(&[PriceModel::Heston(model)], cut, 1);
                let what = format!("{model:?} at {cut:?}");
                let moves: Vec<f64> = pooled(&market, 20_000, 7)
                    .iter()
                    .map(|r| r - model.drift * t)
                    .collect();
                let mean = -variance_moments(&model, t)[2] / 2.0;
                let squares: Vec<f64> = moves.iter().map(|x| (x - mean).powi(2)).collect();
                let variance = log_price_variance(&model, t);
                let se = assert_mean(&what, &squares, variance, 4.0);
                assert!(se < 0.08 * variance);
                for w in [0.25, 0.5, 2.0] {
                    let powers: Vec<f64> = moves.iter().map(|x| (w * x).exp()).collect();
                    let expected = power_moment(&model, t, w);
                    assert_mean(&format!("power {w}, {what}"), &powers, expected, 4.0);
                }
            }
        }
    }

    #[test]
    fn power_moments_agree_with_the_variance_formula() {
        for model in MODELS {
            assert!((power_moment(&model, 0.5, 1.0) - 1.0).abs() < 1e-12);
            // First two derivatives of the logarithm at 0.
            let h = 1e-3;
            let [up, down] = [h, -h].map(|w| power_moment(&model, 0.5, w).ln());
            let mean = -variance_moments(&model, 0.5)[2] / 2.0;
            assert!(((up - down) / (2.0 * h) - mean).abs() < 1e-5);
            assert!(((up + down) / (h * h) - log_price_variance(&model, 0.5)).abs() < 1e-4);
        }
    }

    #[test]
    fn steps_without_an_expected_price_are_refused() {
        let model = Heston {
            correlation: 0.95,
            variance_volatility: 3.0,
            ..MODELS[1]
        };
        let coarse = market(&[PriceModel::Heston(model)], Cut::new(YEAR, 1), 2);
        let message = coarse.check().unwrap_err().to_string();
        assert!(
            message.contains("Heston: found correlation = 0.95"),
            "{message}"
        );
        assert!(message.contains("more steps per bar"), "{message}");
        market(&[PriceModel::Heston(model)], Cut::new(DAY, 1), 2)
            .check()
            .unwrap();
    }
}
