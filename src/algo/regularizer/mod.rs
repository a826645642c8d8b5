//! Penalties on the policy's Jacobian: pure functions of (policy, observations, ascent), chosen by an enum.
//!
//! | value | penalty R (before its weight) |
//! |---|---|
//! | [`Regularizer::None`] | none: plain actor-critic, bit for bit |
//! | [`Regularizer::Adversarial`] | mean ‖J(φ(h, z_k)) B_k u_k‖², u_k the ascent directions (AAJR) |
//! | [`Regularizer::RandomDirection`] | the same with random u_k at the same points (ablation) |
//! | [`Regularizer::Frobenius`] | mean ‖J‖_F² over all input directions (the global brake) |
//!
//! J is the Jacobian of [`ActorCritic::output`]: of the (squashed) mean, or of the probabilities.

mod directional;
mod frobenius;
mod sensitivity;

pub use directional::Form;
pub use sensitivity::{Sensitivity, jacobian_norms, sensitivities};

use super::{
    AlgoError,
    ascent::{Ascent, Directions, Space},
};
use crate::{
    policy::{ActorCritic, Backend, Matrix, Real, Scalar},
    rng::Rng,
};
use dfdx::tensor::OwnedTape;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Which penalty, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Regularizer {
    /// None.
    None,
    /// Adversarially aligned Jacobian regularization (Mumcu, Yilmaz, arXiv 2603.04378).
    Adversarial {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Where the shocks of the ascent live.
        space: Space,
        /// Square or hinge.
        #[serde(default)]
        form: Form,
    },
    /// The same points, directions uniform on the unit sphere of the same space.
    RandomDirection {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Where the shocks of the ascent live.
        space: Space,
        /// Square or hinge.
        #[serde(default)]
        form: Form,
    },
    /// All input directions at the minibatch's observations (Hoffman, Roberts, Yaida, arXiv 1908.02729).
    Frobenius {
        /// Multiplies the penalty in the loss, ≥ 0.
        weight: f64,
        /// Random projections per observation; `None` is exact (one pass per output).
        #[serde(default)]
        projections: Option<NonZeroUsize>,
    },
}

/// A penalty on its tape.
#[derive(Debug)]
pub struct Penalty<E: Real, D: Backend<E>> {
    /// R, before its weight.
    pub value: Scalar<E, D, OwnedTape<E, D>>,
    /// The directional sensitivities it saw; `None` for a penalty without directions.
    pub sensitivity: Option<Sensitivity>,
}

impl Regularizer {
    /// What multiplies the penalty; 0 for none.
    #[must_use]
    pub const fn weight(&self) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Adversarial { weight, .. }
            | Self::RandomDirection { weight, .. }
            | Self::Frobenius { weight, .. } => weight,
        }
    }

    /// The ascent it needs: which directions, in which space; `None` when it needs none or its weight is 0.
    #[must_use]
    pub fn ascent(&self) -> Option<(Directions, Space)> {
        match *self {
            _ if self.is_off() => None,
            Self::Adversarial { space, .. } => Some((Directions::Gradient, space)),
            Self::RandomDirection { space, .. } => Some((Directions::Random, space)),
            Self::None | Self::Frobenius { .. } => None,
        }
    }

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first one out of range.
    pub fn check(&self) -> Result<(), AlgoError> {
        let weight = self.weight();
        if !(weight.is_finite() && weight >= 0.0) {
            return Err(AlgoError::Setting {
                field: "regularizer.weight",
                found: weight.to_string(),
                expected: "a finite number >= 0",
            });
        }
        match *self {
            Self::Adversarial { form, .. } | Self::RandomDirection { form, .. } => form.check(),
            Self::None | Self::Frobenius { .. } => Ok(()),
        }
    }

    /// R on a tape of its own; `None` when there is no penalty or its weight is 0 (then nothing is computed or drawn).
    ///
    /// # Errors
    /// [`AlgoError::NoAscent`] when `ascent` is needed and absent or empty; [`AlgoError::Policy`].
    pub fn penalty<E: Real, D: Backend<E>>(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        ascent: Option<&Ascent<E, D>>,
        rng: &mut Rng,
    ) -> Result<Option<Penalty<E, D>>, AlgoError> {
        let regularizer = match self {
            _ if self.is_off() => return Ok(None),
            Self::None => return Ok(None),
            Self::Frobenius { projections, .. } => {
                return frobenius::penalty(policy, observations, *projections, rng).map(Some);
            }
            Self::Adversarial { .. } => "Adversarial",
            Self::RandomDirection { .. } => "RandomDirection",
        };
        let Some(ascent) = ascent.filter(|ascent| !ascent.is_empty()) else {
            return Err(AlgoError::NoAscent { regularizer });
        };
        directional::penalty(policy, ascent, self.form()).map(Some)
    }

    fn is_off(&self) -> bool {
        self.weight() <= 0.0
    }

    const fn form(&self) -> Form {
        match *self {
            Self::Adversarial { form, .. } | Self::RandomDirection { form, .. } => form,
            Self::None | Self::Frobenius { .. } => Form::Square,
        }
    }
}
