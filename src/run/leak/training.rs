//! Trainings in worlds without an edge.

use crate::{
    agent::PolicyFile,
    env::TradingEnv,
    policy::device::Cpu,
    run::{JobMonitor, RunError},
    train::{MetricRow, Observer, ObserverError, Progress, TrainConfig, train_with},
};
use std::{
    num::NonZeroUsize,
    sync::atomic::{AtomicU64, Ordering},
};

/// Trains a policy on one thread.
pub(super) fn learn(
    env: TradingEnv,
    config: &TrainConfig,
    seed: u64,
    steps: &Steps<'_>,
) -> Result<PolicyFile, RunError> {
    let failed = |error: &dyn std::error::Error| RunError::failed("training", error);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .map_err(|error| failed(&error))?;
    pool.install(|| {
        // The environment is not shareable between threads, so it moves to the pool's thread.
        let env = env;
        let mut counter = Counter { steps, n_done: 0 };
        let (device, one) = (Cpu::default(), NonZeroUsize::MIN);
        train_with(&env, config, seed, one, &device, &mut counter)
            .map(|trained| trained.policy_file(&env, "policy"))
            .map_err(|error| failed(&error))
    })
}

/// Steps done by all trainings, and their progress bar.
pub(super) struct Steps<'a> {
    pub(super) n_done: AtomicU64,
    pub(super) monitor: &'a dyn JobMonitor,
}

/// Adds the steps of one training to those of all trainings.
struct Counter<'a> {
    steps: &'a Steps<'a>,
    n_done: u64,
}

impl Observer for Counter<'_> {
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
        let n_new = row.env_steps - self.n_done;
        self.n_done = row.env_steps;
        let n_all = self.steps.n_done.fetch_add(n_new, Ordering::Relaxed) + n_new;
        self.steps.monitor.advance(n_all, "");
        Ok(Progress::Continue)
    }

    /// Ignores notices, which do not matter in a short training.
    fn on_notice(&mut self, _notice: &str) {}
}
