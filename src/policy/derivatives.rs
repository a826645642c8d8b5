//! Derivatives of an [`ActorCritic`] with respect to observations and weights.

use super::{
    ActorCritic, Backend, Matrix, PolicyError, Real, Vector, composed,
    composed::{Differentiated, TangentPenalty, TangentPoints, WeightGradient},
    error::{check_shape, check_table},
    head,
};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{PutTape, SplitTape, Tape},
    tensor_ops::{SumTo, TryAdd},
};

/// Output of a policy and its forward tangent.
#[derive(Debug)]
pub struct OutputJvp<E: Real, D: Backend<E>, T> {
    /// Output y, `[n_rows, n_outputs]`, off the tape.
    pub output: Matrix<E, D>,
    /// Tangent ẏ = (∂y/∂o) ȯ, `[n_rows, n_outputs]`. It carries the tape, so a penalty on it can be
    /// differentiated with respect to the weights.
    pub tangent: Matrix<E, D, T>,
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// Exact forward tangent of [`Self::output`]: ẏ = J(o) ȯ for `observations` o and `tangents` ȯ,
    /// both `[n_rows, n_inputs]`. Its tape includes the primal pass, so differentiating ẏ gives the
    /// exact weight gradient.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn output_jvp<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        tangents: Matrix<E, D>,
    ) -> Result<OutputJvp<E, D, T>, PolicyError> {
        let shape = *observations.shape();
        self.check("output_jvp: observations", shape)?;
        check_shape("output_jvp: tangents", *tangents.shape(), shape)?;
        let (output, tangent, primal) =
            composed::push_parts(&self.actor, self.spec.head, observations, tangents)
                .map_err(PolicyError::tensor("output_jvp"))?;
        let (tangent, tape) = tangent.split_tape();
        Ok(OutputJvp {
            output,
            tangent: tangent.put_tape(tape.merge(primal)),
        })
    }

    /// Gradients of two losses: one depends on the last policy layer z (before the head), the other
    /// on the values. `of_policy(first row, z, z̄)` reads some rows of z, `[n, n_outputs]`, writes
    /// the loss's derivatives to z̄ and returns an answer; `of_value` does the same with values,
    /// `[n]`.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    #[allow(clippy::type_complexity, reason = "the answers of two networks")]
    pub fn differentiate<R: Send, Q: Send>(
        &self,
        observations: &Matrix<E, D>,
        of_policy: impl Fn(usize, &[E], &mut [E]) -> R + Send + Sync,
        of_value: impl Fn(usize, &[E], &mut [E]) -> Q + Send + Sync,
    ) -> Result<(Differentiated<R, E, D>, Differentiated<Q, E, D>), PolicyError> {
        self.check("differentiate: observations", *observations.shape())?;
        let both = (&self.actor, &self.critic);
        D::differentiate(both, observations, of_policy, of_value)
            .map_err(PolicyError::tensor("gradients of policy and value"))
    }

    /// Mean of `h(‖ẏ‖²)` over rows, and ‖ẏ‖² per row, with ẏ as in [`Self::output_jvp`]. `h` maps
    /// ‖ẏ‖² to a value and its derivative. Exactly differentiable in the weights.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn tangent_penalty(
        &self,
        at: TangentPoints<'_>,
        h: &(dyn Fn(f64) -> (f64, f64) + Sync),
        wanted: WeightGradient,
    ) -> Result<TangentPenalty<E, D>, PolicyError> {
        let n_inputs = self.spec.n_inputs;
        let shape = [at.points.len() / n_inputs, n_inputs];
        check_table("tangent_penalty: points", at.points, shape)?;
        check_table("tangent_penalty: tangents", at.tangents, shape)?;
        D::tangent_penalty(&self.actor, self.spec.head, at, h, wanted)
            .map_err(PolicyError::tensor("tangent penalty"))
    }

    /// Sum `Σ_k ‖v_kᵀ J(o)‖²` per row, `[n_rows]`, with the tape of all its operations, for
    /// `cotangents` `v_k [n_rows, n_outputs]`. Unit vectors as cotangents give ‖J‖_F².
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn squared_vjp<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        cotangents: &[Matrix<E, D>],
    ) -> Result<Vector<E, D, T>, PolicyError> {
        self.check("squared_vjp: observations", *observations.shape())?;
        let expected = (observations.shape().0, self.spec.head.n_outputs());
        for cotangent in cotangents {
            check_shape("squared_vjp: cotangents", *cotangent.shape(), expected)?;
        }
        self.squared_pulls(observations, cotangents)
            .map_err(PolicyError::tensor("squared_vjp"))
    }

    fn squared_pulls<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        cotangents: &[Matrix<E, D>],
    ) -> Result<Vector<E, D, T>, D::Err> {
        let n_rows = observations.shape().0;
        let (lin, output) = composed::linearize(&self.actor, self.spec.head, observations)?;
        let zeros = self.device.try_zeros_like(&(n_rows,))?;
        let mut sum: Vector<E, D, T> = zeros.put_tape(T::default());
        for cotangent in cotangents {
            let cotangent = cotangent.retaped::<T>();
            let cotangent = head::derivative(self.spec.head, &output, cotangent)?;
            let row = self.actor.pull(&lin, cotangent)?;
            sum = sum.try_add(row.try_square()?.try_sum::<(usize,), Axis<1>>()?)?;
        }
        let (sum, tape) = sum.split_tape();
        Ok(sum.put_tape(tape.merge(lin.tape)))
    }
}
