//! The state of a training between updates, and the stages of one.

use super::{
    Checkpoint, CheckpointReason, MetricRow, Observer, TrainConfig, TrainError, Trained,
    measure::{measure_attack, measure_jacobian},
    reward_scale::RewardScale,
    rollout::{Collector, Rollout},
    update::{InnerLoop, learn},
};
use crate::{
    adversary::{AdversaryError, InnerProblem, Player},
    algo::{AlgoError, Learner, Space},
    env::{Env, VectorEnv},
    policy::{ActorCritic, Backend, NamedTensor},
    rng::{Component, Streams},
};

/// Marks the stream of the measurements, apart from those of the updates.
const MEASUREMENT: u64 = 1 << 55;

/// Networks, optimizer, rollout and everything else that lasts.
pub(super) struct Trainer<'a, D: Backend<f32>> {
    config: &'a TrainConfig,
    streams: Streams,
    learner: Learner<f32, D>,
    collector: Collector,
    scale: RewardScale,
    /// The regularizer's ascent.
    inner: Option<InnerLoop>,
    /// What is measured whatever the regularizer: price space where there is a shock map.
    measured: Option<InnerProblem>,
    rows_done: u64,
}

impl<'a, D: Backend<f32>> Trainer<'a, D> {
    pub(super) fn new<E: Env + 'static>(
        vector: &VectorEnv<E>,
        config: &'a TrainConfig,
        streams: Streams,
        device: &D,
    ) -> Result<Self, TrainError> {
        let (layout, shocks, actions) =
            (vector.layout(), vector.shock_space(), vector.action_space());
        let problem =
            |who, space| InnerProblem::new(who, space, layout, vector.shock_map(), shocks, actions);
        if config.player != Player::None {
            problem("train.player", Space::Price)?;
        }
        let inner = InnerLoop::new(config, |space| Ok(problem("train.regularizer", space)?))?;
        let measured = [Space::Price, Space::Observation]
            .into_iter()
            .find_map(|space| problem("measurement", space).ok())
            .filter(|_| config.measured_rows > 0);
        let spec = config.policy.network(layout, actions);
        let mut rng = streams.stream(Component::Init, 0);
        let policy = ActorCritic::new(
            &spec,
            &config.policy.critic_hidden,
            config.policy.initial_log_std,
            &mut rng,
            device,
        )?;
        Ok(Self {
            config,
            streams,
            learner: Learner::new(policy, config.learn.adam_epsilon)?,
            collector: Collector::new(vector, config, streams),
            scale: RewardScale::new(config.reward_unit, config.learn.gamma, vector.n_copies()),
            inner,
            measured,
            rows_done: 0,
        })
    }

    /// Plays rollout `update` and estimates its advantages.
    pub(super) fn play<E: Env + 'static>(
        &mut self,
        vector: &mut VectorEnv<E>,
        update: u64,
    ) -> Result<(), TrainError> {
        let rollout = self
            .collector
            .play(vector, &self.learner.policy, update, &mut self.scale)?;
        self.rows_done += rollout.n_rows() as u64;
        if let Some((tensor, found)) = rollout.not_finite() {
            return Err(AlgoError::NonFinite {
                tensor: format!("rollout: {tensor}"),
                found,
            }
            .into());
        }
        rollout.estimate(&self.config.learn, self.scale.factor())
    }

    /// Learns from the rollout, measures the result and writes the row of the metric log.
    pub(super) fn learn(&mut self, update: u64, n_updates: u64) -> Result<MetricRow, TrainError> {
        let mut row = MetricRow::new(update, self.rows_done);
        let rollout = self.collector.rollout();
        rollout.write(&mut row);
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let progress = (update - 1) as f64 / n_updates as f64;
        let when = (update, progress);
        learn(
            &mut self.learner,
            rollout,
            self.inner.as_ref(),
            self.config,
            self.streams,
            when,
            &mut row,
        )?;
        if let Some((tensor, found)) = not_finite(&self.learner.policy.to_tensors()) {
            return Err(AlgoError::NonFinite { tensor, found }.into());
        }
        self.measure(update, &mut row)?;
        Ok(row)
    }

    fn measure(&self, update: u64, row: &mut MetricRow) -> Result<(), TrainError> {
        let rollout: &Rollout = self.collector.rollout();
        let rows = evenly_spaced(rollout.n_rows(), self.config.measured_rows);
        if rows.is_empty() {
            return Ok(());
        }
        let policy = &self.learner.policy;
        let observations = rollout.observations_of(&rows);
        measure_jacobian(policy, &observations, row)?;
        let Some(problem) = &self.measured else {
            return Ok(());
        };
        let mut rng = self.streams.stream(Component::Ascent, MEASUREMENT | update);
        let batch = (observations.as_slice(), rollout.snapshots_of(&rows));
        let measured = measure_attack(
            policy,
            problem,
            (batch.0, &batch.1),
            &self.config.ascent,
            &mut rng,
            row,
        );
        match measured {
            // The configured objective may be one that this environment cannot have; then there is nothing to measure.
            Err(TrainError::Adversary(
                AdversaryError::NoHindsight | AdversaryError::LevelName { .. },
            )) => Ok(()),
            other => other,
        }
    }

    pub(super) fn checkpoint(&self, update: u64) -> Checkpoint {
        Checkpoint {
            reason: CheckpointReason::Scheduled,
            update,
            env_steps: self.rows_done,
            tensors: self.learner.policy.to_tensors(),
        }
    }

    /// Turns a number that is not finite into [`TrainError::Diverged`] and hands the last good weights to the observer; other
    /// errors pass.
    pub(super) fn report_divergence(
        &self,
        error: TrainError,
        update: u64,
        good: Checkpoint,
        observer: &mut dyn Observer,
    ) -> TrainError {
        let TrainError::Algo(AlgoError::NonFinite { tensor, found }) = error else {
            return error;
        };
        let last_good = Checkpoint {
            reason: CheckpointReason::BeforeDivergence,
            ..good
        };
        if let Err(source) = observer.on_checkpoint(&last_good) {
            return TrainError::Observer { update, source };
        }
        TrainError::Diverged {
            update,
            tensor,
            found,
            last_good: Box::new(last_good),
        }
    }

    pub(super) fn finish(
        self,
        last_row: MetricRow,
        observer: &mut dyn Observer,
    ) -> Result<Trained<D>, TrainError> {
        let update = last_row.update;
        let last = Checkpoint {
            reason: CheckpointReason::Final,
            ..self.checkpoint(update)
        };
        observer
            .on_checkpoint(&last)
            .map_err(|source| TrainError::Observer { update, source })?;
        Ok(Trained {
            policy: self.learner.policy,
            updates: update,
            env_steps: self.rows_done,
            last_row,
        })
    }
}

/// At most `n_wanted` of `0..n`, evenly spaced.
fn evenly_spaced(n: usize, n_wanted: usize) -> Vec<usize> {
    let n_wanted = n_wanted.min(n);
    (0..n_wanted).map(|i| i * n / n_wanted).collect()
}

fn not_finite(tensors: &[NamedTensor]) -> Option<(String, f64)> {
    tensors.iter().find_map(|tensor| {
        let found = tensor.values.iter().find(|value| !value.is_finite())?;
        Some((tensor.name.clone(), f64::from(*found)))
    })
}
