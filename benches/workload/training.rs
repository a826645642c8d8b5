//! PPO training from end to end, timed per update.

use super::trading;
use shockproof::{
    algo::{AdvantageScaling, Algorithm, LearnConfig, Schedule},
    env::Env,
    policy::device::Cpu,
    train::{MetricRow, Observer, ObserverError, Progress, RewardUnit, TrainConfig, train_with},
};
use std::{
    num::NonZeroUsize,
    time::{Duration, Instant},
};

#[path = "../../examples/cartpole/env.rs"]
mod cartpole;
pub(crate) use cartpole::CartPole;

/// Number of updates before timing.
const WARM_UP: usize = 3;
/// Smallest number of timed updates.
const LEAST: usize = 5;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) n_envs: usize,
    pub(crate) n_steps: usize,
    pub(crate) minibatch: usize,
    pub(crate) n_epochs: usize,
}

/// Rollouts of 16 copies x 128 steps, minibatches of 256, 10 epochs.
pub(crate) const SMALL: Shape = Shape {
    n_envs: 16,
    n_steps: 128,
    minibatch: 256,
    n_epochs: 10,
};

/// Rollouts of 256 copies x 128 steps, minibatches of 2048, 4 epochs.
pub(crate) const LARGE: Shape = Shape {
    n_envs: 256,
    n_steps: 128,
    minibatch: 2048,
    n_epochs: 4,
};

/// Default settings of Stable-Baselines3.
const DEFAULTS: Shape = Shape {
    n_envs: 1,
    n_steps: 2048,
    minibatch: 64,
    n_epochs: 10,
};

/// Environment steps per second of PPO on the trading environment.
pub(crate) fn trading_steps_per_second(
    shape: Shape,
    n_workers: NonZeroUsize,
    at_least: Duration,
) -> f64 {
    let config = config(shape, 0.01);
    steps_per_second(trading::env(trading::N_BARS), &config, n_workers, at_least)
}

/// Environment steps per second of PPO on `CartPole` with Stable-Baselines3's default settings.
pub(crate) fn cartpole_steps_per_second(at_least: Duration) -> f64 {
    let config = config(DEFAULTS, 0.0);
    steps_per_second(CartPole::new(), &config, NonZeroUsize::MIN, at_least)
}

/// Training settings as in the peers: no measurements, no reward scaling, constant schedules. The
/// stopwatch ends the training.
fn config(shape: Shape, entropy_weight: f64) -> TrainConfig {
    let Shape {
        n_envs,
        n_steps,
        minibatch,
        n_epochs,
    } = shape;
    TrainConfig {
        n_envs,
        learn: LearnConfig {
            algorithm: Algorithm::Ppo {
                n_epochs,
                n_minibatches: n_envs * n_steps / minibatch,
                clip_epsilon: Schedule::Constant(0.2),
                value_clip: None,
                target_kl: None,
            },
            n_steps,
            gamma: 0.99,
            gae_lambda: 0.95,
            advantages: AdvantageScaling::PerMinibatch,
            value_weight: 0.5,
            entropy_weight: Schedule::Constant(entropy_weight),
            learning_rate: Schedule::Constant(3e-4),
            adam_epsilon: 1e-5,
            max_grad_norm: Some(0.5),
        },
        reward_unit: RewardUnit::Fixed(1.0),
        measured_rows: 0,
        ..TrainConfig::ppo(1 << 40)
    }
}

fn steps_per_second<E: Env + Clone + 'static>(
    env: E,
    config: &TrainConfig,
    n_workers: NonZeroUsize,
    at_least: Duration,
) -> f64 {
    let mut stopwatch = Stopwatch {
        at_least,
        ends: Vec::new(),
    };
    let device = Cpu::default();
    // The kernels use the threads of the current pool.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n_workers.get());
    let pool = pool.build().expect("threads");
    let trained = pool.install(|| {
        let env = env;
        train_with(&env, config, 0, n_workers, &device, &mut stopwatch)
    });
    trained.expect("a training");
    let n_rows = u32::try_from(config.rows_per_rollout()).expect("a few thousand");
    f64::from(n_rows) / stopwatch.seconds_per_update()
}

/// Records the end of each update and stops the training after enough updates.
struct Stopwatch {
    at_least: Duration,
    ends: Vec<Instant>,
}

impl Observer for Stopwatch {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        #[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
        let now = Instant::now();
        self.ends.push(now);
        let timed = self.ends.get(WARM_UP..).unwrap_or_default();
        let is_enough = timed
            .first()
            .is_some_and(|first| timed.len() > LEAST && now - *first >= self.at_least);
        Ok(if is_enough {
            Progress::Stop
        } else {
            Progress::Continue
        })
    }
}

impl Stopwatch {
    /// Median over five stretches of the mean time of an update.
    fn seconds_per_update(&self) -> f64 {
        let timed = &self.ends[WARM_UP..];
        let stretch = (timed.len() - 1) / LEAST;
        let mut means: Vec<f64> = timed
            .windows(stretch + 1)
            .step_by(stretch)
            .map(|ends| {
                let n_updates = u32::try_from(stretch).expect("a few thousand");
                (ends[stretch] - ends[0]).as_secs_f64() / f64::from(n_updates)
            })
            .collect();
        super::median(&mut means)
    }
}
