//! A policy network, a value network, and everything that is asked of them on the device.

use super::{
    Backend, Matrix, Mlp, PolicyError, Real, Vector,
    distribution::{Distribution, from_network},
    head,
    mlp::Linearization,
};
use crate::{
    agent::{Head, NetworkSpec},
    rng::Rng,
};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{PutTape, SplitTape, Tape},
    tensor_ops::{ReshapeTo, SumTo, TryAdd},
};

/// Gain of the last policy layer: first actions near zero (or near uniform), whatever is observed.
const POLICY_GAIN: f64 = 0.01;

/// Separate policy and value networks on one device.
///
/// `observations` are `[n_rows, n_inputs]` everywhere; they may carry a tape (then gradients with respect to the
/// observations are to be had) or not (then nothing is recorded: the rollout path). A clone shares tensor ids with its
/// original: never put both on one tape.
#[derive(Debug, Clone)]
pub struct ActorCritic<E: Real, D: Backend<E>> {
    pub(super) spec: NetworkSpec,
    pub(super) critic_hidden: Vec<usize>,
    pub(super) actor: Mlp<E, D>,
    pub(super) critic: Mlp<E, D>,
    /// `[1, n_dims]`, Gaussian head only.
    pub(super) log_std: Option<Matrix<E, D>>,
    pub(super) device: D,
}

/// [`ActorCritic::output_jvp`]'s answer.
#[derive(Debug)]
pub struct OutputJvp<E: Real, D: Backend<E>, T> {
    /// The output y, `[n_rows, n_outputs]`, off the tape.
    pub output: Matrix<E, D>,
    /// ẏ = (∂y/∂o) ȯ, `[n_rows, n_outputs]`, with the tape of everything.
    pub tangent: Matrix<E, D, T>,
}

impl<E: Real, D: Backend<E>> ActorCritic<E, D> {
    /// Fresh networks: orthogonal weights with gain √2 (hidden), 0.01 (policy output), 1 (value output); zero biases;
    /// log σ = `initial_log_std` (Gaussian head; ignored otherwise).
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
        check_widths(spec, critic_hidden)?;
        let failed = || PolicyError::tensor("network initialization");
        let actor_sizes = actor_sizes(spec);
        let critic_sizes = critic_sizes(spec, critic_hidden);
        let actor = Mlp::new(&actor_sizes, spec.activation, POLICY_GAIN, rng, device);
        let critic = Mlp::new(&critic_sizes, spec.activation, 1.0, rng, device);
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

    /// Where the tensors live.
    #[must_use]
    pub const fn device(&self) -> &D {
        &self.device
    }

    /// log σ, `[1, n_dims]`; `None` for a categorical head.
    #[must_use]
    pub const fn log_std(&self) -> Option<&Matrix<E, D>> {
        self.log_std.as_ref()
    }

    /// The distribution over actions.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn distribution<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
    ) -> Result<Distribution<E, D, T>, PolicyError> {
        self.check("distribution: observations", *observations.shape())?;
        let z = self.actor.forward(observations);
        z.and_then(|z| from_network(self.spec.head, z, self.log_std.as_ref()))
            .map_err(PolicyError::tensor("distribution"))
    }

    /// The deterministic output `[n_rows, n_outputs]`: the (squashed) mean of a Gaussian, the probabilities of a categorical
    /// head. This is the function whose Jacobian the regularizers penalize and the inner objectives attack.
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

    /// The exact forward tangent of [`Self::output`]: ẏ = J(o) ȯ for `observations` o and `tangents` ȯ, both `[n_rows, n_inputs]`.
    /// Differentiating ẏ gives its exact weight gradient: the tape of the primal is merged in.
    ///
    /// # Errors
    /// [`PolicyError::Shape`], [`PolicyError::Tensor`].
    pub fn output_jvp<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        tangents: Matrix<E, D>,
    ) -> Result<OutputJvp<E, D, T>, PolicyError> {
        self.check("output_jvp: observations", *observations.shape())?;
        self.check_same("output_jvp: tangents", &observations, *tangents.shape())?;
        let (output, tangent, primal) = self
            .tangent_parts(observations, tangents)
            .map_err(PolicyError::tensor("output_jvp"))?;
        let (tangent, tape) = tangent.split_tape();
        Ok(OutputJvp {
            output,
            tangent: tangent.put_tape(tape.merge(primal)),
        })
    }

    /// Σ_k ‖v_kᵀ J(o)‖² per row, `[n_rows]`, for `cotangents` v_k `[n_rows, n_outputs]`, with the tape of everything: with the
    /// unit vectors as cotangents this is ‖J‖_F².
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

    /// The value estimate, `[n_rows]`.
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

    /// All trainable tensors, each a matrix: actor layers (weight, bias), log σ, critic layers. The order never changes.
    #[must_use]
    pub fn parameters(&self) -> Vec<&Matrix<E, D>> {
        let layers = self.actor.layers.iter();
        let mut all: Vec<_> = layers.flat_map(|l| [&l.weight, &l.bias]).collect();
        all.extend(&self.log_std);
        all.extend(self.critic.layers.iter().flat_map(|l| [&l.weight, &l.bias]));
        all
    }

    /// The same, to be updated in place.
    pub fn parameters_mut(&mut self) -> Vec<&mut Matrix<E, D>> {
        let mut all = Vec::new();
        for layer in &mut self.actor.layers {
            all.extend([&mut layer.weight, &mut layer.bias]);
        }
        all.extend(&mut self.log_std);
        for layer in &mut self.critic.layers {
            all.extend([&mut layer.weight, &mut layer.bias]);
        }
        all
    }

    /// The policy around one batch: the network's linearization and the head's output off the tape.
    #[allow(clippy::type_complexity, reason = "a pair, private to this module")]
    fn linearize<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
    ) -> Result<(Linearization<E, D, T>, Matrix<E, D>), D::Err> {
        let mut lin = self.actor.linearize(observations)?;
        let z = lin.output.clone().put_tape(std::mem::take(&mut lin.tape));
        let (output, tape) = head::output(self.spec.head, z)?.split_tape();
        lin.tape = tape;
        Ok((lin, output))
    }

    /// (output off the tape, tangent with its own tape, tape of the primal).
    #[allow(
        clippy::type_complexity,
        reason = "three parts, private to this module"
    )]
    fn tangent_parts<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        tangents: Matrix<E, D>,
    ) -> Result<(Matrix<E, D>, Matrix<E, D, T>, T), D::Err> {
        let (lin, output) = self.linearize(observations)?;
        let tangent = self.actor.push(&lin, tangents)?;
        let tangent = head::derivative(self.spec.head, &output, tangent)?;
        Ok((output, tangent, lin.tape))
    }

    fn squared_pulls<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        cotangents: &[Matrix<E, D>],
    ) -> Result<Vector<E, D, T>, D::Err> {
        let n_rows = observations.shape().0;
        let (lin, output) = self.linearize(observations)?;
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

    pub(super) fn check(
        &self,
        place: &'static str,
        found: (usize, usize),
    ) -> Result<(), PolicyError> {
        check_shape(place, found, (found.0, self.spec.n_inputs))
    }

    #[allow(clippy::unused_self, reason = "reads as a sibling of check")]
    fn check_same<T>(
        &self,
        place: &'static str,
        like: &Matrix<E, D, T>,
        found: (usize, usize),
    ) -> Result<(), PolicyError> {
        check_shape(place, found, *like.shape())
    }
}

fn check_shape(
    place: &'static str,
    found: (usize, usize),
    expected: (usize, usize),
) -> Result<(), PolicyError> {
    if found == expected {
        Ok(())
    } else {
        Err(PolicyError::Shape {
            place,
            found: found.into(),
            expected: expected.into(),
        })
    }
}

pub(super) fn actor_sizes(spec: &NetworkSpec) -> Vec<usize> {
    sizes(spec.n_inputs, &spec.hidden, spec.head.n_outputs())
}

pub(super) fn critic_sizes(spec: &NetworkSpec, critic_hidden: &[usize]) -> Vec<usize> {
    sizes(spec.n_inputs, critic_hidden, 1)
}

fn sizes(n_inputs: usize, hidden: &[usize], n_outputs: usize) -> Vec<usize> {
    let mut sizes = vec![n_inputs];
    sizes.extend(hidden);
    sizes.push(n_outputs);
    sizes
}

pub(super) fn check_widths(spec: &NetworkSpec, critic_hidden: &[usize]) -> Result<(), PolicyError> {
    let nets = [
        ("policy", actor_sizes(spec)),
        ("value", critic_sizes(spec, critic_hidden)),
    ];
    for (net, sizes) in nets {
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
