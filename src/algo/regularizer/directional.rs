//! The penalty along the directions of an ascent: AAJR, and its ablation with random directions.

use super::{Penalize, Penalty, Sensitivity};
use crate::{
    algo::{AlgoError, Ascent, Directions, Space, error::check},
    policy::{ActorCritic, Backend, Matrix, Real, WeightGradient},
    rng::Rng,
};
use serde::{Deserialize, Serialize};

/// Penalty as a function of the sensitivity s = ‖J B u‖.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Form {
    /// Penalizes s². Pick it first.
    #[default]
    Square,
    /// Penalizes max(0, s − γ)²: the constraint s ≤ γ of the paper's class `F_ad(γ_adv)`. Pick it
    /// when a sensitivity below a known bound is harmless.
    Hinge {
        /// Bound γ: the largest change of the action per full-budget shock that is not penalized.
        /// Unit: action. Range: [0, ∞). Try first: 0.1.
        sensitivity_bound: f64,
    },
}

impl Form {
    fn check(self) -> Result<(), AlgoError> {
        let Self::Hinge { sensitivity_bound } = self else {
            return Ok(());
        };
        let is_met = sensitivity_bound.is_finite() && sensitivity_bound >= 0.0;
        let field = "regularizer.form.sensitivity_bound";
        check(field, sensitivity_bound, is_met, "a finite number >= 0")
    }

    /// Penalty as a function of s², and its derivative. A bound of 0 avoids the square root, whose
    /// slope at 0 is infinite.
    fn of(self, squared: f64) -> (f64, f64) {
        match self {
            Self::Hinge { sensitivity_bound } if sensitivity_bound > 0.0 => {
                let s = squared.sqrt();
                if s > sensitivity_bound {
                    let excess = s - sensitivity_bound;
                    (excess * excess, excess / s)
                } else {
                    // A NaN stays NaN.
                    (squared * 0.0, 0.0)
                }
            }
            Self::Hinge { .. } | Self::Square => (squared, 1.0),
        }
    }
}

/// Mean over the points of s² or max(0, s − γ)², where s = ‖J(point) tangent‖.
#[derive(Debug)]
pub(super) struct Directional {
    pub(super) directions: Directions,
    pub(super) weight: f64,
    pub(super) space: Space,
    pub(super) form: Form,
}

impl<E: Real, D: Backend<E>> Penalize<E, D> for Directional {
    fn weight(&self) -> f64 {
        self.weight
    }

    fn ascent(&self) -> Option<(Directions, Space)> {
        Some((self.directions, self.space))
    }

    fn check(&self) -> Result<(), AlgoError> {
        self.form.check()
    }

    fn penalty(
        &self,
        policy: &ActorCritic<E, D>,
        _observations: &Matrix<E, D>,
        ascent: &Ascent<'_>,
        _rng: &mut Rng,
    ) -> Result<Penalty<E, D>, AlgoError> {
        let h = |squared: f64| self.form.of(squared);
        let penalty =
            policy.tangent_penalty(ascent.tangent_points(), &h, WeightGradient::Wanted)?;
        let norms = penalty.squared.iter().map(|s| s.sqrt());
        Ok(Penalty {
            value: penalty.value,
            sensitivity: Sensitivity::of(norms.collect()),
        })
    }
}
