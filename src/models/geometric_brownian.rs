//! Geometric Brownian motion.

use super::{
    ModelError,
    bounds::{self, Bound},
    process::{Grid, Process},
};
use crate::rng::Rng;
use serde::{Deserialize, Serialize};

/// Geometric Brownian motion: `dS/S = μ dt + σ dW`.
///
/// Exact step: `ln S_{t+dt} = ln S_t + (μ − σ²/2) dt + σ √dt N(0, 1)`. Over t the log return has
/// mean `(μ − σ²/2) t` and variance `σ² t`; `E S_t = S_0 e^{μt}`. Source: Black and Scholes 1973;
/// Glasserman 2004, section 3.2.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct GeometricBrownianMotion {
    /// Growth rate μ of the expected price. Unit: per year.
    pub drift: f64,
    /// Volatility σ. Unit: per √year. Range: [0, ∞). Try first: 0.2.
    pub volatility: f64,
}

impl GeometricBrownianMotion {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "GeometricBrownianMotion",
            &[
                ("drift", self.drift, Bound::Finite),
                ("volatility", self.volatility, Bound::NotNegative),
            ],
        )
    }

    pub(super) fn process(&self, grid: &Grid) -> impl Process + use<> {
        let dt = grid.step_years();
        Brownian {
            mean: (self.drift - self.volatility * self.volatility / 2.0) * dt,
            deviation: self.volatility * dt.sqrt(),
        }
    }
}

struct Brownian {
    mean: f64,
    deviation: f64,
}

impl Process for Brownian {
    fn step(&mut self, log_price: f64, driver: f64, _rng: &mut Rng) -> f64 {
        log_price + self.mean + self.deviation * driver
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cumulants, Cut, DAY, YEAR, assert_cumulants, assert_mean, market, pooled},
    };
    use super::*;
    use crate::models::{Opening, SimulatedMarket};

    #[test]
    fn log_returns_have_the_cumulants_of_the_model_for_any_step() {
        for (drift, volatility) in [(0.05, 0.2), (-0.3, 0.8)] {
            let model = GeometricBrownianMotion { drift, volatility };
            for cut in [Cut::new(DAY, 1), Cut::new(DAY, 6), Cut::new(YEAR, 4)] {
                let market = market(&[PriceModel::GeometricBrownianMotion(model)], cut, 50);
                let returns = pooled(&market, 4000, 1);
                let t = cut.years();
                let variance = volatility * volatility;
                let cumulants = [(drift - variance / 2.0) * t, variance * t, 0.0, 0.0];
                let what = format!("{model:?} at {cut:?}");
                assert_cumulants(&what, &returns, Cumulants(cumulants));
                let growth: Vec<f64> = returns.iter().map(|r| r.exp()).collect();
                assert_mean(&what, &growth, (drift * t).exp(), 4.0);
            }
        }
    }

    /// Spitzer 1956: `E max(S_0, …, S_n) = Σ_{k ≤ n} E max(S_k, 0) / k` of a random walk, here with
    /// `E max(S_k, 0) = σ √(k dt / 2π)`.
    #[test]
    fn highs_and_lows_have_the_mean_of_a_random_walk_with_as_many_steps() {
        let volatility = 0.4_f64;
        let model = PriceModel::GeometricBrownianMotion(GeometricBrownianMotion {
            drift: volatility * volatility / 2.0,
            volatility,
        });
        for (opening, steps) in [
            (Opening::PreviousClose, 1),
            (Opening::PreviousClose, 12),
            (Opening::FirstStep, 12),
        ] {
            let market = SimulatedMarket {
                opening,
                ..market(std::slice::from_ref(&model), Cut::new(DAY, steps), 40_000)
            };
            let panel = market.panel(&crate::rng::Streams::new(2), 0).unwrap();
            let moves = if opening == Opening::FirstStep {
                steps - 1
            } else {
                steps
            };
            let sum: f64 = (1..=moves).map(|k| f64::from(k).sqrt().recip()).sum();
            let step = Cut::new(DAY, 1).years() / f64::from(steps);
            let expected = volatility * (step / std::f64::consts::TAU).sqrt() * sum;
            let up: Vec<f64> = panel
                .asset(0)
                .map(|bar| (bar.high / bar.open).ln())
                .collect();
            let down: Vec<f64> = panel
                .asset(0)
                .map(|bar| (bar.open / bar.low).ln())
                .collect();
            let se = assert_mean("high", &up, expected, 4.0);
            assert_mean("low", &down, expected, 4.0);
            assert!(se < 0.01 * expected);
        }
    }
}
