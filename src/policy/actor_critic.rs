//! A policy network and a value network on one device.

use super::{
    Backend, FrozenPolicy, Matrix, Mlp, PolicyError, Real, Vector, error::check_shape, head,
};
use crate::{
    agent::{Head, NetworkSpec},
    rng::Rng,
};
use dfdx::{shapes::HasShape, tensor::Tape, tensor_ops::ReshapeTo};

/// Gain of the last policy layer, so small that the first actions are near zero (Gaussian) or
/// nearly uniform (categorical).
const POLICY_GAIN: f64 = 0.01;

/// Separate policy and value networks on one device.
///
/// `observations` are `[n_rows, n_inputs]` everywhere. With a tape, results are differentiable in
/// them and in the weights; without a tape nothing is recorded. A clone shares tensor ids with its
/// original: never put both on one tape.
#[derive(Debug, Clone)]
pub struct ActorCritic<E: Real, D: Backend<E>> {
    pub(super) spec: NetworkSpec,
    pub(super) critic_hidden: Vec<usize>,
    pub(super) actor: Mlp<E, D>,
    pub(super) critic: Mlp<E, D>,
    /// Log σ, `[1, n_dims]`; for a Gaussian head only.
    pub(super) log_std: Option<Matrix<E, D>>,
    pub(super) device: D,
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// Builds networks with orthogonal weights of gain √2 (hidden), 0.01 (policy output) and 1
    /// (value output), zero biases, and log σ = `initial_log_std` (Gaussian head only).
    ///
    /// # Errors
    /// [`PolicyError::EmptyLayer`] when a width is 0; [`PolicyError::Tensor`].
    pub fn new(
        spec: &NetworkSpec,
        critic_hidden: &[usize],
        initial_log_std: f64,
        rng: &mut Rng,
        device: &D,
    ) -> Result<Self, PolicyError> {
        let sizes = layer_sizes(spec, critic_hidden);
        check_widths(&sizes)?;
        let [actor, critic] = &sizes;
        let failed = || PolicyError::tensor("network initialization");
        let actor = Mlp::new(actor, spec.activation, POLICY_GAIN, rng, device);
        let critic = Mlp::new(critic, spec.activation, 1.0, rng, device);
        let log_std = match spec.head {
            Head::Gaussian { n_dims, .. } => {
                let values = vec![E::of(initial_log_std); n_dims];
                let log_std = device.try_tensor_from_vec(values, (1, n_dims));
                Some(log_std.map_err(failed())?)
            }
            Head::Categorical { .. } => None,
        };
        Ok(Self {
            spec: spec.clone(),
            critic_hidden: critic_hidden.to_vec(),
            actor: actor.map_err(failed())?,
            critic: critic.map_err(failed())?,
            log_std,
            device: device.clone(),
        })
    }

    /// Shape of the policy network.
    #[must_use]
    pub const fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Hidden widths of the value network.
    #[must_use]
    pub fn critic_hidden(&self) -> &[usize] {
        &self.critic_hidden
    }

    /// Device of the tensors.
    #[must_use]
    pub const fn device(&self) -> &D {
        &self.device
    }

    /// log σ, `[1, n_dims]`; `None` for a categorical head.
    #[must_use]
    pub const fn log_std(&self) -> Option<&Matrix<E, D>> {
        self.log_std.as_ref()
    }

    /// Deterministic output `[n_rows, n_outputs]`: (squashed) means or probabilities. Regularizers
    /// penalize its Jacobian; inner objectives attack the output.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn output<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
    ) -> Result<Matrix<E, D, T>, PolicyError> {
        self.check("output: observations", *observations.shape())?;
        let z = self.actor.forward(observations);
        z.and_then(|z| head::output(self.spec.head, z))
            .map_err(PolicyError::tensor("output"))
    }

    /// Value estimates, `[n_rows]`.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn value<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
    ) -> Result<Vector<E, D, T>, PolicyError> {
        self.check("value: observations", *observations.shape())?;
        let n_rows = observations.shape().0;
        let value = self.critic.forward(observations);
        value
            .and_then(|value| value.try_reshape_like(&(n_rows,)))
            .map_err(PolicyError::tensor("value"))
    }

    /// Copies the policy with fixed weights, for acting and for attacks; nothing is recorded.
    #[must_use]
    pub fn freeze(&self) -> FrozenPolicy<E, D> {
        FrozenPolicy::of(self)
    }

    /// All trainable tensors, each a matrix, in a fixed order: actor layers (weight, bias), log σ,
    /// critic layers.
    #[must_use]
    pub fn parameters(&self) -> Vec<&Matrix<E, D>> {
        let actor = self.actor.parameters().chain(&self.log_std);
        actor.chain(self.critic.parameters()).collect()
    }

    /// Mutable references to all trainable tensors, in the order of [`Self::parameters`].
    pub fn parameters_mut(&mut self) -> Vec<&mut Matrix<E, D>> {
        let actor = self.actor.parameters_mut().chain(&mut self.log_std);
        actor.chain(self.critic.parameters_mut()).collect()
    }

    pub(super) fn check(
        &self,
        place: &'static str,
        found: (usize, usize),
    ) -> Result<(), PolicyError> {
        check_shape(place, found, (found.0, self.spec.n_inputs))
    }
}

/// Layer widths of the policy and the value network, from input to output.
pub(super) fn layer_sizes(spec: &NetworkSpec, critic_hidden: &[usize]) -> [Vec<usize>; 2] {
    let sizes = |hidden: &[usize], n_outputs| [&[spec.n_inputs], hidden, &[n_outputs]].concat();
    [
        sizes(&spec.hidden, spec.head.n_outputs()),
        sizes(critic_hidden, 1),
    ]
}

/// Checks that no layer has width 0.
pub(super) fn check_widths(sizes: &[Vec<usize>; 2]) -> Result<(), PolicyError> {
    for (net, sizes) in ["policy", "value"].iter().zip(sizes) {
        if let Some(i) = sizes.iter().position(|&size| size == 0) {
            let place = match i {
                0 => "n_inputs".to_owned(),
                i if i + 1 == sizes.len() => format!("{net} output"),
                i => format!("{net} hidden layer {i}"),
            };
            return Err(PolicyError::EmptyLayer { place });
        }
    }
    Ok(())
}
