//! Measurements while training, the same for every method: the stability claims of arXiv
//! 2603.04378.

use super::{
    TrainError,
    log::{Metric, MetricRow},
};
use crate::{
    adversary::{AscentConfig, InnerProblem, InnerSteps},
    algo::{Directions, Sensitivity, jacobian_norms, sensitivities},
    policy::{ActorCritic, Backend, PolicyError, matrix},
    rng::Rng,
    stats,
};

/// Climbs the inner problem of a few rows against the policy, and writes sensitivity and stability
/// into `row`.
///
/// `observations [n_rows, n_inputs]`, `snapshots [n_rows, snapshot_len]`. The direction is always
/// the gradient's and all inner steps count, so that all methods are measured alike. Learning does
/// not use the results.
pub(super) fn measure_attack<D: Backend<f32>>(
    policy: &ActorCritic<f32, D>,
    problem: &InnerProblem,
    (observations, snapshots): (&[f32], &[f64]),
    config: &AscentConfig,
    rng: &mut Rng,
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let config = AscentConfig {
        direction: Directions::Gradient,
        ..config.clone()
    };
    let trace = problem.ascend(&policy.freeze(), observations, snapshots, &config, rng)?;
    let rows: Vec<usize> = (0..trace.n_rows).collect();
    let ascent = trace.gather(&rows, InnerSteps::All, rng);
    if let Some(sensitivity) = Sensitivity::of(sensitivities(policy, &ascent)?) {
        row.set(Metric::SensitivityMean, sensitivity.mean);
        row.set(Metric::SensitivityP95, sensitivity.p95);
        row.set(Metric::SensitivityMax, sensitivity.max);
    }
    let stability = trace.stability();
    row.set(Metric::EffectiveSmoothness, stability.effective_smoothness);
    row.set(Metric::AscentShare, stability.ascent_share);
    row.set(Metric::StepSizeHeld, stability.step_size_held);
    row.set(Metric::AttackLossFirst, stability.losses.first().copied());
    row.set(Metric::AttackLossLast, stability.losses.last().copied());
    Ok(())
}

/// Mean over rows of ‖J‖_F with respect to all inputs: writes [`Metric::JacobianNorm`].
pub(super) fn measure_jacobian<D: Backend<f32>>(
    policy: &ActorCritic<f32, D>,
    observations: &[f32],
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let n_inputs = policy.spec().n_inputs;
    let observations = matrix(
        policy.device(),
        observations,
        observations.len() / n_inputs,
        n_inputs,
    )
    .map_err(PolicyError::tensor("norm of the Jacobian: observations"))?;
    row.set(
        Metric::JacobianNorm,
        stats::mean(&jacobian_norms(policy, &observations)?),
    );
    Ok(())
}
