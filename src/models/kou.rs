//! Jump diffusion with double-exponential jumps.

use super::{
    ModelError,
    bounds::{self, Bound},
    jumps::{JumpDiffusion, JumpSizes},
    process::{Grid, Process},
};
use crate::rng::Rng;
use rand::Rng as _;
use rand_distr::{Distribution, Exp1};
use serde::{Deserialize, Serialize};

/// Jump diffusion of Kou: Brownian motion plus double-exponential jumps of the log price at Poisson
/// times, with compensated drift.
///
/// `ln S_t = ln S_0 + (μ − s²/2 − λ k̄) t + s W_t + Σ_{i ≤ N_t} Y_i`; a jump Y goes up with
/// probability p and mean size a, else down with mean size b (Kou's η₁ = 1/a, η₂ = 1/b); `k̄ = E
/// e^Y − 1 = p/(1 − a) + (1 − p)/(1 + b) − 1`, so that `E S_t = S_0 e^{μt}`. Exact step: the number
/// of jumps is Poisson(λ dt), each jump is drawn. Cumulants over t: mean `(μ − s²/2 − λ k̄ + λ(pa −
/// (1−p)b)) t`, variance `(s² + 2λ(pa² + (1−p)b²)) t`, n-th (n > 2) `λ t n! (p aⁿ + (1−p)(−b)ⁿ)`.
/// Source: Kou 2002, section 2.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct KouJumps {
    /// Growth rate μ of the expected price, jumps included. Unit: per year.
    pub drift: f64,
    /// Volatility s between jumps. Unit: per √year. Range: [0, ∞).
    pub volatility: f64,
    /// Expected number λ of jumps. Unit: per year. Range: [0, 1000000].
    pub intensity: f64,
    /// Probability p that a jump goes up. Range: [0, 1].
    pub up_probability: f64,
    /// Mean size a of an upward jump of the log price; `E S_t` exists only for a < 1. Range: [0,
    /// 1).
    pub up_mean: f64,
    /// Mean size b of a downward jump of the log price. Range: [0, ∞).
    pub down_mean: f64,
}

impl KouJumps {
    pub(super) fn check(&self) -> Result<(), ModelError> {
        bounds::check(
            "KouJumps",
            &[
                ("drift", self.drift, Bound::Finite),
                ("volatility", self.volatility, Bound::NotNegative),
                ("intensity", self.intensity, Bound::Intensity),
                ("up_probability", self.up_probability, Bound::Fraction),
                ("up_mean", self.up_mean, Bound::BelowOne),
                ("down_mean", self.down_mean, Bound::NotNegative),
            ],
        )
    }

    pub(super) fn process(&self, grid: &Grid) -> impl Process + use<> {
        JumpDiffusion::new(grid, self.drift, self.volatility, self.intensity, *self)
    }
}

impl JumpSizes for KouJumps {
    fn mean_relative_jump(&self) -> f64 {
        self.up_probability / (1.0 - self.up_mean)
            + (1.0 - self.up_probability) / (1.0 + self.down_mean)
            - 1.0
    }

    fn jump(&self, mut log_price: f64, n_jumps: f64, rng: &mut Rng) -> f64 {
        let mut left = n_jumps;
        while left > 0.0 {
            let size: f64 = Exp1.sample(rng);
            log_price += if rng.gen_range(0.0..1.0) < self.up_probability {
                self.up_mean * size
            } else {
                -self.down_mean * size
            };
            left -= 1.0;
        }
        log_price
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        PriceModel,
        tests::{Cumulants, Cut, DAY, YEAR, assert_cumulants, assert_mean, market, pooled},
    };
    use super::*;

    #[allow(clippy::many_single_char_names, reason = "Kou's letters")]
    fn cumulants(model: &KouJumps, t: f64) -> [f64; 4] {
        let KouJumps {
            drift,
            volatility: s,
            intensity: l,
            up_probability: p,
            up_mean: a,
            down_mean: b,
        } = *model;
        let q = 1.0 - p;
        // k̄ in Kou's notation.
        let (eta1, eta2) = (a.recip(), b.recip());
        let k = p * eta1 / (eta1 - 1.0) + q * eta2 / (eta2 + 1.0) - 1.0;
        [
            (drift - s * s / 2.0 - l * k + l * (p * a - q * b)) * t,
            (s * s + 2.0 * l * (p * a * a + q * b * b)) * t,
            6.0 * l * t * (p * a.powi(3) - q * b.powi(3)),
            24.0 * l * t * (p * a.powi(4) + q * b.powi(4)),
        ]
    }

    #[test]
    fn log_returns_have_the_cumulants_of_the_model_for_any_step() {
        let rare = KouJumps {
            drift: 0.05,
            volatility: 0.16,
            intensity: 1.0,
            up_probability: 0.4,
            up_mean: 0.1,
            down_mean: 0.2,
        };
        let often = KouJumps {
            drift: -0.3,
            volatility: 0.05,
            intensity: 200.0,
            up_probability: 0.7,
            up_mean: 0.01,
            down_mean: 0.02,
        };
        for (model, cuts) in [
            (
                rare,
                [Cut::new(YEAR, 1), Cut::new(YEAR, 12), Cut::new(YEAR / 4, 2)],
            ),
            (
                often,
                [Cut::new(DAY, 1), Cut::new(DAY, 5), Cut::new(20 * DAY, 3)],
            ),
        ] {
            for cut in cuts {
                let market = market(&[PriceModel::KouJumps(model)], cut, 50);
                let returns = pooled(&market, 1200, 3);
                let what = format!("{model:?} at {cut:?}");
                assert_cumulants(&what, &returns, Cumulants(cumulants(&model, cut.years())));
                let growth: Vec<f64> = returns.iter().map(|r| r.exp()).collect();
                assert_mean(&what, &growth, (model.drift * cut.years()).exp(), 4.0);
            }
        }
    }
}
