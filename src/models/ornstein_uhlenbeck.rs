//! Ornstein–Uhlenbeck process of the log price.

use super::{
    ModelError,
    bounds::{self, Bound},
    process::{Grid, Process},
};
use crate::rng::Rng;
use serde::{Deserialize, Serialize};

/// Ornstein–Uhlenbeck process of the log price x: `dx = θ (ln L − x) dt + σ dW`.
///
/// Exact step: `x_{t+dt} = ln L + ρ (x_t − ln L) + N(0, σ²/(2θ) (1 − e^{−2θ dt}))`, `ρ = e^{−θ
/// dt}`. Stationary: mean `ln L`, variance `σ²/(2θ)`. Source: Uhlenbeck and Ornstein 1930;
/// Glasserman 2004, section 3.3.1; Schwartz 1997, model 1, for the log price.
///
/// The correlation between assets applies to the noise of each step. It equals the correlation of
/// the Brownian motions exactly for equal speeds, and up to O(dt²) otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OrnsteinUhlenbeck {
    /// Reversion speed θ; the gap's half-life is ln 2 / θ years. Unit: per year. Range: (0, ∞).
    pub reversion_speed: f64,
    /// Level L of the price. Unit: quote currency. Range: (0, ∞).
    pub level: f64,
    /// Volatility σ. Unit: per √year. Range: [0, ∞).
    pub volatility: f64,
}

impl OrnsteinUhlenbeck {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "OrnsteinUhlenbeck",
            &[
                ("reversion_speed", self.reversion_speed, Bound::Positive),
                ("level", self.level, Bound::Positive),
                ("volatility", self.volatility, Bound::NotNegative),
            ],
        )
    }

    pub(super) fn process(&self, grid: &Grid) -> impl Process + use<> {
        let exponent = -self.reversion_speed * grid.step_years();
        let unit_variance = -(2.0 * exponent).exp_m1() / (2.0 * self.reversion_speed);
        Reverting {
            level: self.level.ln(),
            kept: exponent.exp(),
            deviation: self.volatility * unit_variance.sqrt(),
        }
    }
}

struct Reverting {
    level: f64,
    kept: f64,
    deviation: f64,
}

impl Process for Reverting {
    fn step(&mut self, log_price: f64, driver: f64, _rng: &mut Rng) -> f64 {
        self.level + self.kept * (log_price - self.level) + self.deviation * driver
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cut, DAY, YEAR, assert_mean, log_returns, market},
    };
    use super::*;

    #[test]
    fn step_is_exact() {
        // Parameters of this test: θ = 1.5, σ = .3, dt = .01.
        let model = OrnsteinUhlenbeck {
            reversion_speed: 1.5,
            level: 1.0,
            volatility: 0.3,
        };
        let grid = Grid {
            bar_years: 0.02,
            n_steps: 2.0,
        };
        let mut process = model.process(&grid);
        let mut rng = crate::rng::Streams::new(0).stream(crate::rng::Component::Simulation, 0);
        assert!((process.step(1.0, 0.0, &mut rng) - 0.985_111_94).abs() < 5e-9);
        assert!((process.step(0.0, 1.0, &mut rng).powi(2) - 8.866_340e-4).abs() < 5e-11);
    }

    #[test]
    fn mean_variance_and_covariance_are_those_of_the_model_for_any_step() {
        for (theta, level, sigma) in [(1.5, 100.0, 0.3), (12.0, 140.0, 0.9)] {
            let model = PriceModel::OrnsteinUhlenbeck(OrnsteinUhlenbeck {
                reversion_speed: theta,
                level,
                volatility: sigma,
            });
            for cut in [
                Cut::new(20 * DAY, 1),
                Cut::new(20 * DAY, 20),
                Cut::new(YEAR / 4, 3),
            ] {
                let market = market(std::slice::from_ref(&model), cut, 5);
                let returns = log_returns(&market, 10_000, 4);
                let gap = (100.0 / level).ln();
                let at = |n: usize| -> Vec<f64> {
                    returns
                        .iter()
                        .map(|assets| gap + assets[0][..n].iter().sum::<f64>())
                        .collect()
                };
                let (t1, t2) = (2.0 * cut.years(), 5.0 * cut.years());
                let mean = |t: f64| gap * (-theta * t).exp();
                let (first, second) = (at(2), at(5));
                assert_mean("mean", &second, mean(t2), 4.0);
                let stationary = sigma * sigma / (2.0 * theta);
                let variance = stationary * (1.0 - (-2.0 * theta * t2).exp());
                let squares: Vec<f64> = second.iter().map(|x| (x - mean(t2)).powi(2)).collect();
                let se = assert_mean("variance", &squares, variance, 4.0);
                assert!(se < 0.02 * variance);
                let covariance =
                    stationary * ((-theta * (t2 - t1)).exp() - (-theta * (t2 + t1)).exp());
                let products: Vec<f64> = first
                    .iter()
                    .zip(&second)
                    .map(|(x, y)| (x - mean(t1)) * (y - mean(t2)))
                    .collect();
                assert_mean("covariance", &products, covariance, 4.0);
            }
        }
    }

    #[test]
    fn assets_of_equal_speed_have_the_correlation_of_their_drivers() {
        use crate::models::{Correlation, SimulatedMarket};
        let model = |volatility| {
            PriceModel::OrnsteinUhlenbeck(OrnsteinUhlenbeck {
                reversion_speed: 4.0,
                level: 100.0,
                volatility,
            })
        };
        for steps in [1, 10] {
            let cut = Cut::new(YEAR / 4, steps);
            let market = SimulatedMarket {
                correlation: Correlation::Common(-0.6),
                ..market(&[model(0.2), model(0.5)], cut, 1)
            };
            let products: Vec<f64> = log_returns(&market, 20_000, 9)
                .iter()
                .map(|assets| assets[0][0] * assets[1][0])
                .collect();
            let expected = -0.6 * 0.2 * 0.5 / 8.0 * (1.0 - (-8.0 * cut.years()).exp());
            let se = assert_mean("covariance", &products, expected, 4.0);
            assert!(se < 0.03 * expected.abs());
        }
    }
}
