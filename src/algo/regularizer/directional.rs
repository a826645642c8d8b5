//! The penalty along given directions.

use super::{Penalty, Sensitivity};
use crate::{
    algo::{AlgoError, Ascent},
    policy::{ActorCritic, Backend, PolicyError, Real, Scalar, Vector},
};
use dfdx::{
    shapes::Axis,
    tensor::{OwnedTape, Trace},
    tensor_ops::{MeanTo, SumTo, TrySub},
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
}

/// mean over the points of s² or max(0, s − γ)², s = ‖J(point) tangent‖.
pub(super) fn penalty<E: Real, D: Backend<E>>(
    policy: &ActorCritic<E, D>,
    ascent: &Ascent<E, D>,
    form: Form,
) -> Result<Penalty<E, D>, AlgoError> {
    let jvp = policy.output_jvp(ascent.points.leaky_trace(), ascent.tangents.clone())?;
    let squared = jvp.tangent.try_square();
    let squared = squared.and_then(SumTo::try_sum::<(usize,), Axis<1>>);
    let squared = squared.map_err(PolicyError::tensor("directional penalty"))?;
    let norms = squared.as_vec().into_iter().map(|s| s.get().sqrt());
    let sensitivity = Sensitivity::of(norms.collect());
    let value = reduce(squared, form).map_err(PolicyError::tensor("directional penalty"))?;
    Ok(Penalty { value, sensitivity })
}

/// `squared` holds s². The root is taken only where s exceeds the bound: its slope at 0 is infinite.
fn reduce<E: Real, D: Backend<E>>(
    squared: Vector<E, D, OwnedTape<E, D>>,
    form: Form,
) -> Result<Scalar<E, D, OwnedTape<E, D>>, D::Err> {
    match form {
        Form::Hinge { sensitivity_bound } if sensitivity_bound > 0.0 => {
            let floor = (sensitivity_bound * sensitivity_bound).max(1e-24);
            let norm = squared.try_clamp(floor, f64::from(f32::MAX))?.try_sqrt()?;
            let excess = norm.try_sub(E::of(floor.sqrt()))?.try_relu()?;
            excess.try_square()?.try_mean()
        }
        Form::Hinge { .. } | Form::Square => squared.try_mean(),
    }
}
