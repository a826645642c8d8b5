//! The training loop: a pure function of (environments, configuration, seed), whatever the number
//! of workers.
//!
//! | file | holds |
//! |---|---|
//! | `config` | [`TrainConfig`]: everything a user chooses |
//! | `collector` | playing, clean or shocked, all copies together or every worker for itself |
//! | `rollout` | what was played, in flat buffers; advantages |
//! | `update` | epochs of minibatches, each with its ascent |
//! | `measure` | sensitivity, norms and stability, the same for every method |
//! | `log` | every logged metric, defined once |
//! | `observer` | [`Observer`]: gets each metric row and each checkpoint, may stop |
//! | `deploy` | the file a bot loads |
//! | `reward_scale` `minibatches` | the unit of rewards; shuffles |

mod collector;
mod config;
mod deploy;
mod error;
mod log;
mod measure;
mod minibatches;
mod observer;
mod reward_scale;
mod rollout;
mod trainer;
mod update;

pub use config::{PolicyConfig, TrainConfig};
pub use deploy::{policy_file, policy_header};
pub use error::TrainError;
pub use log::{METRICS, Metric, MetricDefinition, MetricRow};
pub use observer::{Checkpoint, CheckpointReason, Observer, ObserverError, Progress, Unobserved};
pub use reward_scale::RewardUnit;

use crate::{
    env::{Env, VectorEnv},
    policy::{ActorCritic, Backend},
    rng::Streams,
};
use std::num::NonZeroUsize;
use trainer::Trainer;

/// A finished training.
#[derive(Debug, Clone)]
pub struct Trained<D: Backend<f32>> {
    /// The policy and its value network.
    pub policy: ActorCritic<f32, D>,
    /// Updates done.
    pub updates: u64,
    /// Environment steps done.
    pub env_steps: u64,
    /// The last row of the metric log.
    pub last_row: MetricRow,
}

/// Trains a policy on `envs` (`config.n_envs` copies built from one spec).
///
/// Update u = 1, 2, ...: play `learn.n_steps` steps of every copy → advantages → epochs of
/// minibatches → measure → report. Same machine type, configuration and seed give the same bytes at
/// any number of workers. The observer sees a checkpoint every `config.checkpoint_every` updates,
/// at the end, and before a divergence.
///
/// # Errors
/// [`TrainError`]: a configuration that cannot be (nothing is played then), an adversary in an
/// environment without shocks, a loss that is not finite ([`TrainError::Diverged`] names the update
/// and holds the last good weights), a failing observer.
pub fn train<E: Env + 'static, D: Backend<f32>>(
    envs: Vec<E>,
    config: &TrainConfig,
    seed: u64,
    n_workers: NonZeroUsize,
    device: &D,
    observer: &mut dyn Observer,
) -> Result<Trained<D>, TrainError> {
    config.check()?;
    if envs.len() != config.n_envs {
        return Err(TrainError::EnvCount {
            found: envs.len(),
            expected: config.n_envs,
        });
    }
    let streams = Streams::new(seed);
    let mut vector = VectorEnv::new(envs, streams, n_workers, config.snapshots())?;
    let mut trainer = Trainer::new(&vector, config, streams, device)?;
    vector.reset()?;
    let n_updates = config.n_updates();
    let mut last_row = MetricRow::new(0, 0);
    for update in 1..=n_updates {
        let good = trainer.checkpoint(update - 1);
        let played = trainer.play(&mut vector, update);
        let learned = played.and_then(|()| trainer.learn(update, n_updates));
        last_row = match learned {
            Ok(row) => row,
            Err(error) => return Err(trainer::report_divergence(error, update, good, observer)),
        };
        let failed = |source| TrainError::Observer { update, source };
        if observer.on_update(&last_row).map_err(failed)? == Progress::Stop {
            break;
        }
        if config
            .checkpoint_every
            .is_some_and(|every| update % every == 0)
            && update < n_updates
        {
            observer
                .on_checkpoint(&trainer.checkpoint(update))
                .map_err(failed)?;
        }
    }
    trainer.finish(last_row, observer)
}
