//! Learning from one rollout: epochs of minibatches, each with its ascent.

use super::{
    TrainError,
    inner_loop::AscentSource,
    log::{Metric, MetricRow},
    minibatches::Minibatches,
    trainer::Trainer,
};
use crate::{
    algo::{Regularizer, StepTaken, UpdateDiagnostics},
    policy::Backend,
    rng::Component,
};

impl<D: Backend<f32>> Trainer<'_, D> {
    /// Takes the gradient steps of update `row.update` at `progress` in [0, 1], and writes their
    /// metrics into `row`.
    pub(super) fn take_steps(
        &mut self,
        progress: f64,
        row: &mut MetricRow,
    ) -> Result<(), TrainError> {
        let (config, rollout, learner) = (self.config, &self.collector.rollout, &mut self.learner);
        let settings = config.learn.at(progress);
        let (n_epochs, n_minibatches) = config.learn.passes();
        let stream = |component| self.streams.stream(component, row.update);
        let mut order_rng = stream(Component::Minibatch);
        let mut regularizer_rng = stream(Component::Regularizer);
        let ascent_rng = stream(Component::Ascent);
        let source = |inner| AscentSource::new(inner, &learner.policy, rollout, ascent_rng);
        let mut source = self.inner.as_ref().map(source).transpose()?;
        let mut minibatches = Minibatches::new(rollout.n_rows(), n_minibatches);
        let mut means = Means::default();
        'epochs: for _ in 0..n_epochs {
            let pieces: Vec<&[usize]> = minibatches.shuffle(&mut order_rng).collect();
            let pick = |rows: &[usize]| rollout.samples.pick(rows, config.learn.advantages);
            let mut next = None;
            for (i, rows) in pieces.iter().enumerate() {
                let picked = next.take().unwrap_or_else(|| pick(rows))?;
                let minibatch = picked.upload(learner.policy.device())?;
                let ascent = match &mut source {
                    Some(source) => source.ascent(&learner.policy, rollout, rows)?,
                    None => None,
                };
                // An ascent from a share of the rows may cover no row of this minibatch.
                let regularizer = if self.inner.is_some() && ascent.is_none() {
                    &Regularizer::None
                } else {
                    &config.regularizer
                };
                // The rows of a minibatch are scattered over the rollout: another thread, if
                // available, gathers the next minibatch while this thread learns.
                let seen = rayon::in_place_scope(|scope| {
                    if let Some(rows) = pieces.get(i + 1) {
                        scope.spawn(|_| next = Some(pick(rows)));
                    }
                    learner.update(
                        &minibatch,
                        &settings,
                        regularizer,
                        ascent.as_ref(),
                        &mut regularizer_rng,
                    )
                })?;
                means.add(&seen);
                if seen.step == StepTaken::StoppedByKl {
                    break 'epochs;
                }
            }
        }
        row.set(Metric::LearningRate, settings.learning_rate);
        means.write(row);
        Ok(())
    }
}

/// Metrics that are means over the gradient steps of an update.
const MEANS: [Metric; 5] = [
    Metric::PolicyLoss,
    Metric::ValueLoss,
    Metric::Entropy,
    Metric::ClipFraction,
    Metric::GradNorm,
];

/// Sums over the gradient steps of an update, and the KL of the last step. A step stopped by the
/// target KL sets the KL and enters no sum.
#[derive(Default)]
struct Means {
    n_steps: f64,
    /// In the order of [`MEANS`].
    sums: [f64; 5],
    penalty: Option<f64>,
    /// Number of gradient steps with a penalty.
    n_penalized: f64,
    last_kl: Option<f64>,
}

impl Means {
    fn add(&mut self, seen: &UpdateDiagnostics) {
        self.last_kl = Some(seen.approx_kl);
        if seen.step == StepTaken::StoppedByKl {
            return;
        }
        self.n_steps += 1.0;
        let found = [
            seen.policy_loss,
            seen.value_loss,
            seen.entropy,
            seen.clip_fraction,
            seen.grad_norm,
        ];
        for (sum, found) in self.sums.iter_mut().zip(found) {
            *sum += found;
        }
        if let Some(penalty) = seen.penalty {
            *self.penalty.get_or_insert(0.0) += penalty;
            self.n_penalized += 1.0;
        }
    }

    fn write(&self, row: &mut MetricRow) {
        for (metric, sum) in MEANS.into_iter().zip(self.sums) {
            row.set(metric, sum / self.n_steps);
        }
        let penalty = self.penalty.map(|sum| sum / self.n_penalized);
        row.set(Metric::Penalty, penalty);
        row.set(Metric::ApproxKl, self.last_kl);
    }
}
