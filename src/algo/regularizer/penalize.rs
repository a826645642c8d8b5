//! The trait of all regularizers.

use super::Sensitivity;
use crate::{
    algo::{AlgoError, Ascent, Directions, Space},
    policy::{ActorCritic, Backend, Matrix, Real, Scalar},
    rng::Rng,
};
use dfdx::tensor::{Cpu, OwnedTape};

/// A penalty R ≥ 0 on the policy: a pure function of (policy, observations, ascent) and random
/// draws. The loss of a gradient step contains `weight · R`.
///
/// Built-in regularizers implement the trait for every scalar and device. A regularizer from
/// outside the crate implements `Penalize`, which is `Penalize<f32, Cpu>`; on a GPU the crate
/// copies weights to the host and gradients back.
///
/// ```
/// use dfdx::{prelude::*, tensor::Cpu};
/// use shockproof::{
///     algo::{AlgoError, Ascent, Penalize, Penalty},
///     policy::{ActorCritic, Matrix, PolicyError},
///     rng::Rng,
/// };
///
/// /// The mean square of the deterministic action.
/// struct SmallActions;
///
/// impl Penalize for SmallActions {
///     fn weight(&self) -> f64 {
///         0.1
///     }
///     fn penalty(
///         &self,
///         policy: &ActorCritic<f32, Cpu>,
///         observations: &Matrix<f32, Cpu>,
///         _ascent: &Ascent<'_>,
///         _rng: &mut Rng,
///     ) -> Result<Penalty<f32, Cpu>, AlgoError> {
///         let action = policy.output(observations.leaky_trace())?;
///         Ok(Penalty { value: action.square().mean(), sensitivity: None })
///     }
/// }
/// ```
pub trait Penalize<E: Real = f32, D: Backend<E> = Cpu>: Send + Sync {
    /// Factor of the penalty in the loss, finite and ≥ 0. At 0 nothing is computed or drawn.
    fn weight(&self) -> f64;

    /// Directions and space of the ascent that the penalty needs; `None` without an ascent.
    fn ascent(&self) -> Option<(Directions, Space)> {
        None
    }

    /// Checks the settings before training begins.
    ///
    /// # Errors
    /// [`AlgoError::Setting`] names the first setting out of range.
    fn check(&self) -> Result<(), AlgoError> {
        Ok(())
    }

    /// Penalty R with the tape of all its operations. `observations [n_rows, n_inputs]` belong to
    /// the minibatch. `ascent` is empty unless [`Penalize::ascent`] is `Some`.
    ///
    /// # Errors
    /// [`AlgoError`]; the policy does not change.
    fn penalty(
        &self,
        policy: &ActorCritic<E, D>,
        observations: &Matrix<E, D>,
        ascent: &Ascent<'_>,
        rng: &mut Rng,
    ) -> Result<Penalty<E, D>, AlgoError>;
}

/// A penalty on its tape, with statistics.
#[derive(Debug)]
pub struct Penalty<E: Real, D: Backend<E>> {
    /// Penalty R, before its weight.
    pub value: Scalar<E, D, OwnedTape<E, D>>,
    /// Statistics of the directional sensitivities; `None` for a penalty without directions.
    pub sensitivity: Option<Sensitivity>,
}
