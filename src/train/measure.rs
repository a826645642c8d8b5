//! What must be measured while training (METHOD §3), the same for every method.

use super::{TrainError, log::{Metric, MetricRow}};
use crate::{
    adversary::{AscentConfig, AscentTrace, InnerProblem},
    algo::Directions,
    policy::{ActorCritic, Backend, PolicyError, matrix},
    rng::Rng,
    stats,
};

/// Climbs the inner problem of a few rows against the policy and writes sensitivity, norms and stability into `row`.
///
/// `observations [n_rows, n_inputs]`, `snapshots [n_rows, snapshot_len]`. The direction is always the gradient's, so that
/// methods which penalize other directions are measured by the same yardstick. Learning never sees any of it.
pub(super) fn measure_attack<D: Backend<f32>>(
    policy: &ActorCritic<f32, D>,
    problem: &InnerProblem,
    observations: &[f32],
    snapshots: &[f64],
    config: &AscentConfig,
    rng: &mut Rng,
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let config = AscentConfig { direction: Directions::Gradient, ..*config };
    let trace = problem.ascend(policy, observations, snapshots, &config, rng)?;
    let sensitivities = sensitivities(policy, &trace)?;
    row.set(Metric::SensitivityMean, stats::mean(&sensitivities));
    row.set(Metric::SensitivityP95, stats::quantile(&sensitivities, 0.95));
    row.set(Metric::SensitivityMax, stats::quantile(&sensitivities, 1.0));
    let stability = trace.stability();
    row.set(Metric::EffectiveSmoothness, stability.effective_smoothness);
    row.set(Metric::AscentShare, stability.ascent_share);
    row.set(Metric::StepSizeHeld, stability.step_size_held);
    row.set(Metric::AttackLossFirst, stability.losses.first().copied());
    row.set(Metric::AttackLossLast, stability.losses.last().copied());
    Ok(())
}

/// ‖J B' u‖₂ of each point of an ascent, `[n_steps * n_rows]`.
fn sensitivities<D: Backend<f32>>(policy: &ActorCritic<f32, D>, trace: &AscentTrace) -> Result<Vec<f64>, TrainError> {
    let (n_points, n_inputs) = (trace.n_steps * trace.n_rows, trace.n_inputs);
    let upload = |values: &[f32]| {
        matrix(policy.device(), values, n_points, n_inputs).map_err(PolicyError::tensor("sensitivity"))
    };
    let tangent = policy.output_jvp(upload(&trace.points)?, upload(&trace.tangents)?)?.tangent;
    let n_outputs = policy.spec().head.n_outputs();
    let length = |v: &[f32]| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    Ok(tangent.as_vec().chunks_exact(n_outputs).map(length).collect())
}

/// Mean over rows of ‖J‖_F with respect to all inputs: writes [`Metric::JacobianNorm`].
pub(super) fn measure_jacobian<D: Backend<f32>>(
    policy: &ActorCritic<f32, D>,
    observations: &[f32],
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let (n_inputs, n_outputs) = (policy.spec().n_inputs, policy.spec().head.n_outputs());
    let n_rows = observations.len() / n_inputs.max(1);
    let upload = |values: &[f32], n_cols: usize| {
        matrix(policy.device(), values, n_rows, n_cols).map_err(PolicyError::tensor("norm of the Jacobian"))
    };
    let mut cotangents = Vec::with_capacity(n_outputs);
    for output in 0..n_outputs {
        let mut unit = vec![0.0; n_rows * n_outputs];
        unit.iter_mut().skip(output).step_by(n_outputs).for_each(|x| *x = 1.0);
        cotangents.push(upload(&unit, n_outputs)?);
    }
    let squares = policy.squared_vjp(upload(observations, n_inputs)?, &cotangents)?.as_vec();
    let norms: Vec<f64> = squares.into_iter().map(|square| f64::from(square).sqrt()).collect();
    row.set(Metric::JacobianNorm, stats::mean(&norms));
    Ok(())
}
