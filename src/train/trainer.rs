//! The state of a training between updates, and the stages of an update.

use super::{
    Checkpoint, CheckpointReason, MetricRow, Observer, TrainConfig, TrainError, Trained,
    collector::Collector, inner_loop::InnerLoop, reward_scale::RewardScale,
};
use crate::{
    adversary::{InnerProblem, PlayerSight, ShockFreedom},
    algo::{AlgoError, Learner, Space},
    env::{Env, VectorEnv},
    policy::{ActorCritic, Backend, NamedTensor},
    rng::{Component, Streams},
};

/// Networks, optimizer, rollout and all other state that lasts over updates.
pub(super) struct Trainer<'a, D: Backend<f32>> {
    pub(super) config: &'a TrainConfig,
    seed: u64,
    pub(super) streams: Streams,
    pub(super) learner: Learner<f32, D>,
    pub(super) collector: Collector,
    scale: RewardScale,
    pub(super) inner: Option<InnerLoop>,
    /// Inner problem of the measurements: in price space where there is a shock map.
    pub(super) measured: Option<InnerProblem>,
    rows_done: u64,
}

impl<'a, D: Backend<f32>> Trainer<'a, D> {
    pub(super) fn new<E: Env + 'static>(
        vector: &VectorEnv<E>,
        config: &'a TrainConfig,
        seed: u64,
        device: &D,
    ) -> Result<Self, TrainError> {
        let streams = Streams::new(seed);
        let layout = vector.layout();
        let shocks = vector.shock_space();
        let actions = vector.action_space();
        let problem =
            |who, space| InnerProblem::new(who, space, layout, vector.shock_map(), shocks, actions);
        let needs = config.player.part()?.needs();
        let is_stuck = needs.missing(shocks) == Some(ShockFreedom::Prices);
        if needs.sight >= PlayerSight::NextBar || (is_stuck && shocks.n_assets == 0) {
            problem("train.player", Space::Price)?;
        }
        let inner = InnerLoop::new(config, |space| Ok(problem("train.regularizer", space)?))?;
        config.check_budget(shocks)?;
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
            seed,
            streams,
            collector: Collector::new(vector, config, streams, &policy)?,
            learner: Learner::new(policy, config.learn.adam_epsilon)?,
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
            let tensor = format!("rollout: {tensor}");
            return Err(AlgoError::NonFinite { tensor, found }.into());
        }
        rollout.estimate(&self.config.learn, self.scale.factor())
    }

    /// Learns from the rollout, measures the result and writes the row of the metric log.
    pub(super) fn learn(&mut self, update: u64, n_updates: u64) -> Result<MetricRow, TrainError> {
        let mut row = MetricRow::new(update, self.rows_done);
        self.collector.rollout.write(&mut row);
        #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
        let progress = (update - 1) as f64 / n_updates as f64;
        self.take_steps(progress, &mut row)?;
        if let Some((tensor, found)) = not_finite(&self.learner.policy.to_tensors()) {
            return Err(AlgoError::NonFinite { tensor, found }.into());
        }
        self.measure(&mut row)?;
        Ok(row)
    }

    pub(super) fn checkpoint(&self, reason: CheckpointReason, update: u64) -> Checkpoint {
        Checkpoint {
            reason,
            update,
            env_steps: self.rows_done,
            tensors: self.learner.policy.to_tensors(),
        }
    }

    pub(super) fn finish(
        self,
        last_row: MetricRow,
        observer: &mut dyn Observer,
    ) -> Result<Trained<D>, TrainError> {
        let update = last_row.update;
        observer
            .on_checkpoint(&self.checkpoint(CheckpointReason::Final, update))
            .map_err(|source| TrainError::Observer { update, source })?;
        Ok(Trained {
            policy: self.learner.policy,
            config: self.config.clone(),
            seed: self.seed,
            updates: update,
            env_steps: self.rows_done,
            last_row,
        })
    }
}

/// Turns [`AlgoError::NonFinite`] into [`TrainError::Diverged`] and gives the last good weights to
/// the observer; returns other errors unchanged.
pub(super) fn report_divergence(
    error: TrainError,
    update: u64,
    last_good: Checkpoint,
    observer: &mut dyn Observer,
) -> TrainError {
    let TrainError::Algo(AlgoError::NonFinite { tensor, found }) = error else {
        return error;
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

fn not_finite(tensors: &[NamedTensor]) -> Option<(String, f64)> {
    tensors.iter().find_map(|tensor| {
        let found = tensor.values.iter().find(|value| !value.is_finite())?;
        Some((tensor.name.clone(), f64::from(*found)))
    })
}
