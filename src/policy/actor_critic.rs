//! A policy network, a value network, and everything that is asked of them on the device.

use super::{
    Backend, Differentiated, FrozenPolicy, Matrix, Mlp, PolicyError, Real, TangentPenalty,
    TangentPoints, Vector, WeightGradient,
    distribution::{Distribution, from_network},
    head, tangent,
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
/// `observations` are `[n_rows, n_inputs]` everywhere; they may carry a tape (then gradients with
/// respect to the observations are to be had) or not (then nothing is recorded: the rollout path).
/// A clone shares tensor ids with its original: never put both on one tape.
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
    /// Fresh networks: orthogonal weights with gain √2 (hidden), 0.01 (policy output), 1 (value
    /// output); zero biases; log σ = `initial_log_std` (Gaussian head; ignored otherwise).
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

    /// The deterministic output `[n_rows, n_outputs]`: the (squashed) mean of a Gaussian, the
    /// probabilities of a categorical head. This is the function whose Jacobian the regularizers
    /// penalize and the inner objectives attack.
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

    /// The exact forward tangent of [`Self::output`]: ẏ = J(o) ȯ for `observations` o and
    /// `tangents` ȯ, both `[n_rows, n_inputs]`. Differentiating ẏ gives its exact weight gradient:
    /// the tape of the primal is merged in.
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
        let (output, tangent, primal) =
            tangent::parts(&self.actor, self.spec.head, observations, tangents)
                .map_err(PolicyError::tensor("output_jvp"))?;
        let (tangent, tape) = tangent.split_tape();
        Ok(OutputJvp {
            output,
            tangent: tangent.put_tape(tape.merge(primal)),
        })
    }

    /// The gradients of a loss of the last policy layer z, before the head, and of one of the
    /// values: `of_policy(first row, z, z̄)` reads some rows of z, `[n, n_outputs]`, writes the
    /// loss's derivatives z̄ and says what it wants to say; `of_value` does the same with values,
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
        D::differentiate_both(
            (&self.actor, &self.critic),
            observations,
            of_policy,
            of_value,
        )
        .map_err(PolicyError::tensor("gradients of policy and value"))
    }

    /// `mean h(‖ẏ‖²)` over the rows, where ẏ = J(o) ȯ as in [`Self::output_jvp`] for points o and
    /// tangents ȯ, and ‖ẏ‖² per row. `h` maps ‖ẏ‖² to a value and its derivative. Exactly
    /// differentiable in the weights.
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
        let n_rows = at.points.len() / n_inputs;
        let expected = [n_rows, n_inputs];
        for (place, rows) in [
            ("tangent_penalty: points", at.points),
            ("tangent_penalty: tangents", at.tangents),
        ] {
            if rows.len() != n_rows * n_inputs {
                let found = [rows.len() / n_inputs, n_inputs];
                return Err(PolicyError::Shape {
                    place,
                    found,
                    expected,
                });
            }
        }
        D::tangent_penalty(&self.actor, self.spec.head, at, h, wanted)
            .map_err(PolicyError::tensor("tangent penalty"))
    }

    /// The policy as it is now, to act and to be attacked: nothing is recorded.
    #[must_use]
    pub fn freeze(&self) -> FrozenPolicy<E, D> {
        FrozenPolicy::of(self)
    }

    /// `Σ_k ‖v_kᵀ J(o)‖²` per row, `[n_rows]`, for `cotangents` `v_k [n_rows, n_outputs]`, with the
    /// tape of everything: with the unit vectors as cotangents this is ‖J‖_F².
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

    /// All trainable tensors, each a matrix: actor layers (weight, bias), log σ, critic layers. The
    /// order never changes.
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

    fn squared_pulls<T: Tape<E, D>>(
        &self,
        observations: Matrix<E, D, T>,
        cotangents: &[Matrix<E, D>],
    ) -> Result<Vector<E, D, T>, D::Err> {
        let n_rows = observations.shape().0;
        let (lin, output) = tangent::linearize(&self.actor, self.spec.head, observations)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{Activation, Squash},
        policy::testing::{
            ACTIVATIONS, DEPTHS, HEADS, Loss, Policy, gradient_error, random_matrix, random_policy,
            relative_error, rng,
        },
    };
    use dfdx::{
        tensor::{Cpu, OwnedTape, TensorFromVec, Trace},
        tensor_ops::{Backward, MeanTo},
    };

    type Tape64 = OwnedTape<f64, Cpu>;

    /// Every layer stack, activation and head.
    fn every_network() -> impl Iterator<Item = Policy> {
        let pairs = DEPTHS.into_iter().flat_map(|d| ACTIVATIONS.map(|a| (d, a)));
        pairs.flat_map(|(d, a)| HEADS.map(|head| random_policy(d, a, head, 11)))
    }

    fn points_and_tangents() -> (Matrix<f64, Cpu>, Matrix<f64, Cpu>) {
        let mut rng = rng(12);
        let mut draw = || random_matrix(6, 4, &mut rng);
        (draw(), draw())
    }

    fn mean_square(tangent: Matrix<f64, Cpu, Tape64>) -> Loss {
        let squares = tangent.try_square().expect("on the CPU");
        squares.sum::<(usize,), Axis<1>>().mean()
    }

    /// J ȯ by central differences.
    fn numeric_jvp(policy: &Policy, at: &Matrix<f64, Cpu>, along: &Matrix<f64, Cpu>) -> Vec<f64> {
        let step = 1e-5;
        let moved = |h: f64| {
            let moved = at.clone() + along.clone() * h;
            policy.output(moved).expect("on the CPU").as_vec()
        };
        let (up, down) = (moved(step), moved(-step));
        let both = up.iter().zip(&down);
        both.map(|(u, d)| (u - d) / (2.0 * step)).collect()
    }

    #[test]
    fn forward_tangent_equals_central_differences() {
        let (at, along) = points_and_tangents();
        for policy in every_network() {
            let jvp = policy
                .output_jvp(at.clone(), along.clone())
                .expect("on the CPU");
            assert_eq!(
                jvp.output.as_vec(),
                policy.output(at.clone()).expect("output").as_vec()
            );
            let error = relative_error(&jvp.tangent.as_vec(), &numeric_jvp(&policy, &at, &along));
            assert!(error < 1e-6, "{:?}: {error}", policy.spec);
        }
    }

    #[test]
    fn weight_gradient_of_the_squared_tangent_equals_central_differences() {
        let (at, along) = points_and_tangents();
        for policy in every_network() {
            let error = gradient_error(&policy, |policy| {
                let jvp = policy.output_jvp(at.leaky_trace(), along.clone());
                mean_square(jvp.expect("on the CPU").tangent)
            });
            assert!(error < 1e-6, "{:?}: {error}", policy.spec);
        }
    }

    /// The check above has teeth: without the tape of the primal everything still runs, and the
    /// gradient is wrong.
    #[test]
    fn dropping_the_tape_of_the_primal_makes_the_check_fail() {
        let (at, along) = points_and_tangents();
        for policy in every_network() {
            let head_is_linear = matches!(
                policy.spec.head,
                Head::Gaussian {
                    squash: Squash::Identity,
                    ..
                }
            );
            let piecewise_linear =
                policy.spec.hidden.is_empty() || policy.spec.activation == Activation::Relu;
            let error = gradient_error(&policy, |policy| {
                let (actor, head) = (&policy.actor, policy.spec.head);
                let parts = tangent::parts(actor, head, at.leaky_trace(), along.clone());
                let (_, tangent, primal) = parts.expect("on the CPU");
                drop(primal);
                mean_square(tangent)
            });
            if head_is_linear && piecewise_linear {
                assert!(
                    error < 1e-6,
                    "slopes that are constants need no tape: {error}"
                );
            } else {
                assert!(error > 1e-2, "{:?}: {error}", policy.spec);
            }
        }
    }

    #[test]
    fn squared_cotangents_sum_to_the_squared_tangents_of_all_inputs() {
        let (at, _) = points_and_tangents();
        let n_rows = at.shape().0;
        let unit = |n: usize, i: usize| {
            let values = (0..n_rows * n).map(|j| f64::from(u8::from(j % n == i)));
            Cpu::default()
                .try_tensor_from_vec(values.collect(), (n_rows, n))
                .expect("memory")
        };
        for policy in every_network() {
            let n_outputs = policy.spec.head.n_outputs();
            let cotangents: Vec<_> = (0..n_outputs).map(|i| unit(n_outputs, i)).collect();
            let squared = policy
                .squared_vjp(at.clone(), &cotangents)
                .expect("on the CPU");
            let mut expected = vec![0.0; n_rows];
            for i in 0..4 {
                let jvp = policy
                    .output_jvp(at.clone(), unit(4, i))
                    .expect("on the CPU");
                for (row, values) in jvp.tangent.as_vec().chunks(n_outputs).enumerate() {
                    expected[row] += values.iter().map(|v| v * v).sum::<f64>();
                }
            }
            assert!(relative_error(&squared.as_vec(), &expected) < 1e-12);
            let error = gradient_error(&policy, |policy| {
                let squared = policy.squared_vjp(at.leaky_trace(), &cotangents);
                squared.expect("on the CPU").mean()
            });
            assert!(error < 1e-6, "{:?}: {error}", policy.spec);
        }
    }

    #[test]
    fn gradient_with_respect_to_the_observations_is_the_cotangent_product() {
        let (at, along) = points_and_tangents();
        let policy = random_policy(&[6, 4], Activation::Softsign, HEADS[1], 5);
        let output = policy.output(at.leaky_trace()).expect("on the CPU");
        let gradient = output.sum::<(), _>().backward().get(&at).as_vec();
        let inner: f64 = gradient
            .iter()
            .zip(along.as_vec())
            .map(|(g, v)| g * v)
            .sum();
        let expected: f64 = numeric_jvp(&policy, &at, &along).iter().sum();
        assert!((inner - expected).abs() < 1e-6 * expected.abs());
    }

    #[test]
    fn wrong_shapes_are_errors_and_not_panics() {
        let policy = random_policy(&[3], Activation::Tanh, HEADS[0], 1);
        let narrow = random_matrix(2, 3, &mut rng(1));
        let error = policy.value(narrow.clone()).expect_err("refused");
        assert_eq!(
            error.to_string(),
            "value: observations: found shape [2, 3], expected [2, 4]"
        );
        let at = random_matrix(2, 4, &mut rng(1));
        assert!(policy.output_jvp(at.clone(), narrow.clone()).is_err());
        assert!(
            policy
                .squared_vjp(at, &[narrow.clone(), random_matrix(2, 4, &mut rng(1))])
                .is_err()
        );
        assert!(policy.distribution(narrow).is_err());
        let spec = NetworkSpec {
            hidden: vec![4, 0],
            ..policy.spec.clone()
        };
        let empty = Policy::new(&spec, &[], 0.0, &mut rng(1), &Cpu::default());
        let error = empty.expect_err("refused").to_string();
        assert_eq!(
            error,
            "network: policy hidden layer 2 has width 0, expected at least 1"
        );
    }
}
