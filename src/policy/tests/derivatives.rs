//! Tests of derivatives against central differences.

use super::{
    ACTIVATIONS, DEPTHS, HEADS, Loss, Policy, gradient_error, random_matrix, random_policy,
    relative_error, rng,
};
use crate::{
    agent::{Activation, Head, NetworkSpec, Squash},
    policy::{Matrix, composed},
};
use dfdx::{
    shapes::{Axis, HasShape},
    tensor::{Cpu, OwnedTape, TensorFromVec, Trace},
    tensor_ops::{Backward, MeanTo, SumTo},
};

type Tape64 = OwnedTape<f64, Cpu>;

/// Policies with every layer stack, activation and head.
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

/// Tangent J ȯ by central differences.
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

/// Without the tape of the primal pass the gradient is wrong, and the check above detects this.
#[test]
fn without_the_tape_of_the_primal_the_gradient_is_wrong() {
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
            let parts = composed::push_parts(actor, head, at.leaky_trace(), along.clone());
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
    assert!(policy.output(narrow).is_err());
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
