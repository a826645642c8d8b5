//! Tests of the host's losses against the reference.

use super::reference::{clipped_surrogate, pathwise_loss, policy_gradient_loss, value_loss};
use crate::{
    agent::Head,
    algo::{
        AdvantageScaling, Minibatch, PolicyLoss, Samples, StepSettings, config, losses::losses,
    },
    policy::{
        Actions, Real, Scalar, Vector, scalar_value,
        tests::{
            ACTIVATIONS, HEADS, Policy, densities, random_matrix, random_policy, relative_error,
            rng,
        },
    },
};
use dfdx::{
    tensor::{Cpu, OwnedTape, TensorFromVec, Trace},
    tensor_ops::{Backward, MeanTo, ReshapeTo, TryAdd, TryMul},
};

const N: usize = 40;

fn minibatch(policy: &Policy) -> Minibatch<f64, Cpu> {
    let mut rng = rng(71);
    let mut column = |n: usize| -> Vec<f32> {
        let values = random_matrix(1, n, &mut rng).as_vec();
        values.into_iter().map(f64::get_f32).collect()
    };
    let n_dims = policy.spec().head.n_dims();
    let raw = column(N * n_dims);
    let samples = Samples {
        n_inputs: 4,
        n_dims,
        observations: column(4 * N),
        actions: match policy.spec().head {
            Head::Gaussian { .. } => Actions::Continuous(raw),
            Head::Categorical { .. } => {
                Actions::Categorical(raw.iter().map(|x| u32::from(*x > 0.0)).collect())
            }
        },
        log_probs: column(N).iter().map(|x| 0.5 * x - 2.0).collect(),
        values: column(N),
        advantages: column(N),
        returns: column(N),
        action_gradients: column(N * n_dims),
    };
    let rows: Vec<usize> = (0..N).collect();
    let found = samples.minibatch(&rows, AdvantageScaling::Raw, &Cpu::default());
    found.expect("memory")
}

fn composed(
    policy: &Policy,
    batch: &Minibatch<f64, Cpu>,
    settings: &StepSettings,
) -> (f64, Vec<f64>) {
    let device = Cpu::default();
    let host = &batch.host;
    let upload = |values: &[f32]| -> Vector<f64, Cpu> {
        let values: Vec<f64> = values.iter().map(|&v| f64::from(v)).collect();
        let n = values.len();
        device.tensor_from_vec(values, (n,))
    };
    let densities = densities(policy, batch.observations.leaky_trace(), &host.actions);
    let advantages = upload(&host.advantages);
    let loss = match settings.policy_loss {
        PolicyLoss::Clipped { clip_epsilon } => {
            let old = upload(&host.log_probs);
            clipped_surrogate(densities.log_prob, old, &advantages, clip_epsilon)
        }
        PolicyLoss::Gradient => policy_gradient_loss(densities.log_prob, &advantages),
        PolicyLoss::Pathwise => {
            let n_dims = host.actions.len() / host.n_rows();
            let gradients = upload(&host.action_gradients);
            let shape = (host.n_rows(), n_dims);
            let gradients = gradients.try_reshape_like(&shape).expect("CPU");
            let mean = policy.output(batch.observations.leaky_trace());
            pathwise_loss(mean.expect("CPU"), gradients)
        }
    };
    let value = policy.value(batch.observations.leaky_trace()).expect("CPU");
    let (old, target) = (upload(&host.values), upload(&host.returns));
    let value = value_loss(value, &old, &target, settings.value_clip).expect("CPU");
    let entropy: Scalar<f64, Cpu, _> = densities.entropy.mean();
    let value = value.try_mul(settings.value_weight).expect("CPU");
    let bonus = entropy.try_mul(-settings.entropy_weight).expect("CPU");
    let total = loss
        .and_then(|l| l.try_add(value)?.try_add(bonus))
        .expect("CPU");
    (scalar_value(&total), gradient(policy, total))
}

fn gradient(policy: &Policy, loss: Scalar<f64, Cpu, OwnedTape<f64, Cpu>>) -> Vec<f64> {
    let gradients = loss.backward();
    let parameters = policy.parameters().into_iter();
    parameters.flat_map(|p| gradients.get(p).as_vec()).collect()
}

#[test]
fn values_and_gradients_are_those_of_the_composed_losses() {
    let settings = config::tests::ppo().at(0.0);
    let clips = [None, Some(0.3)];
    for (i, head) in HEADS.into_iter().enumerate() {
        let policy = random_policy(&[6, 5], ACTIVATIONS[i % 3], head, 72);
        let batch = minibatch(&policy);
        for policy_loss in [
            PolicyLoss::Gradient,
            PolicyLoss::Clipped { clip_epsilon: 0.2 },
            PolicyLoss::Pathwise,
        ] {
            if policy_loss == PolicyLoss::Pathwise && matches!(head, Head::Categorical { .. }) {
                continue;
            }
            for value_clip in clips {
                let settings = StepSettings {
                    policy_loss,
                    value_clip,
                    entropy_weight: 0.3,
                    value_weight: 0.7,
                    ..settings
                };
                let found = losses(&policy, &batch, &settings).expect("CPU");
                let (value, expected) = composed(&policy, &batch, &settings);
                assert!((scalar_value(&found.total) - value).abs() < 1e-12 * value.abs());
                let found = gradient(&policy, found.total);
                let error = relative_error(&found, &expected);
                assert!(
                    error < 1e-11,
                    "{head:?} {policy_loss:?} {value_clip:?}: {error}"
                );
            }
        }
    }
}

/// A pathwise loss needs a derivative for each action, and an action that is a real number.
#[test]
fn a_pathwise_loss_without_derivatives_is_refused() {
    let settings = StepSettings {
        policy_loss: PolicyLoss::Pathwise,
        ..config::tests::ppo().at(0.0)
    };
    for head in HEADS {
        let policy = random_policy(&[6], ACTIVATIONS[0], head, 72);
        let mut batch = minibatch(&policy);
        let is_gaussian = matches!(head, Head::Gaussian { .. });
        assert_eq!(losses(&policy, &batch, &settings).is_ok(), is_gaussian);
        batch.host.action_gradients.clear();
        assert!(losses(&policy, &batch, &settings).is_err());
    }
}
