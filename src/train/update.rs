//! Learning from one rollout: epochs of minibatches, each with its ascent.

use super::{
    TrainConfig, TrainError,
    inner_loop::{AscentSource, InnerLoop},
    log::{Metric, MetricRow},
    minibatches::Minibatches,
    rollout::Rollout,
};
use crate::{
    algo::{Learner, Regularizer, StepTaken, UpdateDiagnostics},
    policy::Backend,
    rng::{Component, Streams},
};

/// Learns from `rollout` as update number `update` at `progress` in [0, 1], and writes the metrics
/// of the gradient steps into `row`.
pub(super) fn learn<D: Backend<f32>>(
    learner: &mut Learner<f32, D>,
    rollout: &Rollout,
    inner: Option<&InnerLoop>,
    config: &TrainConfig,
    streams: Streams,
    (update, progress): (u64, f64),
    row: &mut MetricRow,
) -> Result<(), TrainError> {
    let settings = config.learn.at(progress);
    let (n_epochs, n_minibatches) = config.learn.passes();
    let mut order_rng = streams.stream(Component::Minibatch, update);
    let mut regularizer_rng = streams.stream(Component::Regularizer, update);
    let mut source = AscentSource::new(
        learner,
        rollout,
        inner,
        streams.stream(Component::Ascent, update),
    )?;
    let mut minibatches = Minibatches::new(rollout.n_rows(), n_minibatches);
    let mut means = Means::default();
    'epochs: for _ in 0..n_epochs {
        let pieces: Vec<&[usize]> = minibatches.shuffle(&mut order_rng).collect();
        let pick = |rows: &[usize]| rollout.samples.pick(rows, config.learn.advantages);
        let mut next = None;
        for (i, rows) in pieces.iter().enumerate() {
            let picked = next.take().unwrap_or_else(|| pick(rows))?;
            let minibatch = picked.upload(learner.policy.device())?;
            let ascent = source.ascent(&learner.policy, rollout, rows)?;
            // An ascent from a share of the rows may cover none of this minibatch.
            let regularizer = if inner.is_some() && ascent.is_none() {
                Regularizer::None
            } else {
                config.regularizer
            };
            // The rows of a minibatch are scattered over the rollout: another thread, if there is
            // one, gathers the next minibatch while this one learns.
            let seen = rayon::in_place_scope(|scope| {
                if let Some(rows) = pieces.get(i + 1) {
                    scope.spawn(|_| next = Some(pick(rows)));
                }
                learner.update(
                    &minibatch,
                    &settings,
                    &regularizer,
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

/// Means over the gradient steps of an update. The step that the target KL refused counts for its
/// KL only.
#[derive(Default)]
struct Means {
    n_steps: f64,
    policy_loss: f64,
    value_loss: f64,
    entropy: f64,
    clip_fraction: f64,
    grad_norm: f64,
    penalty: Option<f64>,
    /// Gradient steps that had a penalty.
    n_penalized: f64,
    last_kl: Option<f64>,
}

impl Means {
    fn add(&mut self, seen: &UpdateDiagnostics) {
        self.n_penalized += f64::from(u8::from(seen.penalty.is_some()));
        self.last_kl = Some(seen.approx_kl);
        if seen.step == StepTaken::StoppedByKl {
            return;
        }
        self.n_steps += 1.0;
        self.policy_loss += seen.policy_loss;
        self.value_loss += seen.value_loss;
        self.entropy += seen.entropy;
        self.clip_fraction += seen.clip_fraction;
        self.grad_norm += seen.grad_norm;
        if let Some(penalty) = seen.penalty {
            *self.penalty.get_or_insert(0.0) += penalty;
        }
    }

    fn write(&self, row: &mut MetricRow) {
        let mean = |sum: f64| sum / self.n_steps;
        row.set(Metric::PolicyLoss, mean(self.policy_loss));
        row.set(Metric::ValueLoss, mean(self.value_loss));
        row.set(Metric::Entropy, mean(self.entropy));
        row.set(Metric::ClipFraction, mean(self.clip_fraction));
        row.set(Metric::GradNorm, mean(self.grad_norm));
        let penalty = self.penalty.map(|sum| sum / self.n_penalized);
        row.set(Metric::Penalty, penalty);
        row.set(Metric::ApproxKl, self.last_kl);
    }
}
