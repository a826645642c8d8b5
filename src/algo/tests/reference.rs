//! The losses composed of tensor operations: the reference for `algo::losses`.

use crate::policy::{Matrix, Scalar, Vector, scalar_value};
use dfdx::{
    shapes::Axis,
    tensor::{Cpu, CpuError, Tape, TensorFromVec, Trace},
    tensor_ops::{Backward, MeanTo, SumTo, TryAdd, TryMul, TrySub},
};

/// Policy gradient loss `−mean log π(a_t | o_t) A_t`; arguments `[n_rows]`.
///
/// V. Mnih et al., "Asynchronous methods for deep reinforcement learning" (arXiv 1602.01783),
/// synchronous form.
pub(super) fn policy_gradient_loss<T: Tape<f64, Cpu>>(
    log_prob: Vector<f64, Cpu, T>,
    advantage: &Vector<f64, Cpu>,
) -> Result<Scalar<f64, Cpu, T>, CpuError> {
    let weighted = log_prob.try_mul(advantage.clone())?;
    weighted.try_mean::<(), _>()?.try_negate()
}

/// Clipped surrogate `−mean min(ρ A, clip(ρ, 1 − ε, 1 + ε) A)`, `ρ = exp(log π_new − log π_old)`;
/// arguments `[n_rows]`.
///
/// J. Schulman et al., "Proximal policy optimization algorithms" (arXiv 1707.06347), eq. 7.
pub(super) fn clipped_surrogate<T: Tape<f64, Cpu>>(
    log_prob: Vector<f64, Cpu, T>,
    old_log_prob: Vector<f64, Cpu>,
    advantage: &Vector<f64, Cpu>,
    clip_epsilon: f64,
) -> Result<Scalar<f64, Cpu, T>, CpuError> {
    let ratio = log_prob.try_sub(old_log_prob)?.try_exp()?;
    let clipped = ratio
        .retaped::<T>()
        .try_clamp(1.0 - clip_epsilon, 1.0 + clip_epsilon)?
        .try_mul(advantage.clone())?;
    let surrogate = ratio.try_mul(advantage.clone())?.try_minimum(clipped)?;
    surrogate.try_mean::<(), _>()?.try_negate()
}

/// Pathwise loss `−mean_rows Σ g μ`; arguments `[n_rows, n_dims]`.
pub(super) fn pathwise_loss<T: Tape<f64, Cpu>>(
    mean: Matrix<f64, Cpu, T>,
    gradients: Matrix<f64, Cpu>,
) -> Result<Scalar<f64, Cpu, T>, CpuError> {
    let rows: Vector<f64, Cpu, T> = mean.try_mul(gradients)?.try_sum::<_, Axis<1>>()?;
    rows.try_mean::<(), _>()?.try_negate()
}

/// Value loss `½ mean (v − R)²`, or with a clip c: `½ mean max((v − R)², (v_old + clip(v − v_old,
/// −c, c) − R)²)`; arguments `[n_rows]`.
///
/// The clipped form is that of `ppo2`, the baseline of PPO's authors; it is not in the paper.
pub(super) fn value_loss<T: Tape<f64, Cpu>>(
    value: Vector<f64, Cpu, T>,
    old_value: &Vector<f64, Cpu>,
    target: &Vector<f64, Cpu>,
    value_clip: Option<f64>,
) -> Result<Scalar<f64, Cpu, T>, CpuError> {
    let error = match value_clip {
        None => value.try_sub(target.clone())?.try_square()?,
        Some(clip) => {
            let moved = value.retaped::<T>().try_sub(old_value.clone())?;
            let held = moved.try_clamp(-clip, clip)?.try_add(old_value.clone())?;
            let held = held.try_sub(target.clone())?.try_square()?;
            let free = value.try_sub(target.clone())?.try_square()?;
            free.try_maximum(held)?
        }
    };
    error.try_mean::<(), _>()?.try_mul(0.5)
}

#[test]
fn the_policy_gradient_loss_has_its_closed_value() {
    let device = Cpu::default();
    let log_prob: Vector<f64, Cpu> = device.tensor_from_vec(vec![-1.0, -2.0], (2,));
    let advantage = device.tensor_from_vec(vec![3.0, -0.5], (2,));
    let loss = policy_gradient_loss(log_prob, &advantage).expect("on the CPU");
    assert!((scalar_value(&loss) - 1.0).abs() < 1e-12);
}

/// Ratios 1, 1.5, 1.5, .5, .5, advantages 2, 1, −1, 1, −1, ε = .2: terms 2, 1.2, −1.5, .5, −.8. The
/// gradient in log π is −ρA/5 where the unclipped term is the smaller one, else 0.
#[test]
fn the_clipped_surrogate_has_its_closed_value_and_gradient() {
    let device = Cpu::default();
    let ratios = [1.0_f64, 1.5, 1.5, 0.5, 0.5];
    let new = device.tensor_from_vec(ratios.iter().map(|r| r.ln()).collect(), (5,));
    let old = device.tensor_from_vec(vec![0.0; 5], (5,));
    let advantage = device.tensor_from_vec(vec![2.0, 1.0, -1.0, 1.0, -1.0], (5,));
    let loss = clipped_surrogate(new.leaky_trace(), old, &advantage, 0.2).expect("on the CPU");
    assert!((scalar_value(&loss) + 1.4 / 5.0).abs() < 1e-12);
    let gradient = loss.backward().get(&new).as_vec();
    for (g, e) in gradient.iter().zip([-0.4, 0.0, 0.3, -0.1, 0.0]) {
        assert!((g - e).abs() < 1e-12, "{gradient:?}");
    }
}

/// v = 1, 2; old v = 0, 2; R = 3, 2.5; clip .2. Squared errors 4, .25; at clipped v 7.84, .25.
#[test]
fn the_value_loss_has_its_closed_values_and_flat_gradient() {
    let device = Cpu::default();
    let vector = |a: f64, b: f64| device.tensor_from_vec(vec![a, b], (2,));
    let (value, old, target) = (vector(1.0, 2.0), vector(0.0, 2.0), vector(3.0, 2.5));
    let plain = value_loss(value.clone(), &old, &target, None).expect("on the CPU");
    assert!((scalar_value(&plain) - 4.25 / 4.0).abs() < 1e-12);
    let traced = value.leaky_trace();
    let clipped = value_loss(traced, &old, &target, Some(0.2)).expect("on the CPU");
    assert!((scalar_value(&clipped) - 8.09 / 4.0).abs() < 1e-12);
    let gradient = clipped.backward().get(&value).as_vec();
    assert!(gradient[0].abs() < 1e-12 && (gradient[1] + 0.25).abs() < 1e-12);
}
