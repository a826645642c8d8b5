//! Jump diffusion with normally distributed jumps.

use super::{
    ModelError,
    bounds::{self, Bound},
    jumps::{JumpDiffusion, JumpSizes},
    process::{Grid, Process},
};
use crate::rng::Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// Jump diffusion of Merton: Brownian motion plus normal jumps of the log price at Poisson times,
/// with compensated drift.
///
/// `ln S_t = ln S_0 + (μ − s²/2 − λ k̄) t + s W_t + Σ_{i ≤ N_t} Y_i`, `Y ~ N(m, d²)`, `k̄ = E e^Y −
/// 1 = e^{m + d²/2} − 1`, so that `E S_t = S_0 e^{μt}`. Exact step: the number of jumps is
/// Poisson(λ dt), and their sum is normal given the number. Over t: mean `(μ − s²/2 − λ k̄ + λ m)
/// t`, variance `(s² + λ(m² + d²)) t`, third and fourth cumulant `λ t (m³ + 3 m d²)` and `λ t (m⁴ +
/// 6 m² d² + 3 d⁴)`. Source: Merton 1976; Glasserman 2004, section 3.5.1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct MertonJumps {
    /// Growth rate μ of the expected price, jumps included. Unit: per year.
    pub drift: f64,
    /// Volatility s between jumps. Unit: per √year. Range: [0, ∞).
    pub volatility: f64,
    /// Expected number λ of jumps. Unit: per year. Range: [0, 1000000].
    pub intensity: f64,
    /// Mean jump m of the log price.
    pub jump_mean: f64,
    /// Standard deviation d of a jump of the log price. Range: [0, ∞).
    pub jump_deviation: f64,
}

impl MertonJumps {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "MertonJumps",
            &[
                ("drift", self.drift, Bound::Finite),
                ("volatility", self.volatility, Bound::NotNegative),
                ("intensity", self.intensity, Bound::Intensity),
                ("jump_mean", self.jump_mean, Bound::Finite),
                ("jump_deviation", self.jump_deviation, Bound::NotNegative),
            ],
        )
    }

    pub(super) fn process(&self, grid: &Grid) -> impl Process + use<> {
        JumpDiffusion::new(grid, self.drift, self.volatility, self.intensity, *self)
    }
}

impl JumpSizes for MertonJumps {
    fn mean_relative_jump(&self) -> f64 {
        (self.jump_mean + self.jump_deviation * self.jump_deviation / 2.0).exp_m1()
    }

    /// Draws the sum of the jumps, a normal variate.
    fn jump(&self, log_price: f64, n_jumps: f64, rng: &mut Rng) -> f64 {
        let normal: f64 = StandardNormal.sample(rng);
        log_price + n_jumps * self.jump_mean + n_jumps.sqrt() * self.jump_deviation * normal
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cumulants, Cut, DAY, YEAR, assert_cumulants, assert_mean, market, pooled},
    };
    use super::*;
    use crate::models::{Correlation, SimulatedMarket, tests};

    /// Cumulants of the log return over t.
    #[allow(clippy::many_single_char_names, reason = "Merton's letters")]
    fn cumulants(model: &MertonJumps, t: f64) -> [f64; 4] {
        let MertonJumps {
            drift,
            volatility: s,
            intensity: l,
            jump_mean: m,
            jump_deviation: d,
        } = *model;
        let d2 = d * d;
        let k = (m + d2 / 2.0).exp() - 1.0;
        [
            (drift - s * s / 2.0 - l * k + l * m) * t,
            (s * s + l * (m * m + d2)) * t,
            l * t * (m.powi(3) + 3.0 * m * d2),
            l * t * (m.powi(4) + 6.0 * m * m * d2 + 3.0 * d2 * d2),
        ]
    }

    const CLASSIC: MertonJumps = MertonJumps {
        drift: 0.05,
        volatility: 0.2,
        intensity: 1.0,
        jump_mean: -0.1,
        jump_deviation: 0.15,
    };

    #[test]
    fn cumulant_formulas_equal_published_values() {
        let [mean, variance, k3, k4] = cumulants(&CLASSIC, 1.0);
        assert!((mean - 0.014_925_69).abs() < 5e-9 && (variance - 0.0725).abs() < 1e-15);
        assert!((k3 / variance.powf(1.5) + 0.397_003_83).abs() < 5e-9);
        assert!((k4 / (variance * variance) - 0.564_803_80).abs() < 5e-9);
    }

    #[test]
    fn log_returns_have_the_cumulants_of_the_model_for_any_step() {
        let often = MertonJumps {
            drift: -0.2,
            volatility: 0.1,
            intensity: 80.0,
            jump_mean: 0.01,
            jump_deviation: 0.03,
        };
        for (model, cuts) in [
            (
                CLASSIC,
                [Cut::new(YEAR, 1), Cut::new(YEAR, 12), Cut::new(YEAR / 8, 2)],
            ),
            (
                often,
                [Cut::new(DAY, 1), Cut::new(DAY, 5), Cut::new(30 * DAY, 3)],
            ),
        ] {
            for cut in cuts {
                let market = market(&[PriceModel::MertonJumps(model)], cut, 50);
                let returns = pooled(&market, 1200, 2);
                let what = format!("{model:?} at {cut:?}");
                assert_cumulants(&what, &returns, Cumulants(cumulants(&model, cut.years())));
                let growth: Vec<f64> = returns.iter().map(|r| r.exp()).collect();
                assert_mean(&what, &growth, (model.drift * cut.years()).exp(), 4.0);
            }
        }
    }

    #[test]
    fn assets_correlate_by_the_diffusion_only() {
        let model = PriceModel::MertonJumps(CLASSIC);
        let cut = Cut::new(YEAR / 12, 2);
        let market = SimulatedMarket {
            correlation: Correlation::Common(0.6),
            ..market(&[model.clone(), model], cut, 100)
        };
        let mean = cumulants(&CLASSIC, cut.years())[0];
        let products: Vec<f64> = tests::log_returns(&market, 400, 9)
            .iter()
            .flat_map(|assets| {
                assets[0]
                    .iter()
                    .zip(&assets[1])
                    .map(|(x, y)| (x - mean) * (y - mean))
            })
            .collect();
        let expected = 0.6 * 0.2 * 0.2 * cut.years();
        assert!(assert_mean("covariance", &products, expected, 4.0) < 0.03 * expected);
    }
}
