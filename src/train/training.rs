//! The training loop.

use super::{
    CheckpointReason, MetricRow, Observer, Progress, TrainConfig, TrainError, Trained, Unobserved,
    build_notice,
    trainer::{Trainer, report_divergence},
};
use crate::{
    env::{Env, VectorEnv},
    policy::{Backend, device::Cpu},
    rng::Streams,
};
use std::num::NonZeroUsize;

/// Trains a policy on copies of `env`, on all cores of the CPU and without an observer.
///
/// ```
/// # use shockproof::games::execution::{Execution, ExecutionSpec};
/// use shockproof::train::{TrainConfig, train};
///
/// let env = Execution::new(ExecutionSpec::almgren_chriss())?;
/// # let mut short = TrainConfig::new(2048);
/// # short.policy.hidden = vec![8];
/// # short.policy.critic_hidden = vec![8];
/// let config = TrainConfig::new(150_000);
/// # let config = short;
/// let trained = train(&env, &config, 1)?;
/// assert_eq!(trained.env_steps % 2048, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A policy of a [`TradingEnv`](crate::env::TradingEnv) becomes a file that a bot loads with
/// [`Trained::save`].
///
/// # Errors
/// As [`train_with`].
pub fn train<E: Env + Clone + 'static>(
    env: &E,
    config: &TrainConfig,
    seed: u64,
) -> Result<Trained<Cpu>, TrainError> {
    let n_workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let device = Cpu::default();
    train_with(env, config, seed, n_workers, &device, &mut Unobserved)
}

/// Trains a policy on `config.n_envs` copies of `env`, played by `n_workers` threads.
///
/// Update u = 1, 2, ...: play `learn.n_steps` steps of every copy → advantages → epochs of
/// minibatches → measure → report. Same machine type, configuration and seed give the same bytes at
/// any number of workers. The observer receives a checkpoint every `config.checkpoint_every`
/// updates, at the end, and before a divergence.
///
/// # Errors
/// [`TrainError`]: a configuration outside its ranges (then nothing is played), an adversary in an
/// environment without shocks, a loss that is not finite ([`TrainError::Diverged`] names the update
/// and holds the last good weights), a failing observer.
pub fn train_with<E: Env + Clone + 'static, D: Backend<f32>>(
    env: &E,
    config: &TrainConfig,
    seed: u64,
    n_workers: NonZeroUsize,
    device: &D,
    observer: &mut dyn Observer,
) -> Result<Trained<D>, TrainError> {
    config.check()?;
    if let Some(notice) = build_notice() {
        observer.on_notice(notice);
    }
    let copies = vec![env.clone(); config.n_envs];
    let streams = Streams::new(seed);
    let mut vector = VectorEnv::new(copies, streams, n_workers, config.record())?;
    let mut trainer = Trainer::new(&vector, config, seed, device)?;
    vector.reset()?;
    let n_updates = config.n_updates();
    let mut last_row = MetricRow::new(0, 0);
    for update in 1..=n_updates {
        let good = trainer.checkpoint(CheckpointReason::BeforeDivergence, update - 1);
        let played = trainer.play(&mut vector, update);
        let learned = played.and_then(|()| trainer.learn(update, n_updates));
        last_row = match learned {
            Ok(row) => row,
            Err(error) => return Err(report_divergence(error, update, good, observer)),
        };
        let failed = |source| TrainError::Observer { update, source };
        if observer.on_update(&last_row).map_err(failed)? == Progress::Stop {
            break;
        }
        let every = config.checkpoint_every;
        if update < n_updates && every.is_some_and(|every| update % every == 0) {
            let checkpoint = trainer.checkpoint(CheckpointReason::Scheduled, update);
            observer.on_checkpoint(&checkpoint).map_err(failed)?;
        }
    }
    trainer.finish(last_row, observer)
}
