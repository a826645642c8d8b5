//! One training of one method with one seed.

use super::{
    RunError, context::RunContext, error::chain, resolved::method_sha256, watcher::Watcher,
};
use crate::{
    agent::{PolicyFile, PolicyHeader},
    config::MethodConfig,
    env::TradingEnv,
    policy::device::{DeviceChoice, RuntimeDevice, select},
    report::TrainingLog,
    train::{TrainConfig, policy_header, train_with},
};
use std::{num::NonZeroUsize, path::PathBuf};

/// One method with one seed.
#[derive(Debug, Clone)]
pub(super) struct Job<'a> {
    method: &'a MethodConfig,
    config: TrainConfig,
    seed: u64,
    /// Folder of the job's results: the run folder if there is only one job.
    pub(super) folder: PathBuf,
}

/// Jobs of a run: the seeds of the first method, then those of the next.
pub(super) fn jobs<'a>(run: &RunContext<'a>) -> Vec<Job<'a>> {
    let file = &run.experiment.file;
    let mut jobs = Vec::with_capacity(run.n_jobs());
    for method in &file.methods {
        for &seed in &file.seeds {
            jobs.push(Job {
                method,
                config: method.train_config(&file.train),
                seed,
                folder: match run.n_jobs() {
                    1 => run.folder.to_owned(),
                    _ => run.folder.join(&method.name).join(format!("seed-{seed}")),
                },
            });
        }
    }
    jobs
}

/// Trains and writes policy, metric log, events and checkpoints into the job's folder.
pub(super) fn learn(
    run: &RunContext<'_>,
    job: &Job<'_>,
) -> Result<(TrainingLog, PolicyFile), RunError> {
    let Job { config, folder, .. } = job;
    let name = format!("{} seed {}", job.method.name, job.seed);
    let failed = |error: &dyn std::error::Error| RunError::Failed {
        step: format!("training of {name}"),
        message: chain(error),
        remedy: Some(format!("earlier results are in {}", folder.display())),
    };
    let env = run.prepared.training_env();
    let header = header(run, job, &env)?;
    let n_steps = config.n_updates() * config.rows_per_rollout() as u64;
    let monitor = run.monitor.job(&name, n_steps);
    let mut watcher =
        Watcher::new(folder, header, monitor.as_ref()).map_err(|error| failed(error.as_ref()))?;
    let share = NonZeroUsize::new(run.n_threads.get() / run.n_jobs());
    let n_workers = share.unwrap_or(NonZeroUsize::MIN);
    // The matrix kernels use all threads of the pool they run in, which is the job's share.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_workers.get())
        .build()
        .map_err(|error| failed(&error))?;
    // Each job has its own device: jobs would contend for the memory cache of a shared device.
    let trained = pool.install(|| {
        // The environment is not shareable between threads, so it moves to the pool's thread.
        let env = env;
        let watcher = &mut watcher;
        match select(DeviceChoice::Auto).device {
            RuntimeDevice::Cpu(device) => {
                train_with(&env, config, job.seed, n_workers, &device, watcher).map(|_| ())
            }
            #[cfg(feature = "cuda")]
            RuntimeDevice::Cuda(device) => {
                train_with(&env, config, job.seed, n_workers, &device, watcher).map(|_| ())
            }
        }
    });
    trained.map_err(|error| failed(&error))?;
    monitor.finish("trained");
    watcher.finish().ok_or_else(|| {
        let missing = std::io::Error::other("the training ended without weights");
        failed(&missing)
    })
}

fn header(run: &RunContext<'_>, job: &Job<'_>, env: &TradingEnv) -> Result<PolicyHeader, RunError> {
    Ok(PolicyHeader {
        config_sha256: method_sha256(run.experiment, job.method)?,
        data_sha256: run.prepared.provenance.data_sha256(),
        ..policy_header(env, &job.config, &job.method.name, job.seed)
    })
}
