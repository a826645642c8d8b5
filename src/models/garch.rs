//! GARCH(1,1) with Student t innovations.

use super::{
    ModelError,
    bounds::{self, Bound},
    process::{Grid, Process},
};
use crate::rng::Rng;
use rand_distr::{ChiSquared, Distribution};
use serde::{Deserialize, Serialize};

/// GARCH(1,1) with Student t innovations, on the grid of bars.
///
/// Log return of bar t: `r_t = c + ε_t`, `ε_t = σ_t z_t`, `σ²_{t+1} = V (1 − α − β) + α ε_t² + β
/// σ_t²`, where z is Student t with ν degrees of freedom, scaled to variance 1; c and V are
/// `log_drift` and the squared `volatility` times the length of a bar in years, `σ²_0 = V`. Source:
/// Bollerslev 1986 and 1987.
///
/// A t variate is a normal variate times `√W`, `W = (ν − 2)/χ²_ν`. W is drawn once per bar; within
/// the bar the log price is a Brownian motion of variance `σ_t² W`, so the law of the bar's return
/// is exact for any number of steps per bar.
///
/// `E r² − c² = V`; kurtosis of ε, where it exists, `κ (1 − (α+β)²) / (1 − β² − 2αβ − κα²)` with `κ
/// = 3(ν − 2)/(ν − 4)`; the autocorrelation of ε² at lag k is `α(1 − αβ − β²)/(1 − 2αβ − β²) (α +
/// β)^{k−1}`. Each asset has its own W, so for constant variances a correlation ρ of the drivers
/// becomes a correlation `ρ E√W_i E√W_j` of the innovations. The drift is that of the log price,
/// because the expected price does not exist (a t variate has no exponential moment).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct GarchT {
    /// Expected log return c. Unit: per year.
    pub log_drift: f64,
    /// Long-run volatility √V. Unit: per √year. Range: (0, ∞).
    pub volatility: f64,
    /// Weight α of the newest squared innovation. Unit: per bar. Range: [0, 1). Try first: 0.05.
    pub alpha: f64,
    /// Weight β of the previous bar's variance. Range: [0, 1 − α). Try first: 0.9.
    pub beta: f64,
    /// Degrees of freedom ν. Range: (2, ∞). Try first: 5.
    pub degrees_of_freedom: f64,
}

impl GarchT {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "GarchT",
            &[
                ("log_drift", self.log_drift, Bound::Finite),
                ("volatility", self.volatility, Bound::Positive),
                ("alpha", self.alpha, Bound::BelowOne),
                ("beta", self.beta, Bound::BelowOne),
                ("alpha + beta", self.alpha + self.beta, Bound::BelowOne),
                (
                    "degrees_of_freedom",
                    self.degrees_of_freedom,
                    Bound::Above(2.0, "a finite number > 2"),
                ),
            ],
        )
    }

    pub(super) fn process(&self, grid: &Grid) -> Result<impl Process + use<>, ModelError> {
        let long_run = self.volatility * self.volatility * grid.bar_years;
        let chi_squared =
            ChiSquared::new(self.degrees_of_freedom).map_err(|_| ModelError::Parameter {
                model: "GarchT",
                parameter: "degrees_of_freedom",
                found: self.degrees_of_freedom,
                expected: "a finite number > 2",
            })?;
        Ok(Path {
            model: *self,
            chi_squared,
            drift: self.log_drift * grid.step_years(),
            n_steps: grid.n_steps,
            long_run,
            variance: None,
            deviation: 0.0,
            innovation: 0.0,
        })
    }
}

struct Path {
    model: GarchT,
    chi_squared: ChiSquared<f64>,
    drift: f64,
    n_steps: f64,
    /// Long-run variance V of a bar.
    long_run: f64,
    /// Variance `σ_t²` of the current bar; `None` before the first bar.
    variance: Option<f64>,
    /// Standard deviation of a step of the current bar.
    deviation: f64,
    /// Innovation `ε_t` of the current bar so far.
    innovation: f64,
}

impl Process for Path {
    fn open_bar(&mut self, rng: &mut Rng) {
        let (alpha, beta) = (self.model.alpha, self.model.beta);
        let update = |before: f64| {
            self.long_run * (1.0 - alpha - beta)
                + alpha * self.innovation * self.innovation
                + beta * before
        };
        let variance = self.variance.map_or(self.long_run, update);
        self.variance = Some(variance);
        self.innovation = 0.0;
        let mixing = (self.model.degrees_of_freedom - 2.0) / self.chi_squared.sample(rng);
        self.deviation = (variance * mixing / self.n_steps).sqrt();
    }

    fn step(&mut self, log_price: f64, driver: f64, _rng: &mut Rng) -> f64 {
        let moved = self.deviation * driver;
        self.innovation += moved;
        log_price + self.drift + moved
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cut, DAY, assert_mean, assert_mean_of_series, log_returns, market},
    };
    use super::*;
    use crate::models::{Correlation, SimulatedMarket};

    const LIGHT: GarchT = GarchT {
        log_drift: 0.1,
        volatility: 0.25,
        alpha: 0.1,
        beta: 0.8,
        degrees_of_freedom: 12.0,
    };
    const OTHER: GarchT = GarchT {
        log_drift: -0.2,
        volatility: 0.6,
        alpha: 0.05,
        beta: 0.6,
        degrees_of_freedom: 10.0,
    };

    /// Innovations ε: log returns without their drift.
    fn innovations(model: &GarchT, cut: Cut, n: usize) -> Vec<f64> {
        let market = market(&[PriceModel::GarchT(*model)], cut, n);
        let drift = model.log_drift * cut.years();
        let returns = log_returns(&market, 1, 11);
        returns[0][0].iter().map(|r| r - drift).collect()
    }

    #[test]
    fn innovations_have_the_moments_of_the_model_for_any_step() {
        for model in [LIGHT, OTHER] {
            for cut in [Cut::new(DAY, 1), Cut::new(DAY, 7), Cut::new(3600, 2)] {
                let series = innovations(&model, cut, 200_000);
                let what = format!("{model:?} at {cut:?}");
                assert_mean_of_series(&what, &series, 0.0, 4.0);
                let variance = model.volatility * model.volatility * cut.years();
                let squares: Vec<f64> = series.iter().map(|e| e * e).collect();
                let se = assert_mean_of_series(&what, &squares, variance, 4.0);
                assert!(se < 0.02 * variance);
                let (a, b, nu) = (model.alpha, model.beta, model.degrees_of_freedom);
                let kappa = 3.0 * (nu - 2.0) / (nu - 4.0);
                let kurtosis =
                    kappa * (1.0 - (a + b) * (a + b)) / (1.0 - b * b - 2.0 * a * b - kappa * a * a);
                let fourth: Vec<f64> = series.iter().map(|e| e.powi(4)).collect();
                let expected = kurtosis * variance * variance;
                assert!(assert_mean_of_series(&what, &fourth, expected, 4.0) < 0.25 * expected);
                // Cov(ε²_t, ε²_{t+k}).
                let first = a * (1.0 - a * b - b * b) / (1.0 - 2.0 * a * b - b * b);
                for lag in [1, 3] {
                    let products: Vec<f64> = squares
                        .iter()
                        .zip(&squares[lag..])
                        .map(|(x, y)| x * y)
                        .collect();
                    let correlation = first * (a + b).powi(i32::try_from(lag).unwrap() - 1);
                    let expected = variance * variance * (1.0 + correlation * (kurtosis - 1.0));
                    assert_mean_of_series(&format!("lag {lag}, {what}"), &products, expected, 4.0);
                }
            }
        }
    }

    #[test]
    fn bar_returns_are_student_t_for_any_number_of_steps() {
        // For α = β = 0, E |ε| = √V √(ν−2) Γ((ν−1)/2) / (√π Γ(ν/2)); a normal law would fail by 13
        // standard errors.
        let nu = 4.0_f64;
        let model = GarchT {
            alpha: 0.0,
            beta: 0.0,
            degrees_of_freedom: nu,
            ..LIGHT
        };
        for cut in [Cut::new(DAY, 1), Cut::new(DAY, 10)] {
            let sizes: Vec<f64> = innovations(&model, cut, 40_000)
                .iter()
                .map(|e| e.abs())
                .collect();
            // Γ(3/2) / Γ(2) = √π / 2.
            let expected = 0.25 * cut.years().sqrt() * (nu - 2.0).sqrt() / 2.0;
            assert_mean("size", &sizes, expected, 4.0);
        }
    }

    #[test]
    fn innovations_have_the_correlation_of_the_drivers_up_to_the_mixing() {
        let model = |nu| GarchT {
            alpha: 0.0,
            beta: 0.0,
            degrees_of_freedom: nu,
            ..LIGHT
        };
        let (a, b) = (model(5.0), model(8.0));
        let cut = Cut::new(DAY, 3);
        let market = SimulatedMarket {
            correlation: Correlation::Common(0.7),
            ..market(&[PriceModel::GarchT(a), PriceModel::GarchT(b)], cut, 60_000)
        };
        let drift = a.log_drift * cut.years();
        let returns = &log_returns(&market, 1, 12)[0];
        let products: Vec<f64> = returns[0]
            .iter()
            .zip(&returns[1])
            .map(|(x, y)| (x - drift) * (y - drift))
            .collect();
        // E √W = √((ν−2)/2) Γ((ν−1)/2) / Γ(ν/2): Γ(2) = 1, Γ(5/2) = 3√π/4, Γ(7/2) = 15√π/8,
        // Γ(4) = 6. The two √π cancel.
        let (root_5, root_8) = (1.5_f64.sqrt() / 0.75, 3.0_f64.sqrt() * 1.875 / 6.0);
        let expected = 0.7 * root_5 * root_8 * 0.25 * 0.25 * cut.years();
        assert!(assert_mean("covariance", &products, expected, 4.0) < 0.02 * expected);
    }
}
