//! Random networks in f64, and central differences as the reference for derivatives.

mod derivatives;
mod distribution;

pub(crate) use distribution::densities;

use super::{ActorCritic, Matrix, Real, Scalar, scalar_value};
use crate::{
    agent::{Activation, NetworkSpec},
    rng::{Component, Rng, Streams},
};
use dfdx::{
    shapes::HasShape,
    tensor::{Cpu, OwnedTape, TensorFromVec},
    tensor_ops::Backward,
};
use rand::Rng as _;
use rand_distr::StandardNormal;
use std::borrow::Cow;

pub(crate) use crate::agent::{Head, Squash};

pub(crate) type Policy = ActorCritic<f64, Cpu>;
pub(crate) type Loss = Scalar<f64, Cpu, OwnedTape<f64, Cpu>>;

pub(crate) const ACTIVATIONS: [Activation; 3] =
    [Activation::Tanh, Activation::Softsign, Activation::Relu];

pub(crate) const HEADS: [Head; 3] = [
    Head::Gaussian {
        n_dims: 3,
        squash: Squash::Identity,
    },
    Head::Gaussian {
        n_dims: 3,
        squash: Squash::Tanh,
    },
    Head::Categorical {
        n_dims: 2,
        n_levels: 3,
    },
];

pub(crate) const DEPTHS: [&[usize]; 4] = [&[], &[5], &[6, 4], &[4, 5, 3]];

pub(crate) fn rng(seed: u64) -> Rng {
    Streams::new(seed).stream(Component::Evaluation, 0)
}

/// Matrix of standard normal draws.
pub(crate) fn random_matrix(n_rows: usize, n_cols: usize, rng: &mut Rng) -> Matrix<f64, Cpu> {
    let values = (0..n_rows * n_cols).map(|_| rng.sample(StandardNormal));
    Cpu::default().tensor_from_vec(values.collect(), (n_rows, n_cols))
}

/// Rows of four standard normal draws, in `f32`.
pub(crate) fn random_rows(n_rows: usize, rng: &mut Rng) -> Cow<'static, [f32]> {
    let values = random_matrix(n_rows, 4, rng).as_vec().into_iter();
    values.map(Real::get_f32).collect()
}

/// Policy with four inputs and random weights, biases and log σ.
pub(crate) fn random_policy(
    hidden: &[usize],
    activation: Activation,
    head: Head,
    seed: u64,
) -> Policy {
    let mut rng = rng(seed);
    let spec = NetworkSpec {
        n_inputs: 4,
        hidden: hidden.to_vec(),
        activation,
        head,
    };
    let device = Cpu::default();
    let mut policy = ActorCritic::new(&spec, &[3], 0.0, &mut rng, &device).expect("a network");
    for parameter in policy.parameters_mut() {
        let (n_rows, n_cols) = *parameter.shape();
        *parameter = random_matrix(n_rows, n_cols, &mut rng);
        *parameter = parameter.clone() * 0.6;
    }
    policy
}

/// Relative error of the backward gradient against central differences, over all weights.
pub(crate) fn gradient_error(policy: &Policy, loss: impl Fn(&Policy) -> Loss) -> f64 {
    let mut gradients = loss(policy).backward();
    let mut analytic = Vec::new();
    for parameter in policy.parameters() {
        gradients.try_alloc_for(parameter).expect("memory");
        analytic.extend(gradients.get(parameter).as_vec());
    }
    let mut numeric = Vec::new();
    let step = 1e-5;
    let mut moved = policy.clone();
    for (i, parameter) in policy.parameters().into_iter().enumerate() {
        let values = parameter.as_vec();
        for entry in 0..values.len() {
            let mut at = |offset: f64| {
                let mut values = values.clone();
                values[entry] += offset;
                moved.parameters_mut()[i].copy_from(&values);
                scalar_value(&loss(&moved))
            };
            numeric.push((at(step) - at(-step)) / (2.0 * step));
        }
        moved.parameters_mut()[i].copy_from(&values);
    }
    relative_error(&analytic, &numeric)
}

/// Relative error ‖found − expected‖ / ‖expected‖.
pub(crate) fn relative_error(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(expected).map(|(f, e)| f - e));
    error / norm(&mut expected.iter().copied())
}
