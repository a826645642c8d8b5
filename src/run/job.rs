//! One training of one method with one seed, and what its policy does on the test span.

use super::{Prepared, Progress, RunError, error::chain, method_sha256, watcher::Watcher};
use crate::{
    agent::{PolicyFile, PolicyHeader},
    config::{Experiment, MethodConfig},
    env::TradingEnv,
    eval::{Arena, AttackSpec, Ledger, attack_on_cpu},
    policy::device::{DeviceChoice, RuntimeDevice, select},
    report::TrainingLog,
    train::{policy_header, train_with},
};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

/// What a job needs and shares with the others.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) prepared: &'a Prepared,
    /// Of the whole experiment.
    pub(super) config_sha256: &'a str,
    /// Threads for the environment copies of one job.
    pub(super) n_workers: NonZeroUsize,
    pub(super) progress: &'a dyn Progress,
}

/// One method with one seed.
#[derive(Debug, Clone)]
pub(super) struct JobSpec<'a> {
    pub(super) method: &'a MethodConfig,
    pub(super) seed: u64,
    pub(super) folder: PathBuf,
}

/// A finished training.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) log: TrainingLog,
    pub(super) policy: PolicyFile,
}

/// Trains; leaves policy, metric log, events and checkpoints in the job's folder.
pub(super) fn learn(shared: Shared<'_>, job: &JobSpec<'_>) -> Result<Learned, RunError> {
    let name = format!("{} seed {}", job.method.name, job.seed);
    let failed = |message: String| RunError::Training {
        job: name.clone(),
        message,
        folder: job.folder.clone(),
    };
    let config = job.method.train_config(&shared.experiment.file.train);
    let env = shared
        .prepared
        .training_env()
        .map_err(|e| failed(chain(&e)))?;
    let config_sha256 = method_sha256(shared.experiment, job.method)?;
    let header = header(shared, job, &env, config_sha256);
    let total = config.n_updates() * config.rows_per_rollout() as u64;
    let progress = shared.progress.job(&name, total);
    let mut watcher = Watcher::new(&job.folder, header, progress.as_ref())
        .map_err(|e| failed(chain(e.as_ref())))?;
    let workers = shared.n_workers;
    // The matrix kernels take as many threads as the pool they run in: the job's share.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers.get())
        .build()
        .map_err(|e| failed(chain(&e)))?;
    let trained = pool.install(|| {
        // The pool's thread takes the environment over.
        let env = env;
        match select(DeviceChoice::Auto).device {
            RuntimeDevice::Cpu(device) => {
                train_with(&env, &config, job.seed, workers, &device, &mut watcher).map(|_| ())
            }
            #[cfg(feature = "cuda")]
            RuntimeDevice::Cuda(device) => {
                train_with(&env, &config, job.seed, workers, &device, &mut watcher).map(|_| ())
            }
        }
    });
    trained.map_err(|e| failed(chain(&e)))?;
    progress.finish("trained");
    let (log, policy) = watcher
        .finish()
        .ok_or_else(|| failed("the training ended without weights".to_owned()))?;
    Ok(Learned { log, policy })
}

/// Plays a policy through a span, clean and under every attack, on the CPU; the clean ledger comes
/// first.
pub(super) fn judge(
    arena: &Arena,
    policy: &PolicyFile,
    attacks: &[AttackSpec],
) -> Result<Vec<Ledger>, RunError> {
    attack_on_cpu(arena, policy, attacks)
        .map_err(|error| RunError::failed(format!("backtest of {}", policy.header.method), &error))
}

fn header(
    shared: Shared<'_>,
    job: &JobSpec<'_>,
    env: &TradingEnv,
    config_sha256: String,
) -> PolicyHeader {
    let config = job.method.train_config(&shared.experiment.file.train);
    PolicyHeader {
        config_sha256,
        data_sha256: shared.prepared.data_sha256(),
        ..policy_header(env, &config, &job.method.name, job.seed)
    }
}

/// The folder of a job: the run folder itself when there is only one job.
pub(super) fn folder_of(root: &Path, method: &str, seed: u64, n_jobs: usize) -> PathBuf {
    if n_jobs == 1 {
        root.to_owned()
    } else {
        root.join(method).join(format!("seed-{seed}"))
    }
}
