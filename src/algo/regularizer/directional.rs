//! The penalty along given directions.

use super::{Penalty, Sensitivity};
use crate::{
    algo::{AlgoError, Ascent},
    policy::{ActorCritic, Backend, Real, WeightGradient},
};
use serde::{Deserialize, Serialize};

/// How a sensitivity s = ‖J B u‖ is penalized.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Form {
    /// s².
    #[default]
    Square,
    /// max(0, s − γ)²: the constraint s ≤ γ of the paper's class `F_ad(γ_adv)` as a penalty.
    Hinge {
        /// γ: the action may change this much per full-budget shock, ≥ 0.
        sensitivity_bound: f64,
    },
}

impl Form {
    pub(super) fn check(self) -> Result<(), AlgoError> {
        match self {
            Self::Hinge { sensitivity_bound }
                if !(sensitivity_bound.is_finite() && sensitivity_bound >= 0.0) =>
            {
                Err(AlgoError::Setting {
                    field: "regularizer.form.sensitivity_bound",
                    found: sensitivity_bound.to_string(),
                    expected: "a finite number >= 0",
                })
            }
            Self::Square | Self::Hinge { .. } => Ok(()),
        }
    }

    /// The penalty as a function of s², and its derivative. The root is taken only where s exceeds
    /// the bound: its slope at 0 is infinite.
    fn of(self, squared: f64) -> (f64, f64) {
        match self {
            Self::Hinge { sensitivity_bound } if sensitivity_bound > 0.0 => {
                let s = squared.sqrt();
                if s > sensitivity_bound {
                    let excess = s - sensitivity_bound;
                    (excess * excess, excess / s)
                } else {
                    // A NaN stays visible.
                    (squared * 0.0, 0.0)
                }
            }
            Self::Hinge { .. } | Self::Square => (squared, 1.0),
        }
    }
}

/// mean over the points of s² or max(0, s − γ)², s = ‖J(point) tangent‖.
pub(super) fn penalty<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    ascent: &Ascent<'_>,
    form: Form,
) -> Result<Penalty<E, D>, AlgoError> {
    let h = |squared: f64| form.of(squared);
    let penalty = policy.tangent_penalty(ascent.tangent_points(), &h, WeightGradient::Wanted)?;
    let norms = penalty.squared.iter().map(|s| s.sqrt());
    Ok(Penalty {
        value: penalty.value,
        sensitivity: Sensitivity::of(norms.collect()),
    })
}
