//! Measurements during training, the same for every method: the stability claims of arXiv
//! 2603.04378. Learning does not use them.

use super::{
    TrainError,
    log::{Metric, MetricRow},
    trainer::Trainer,
};
use crate::{
    adversary::{AdversaryError, AscentConfig, InnerProblem, InnerSteps},
    algo::{Directions, Sensitivity, jacobian_norms, sensitivities},
    policy::{Backend, PolicyError, matrix},
    rng::Component,
    stats,
};

/// Offset that separates the random streams of measurements from those of updates.
const MEASUREMENT: u64 = 1 << 55;

impl<D: Backend<f32>> Trainer<'_, D> {
    /// Measures the policy at evenly spaced rows of the rollout and writes the results into `row`.
    pub(super) fn measure(&self, row: &mut MetricRow) -> Result<(), TrainError> {
        let (policy, rollout) = (&self.learner.policy, &self.collector.rollout);
        let rows = evenly_spaced(rollout.n_rows(), self.config.measured_rows);
        if rows.is_empty() {
            return Ok(());
        }
        let observations = rollout.observations_of(&rows);
        let n_inputs = policy.spec().n_inputs;
        let points = matrix(policy.device(), &observations, rows.len(), n_inputs)
            .map_err(PolicyError::tensor("norm of the Jacobian: observations"))?;
        let norms = jacobian_norms(policy, &points)?;
        row.set(Metric::JacobianNorm, stats::mean(&norms));
        let Some(problem) = &self.measured else {
            return Ok(());
        };
        match self.measure_attack(problem, &rows, &observations, row) {
            // The environment does not admit the objective, so the attack is not measured.
            Err(TrainError::Adversary(
                AdversaryError::NoHindsight | AdversaryError::LevelName { .. },
            )) => Ok(()),
            other => other,
        }
    }

    /// Runs the inner ascent and writes sensitivity and stability. The direction is always that of
    /// the gradient and all inner steps count, so that all methods are measured alike.
    fn measure_attack(
        &self,
        problem: &InnerProblem,
        rows: &[usize],
        observations: &[f32],
        row: &mut MetricRow,
    ) -> Result<(), TrainError> {
        let policy = &self.learner.policy;
        let config = AscentConfig {
            direction: Directions::Gradient,
            ..self.config.measuring_ascent().clone()
        };
        let snapshots = self.collector.rollout.snapshots_of(rows);
        let mut rng = self
            .streams
            .stream(Component::Ascent, MEASUREMENT | row.update);
        let frozen = policy.freeze();
        let trace = problem.ascend(&frozen, observations, &snapshots, &config, &mut rng)?;
        let all: Vec<usize> = (0..trace.n_rows).collect();
        let ascent = trace.gather(&all, InnerSteps::All, &mut rng);
        if let Some(sensitivity) = Sensitivity::of(sensitivities(policy, &ascent)?) {
            row.set(Metric::SensitivityMean, sensitivity.mean);
            row.set(Metric::SensitivityP95, sensitivity.p95);
            row.set(Metric::SensitivityMax, sensitivity.max);
        }
        let stability = trace.stability();
        row.set(Metric::EffectiveSmoothness, stability.effective_smoothness);
        row.set(Metric::AscentShare, stability.ascent_share);
        row.set(Metric::MovedShare, stability.moved_share);
        row.set(Metric::StepSizeHeld, stability.step_size_held);
        row.set(Metric::AttackLossFirst, stability.losses.first().copied());
        row.set(Metric::AttackLossLast, stability.losses.last().copied());
        Ok(())
    }
}

/// At most `n_wanted` indices of `0..n`, evenly spaced.
fn evenly_spaced(n: usize, n_wanted: usize) -> Vec<usize> {
    let n_wanted = n_wanted.min(n);
    (0..n_wanted).map(|i| i * n / n_wanted).collect()
}
