//! Tests of whole trainings.

mod chain;
mod collector;
mod echo;
mod learning;
mod limits;
mod pathwise;

use super::{
    Checkpoint, MetricRow, Observer, ObserverError, Progress, TrainConfig, TrainError, Trained,
    train_with,
};
use crate::{
    algo::{Algorithm, Form, LearnConfig, Regularizer, Space},
    env::Env,
};
use dfdx::tensor::Cpu;
use echo::Echo;
use std::num::NonZeroUsize;

/// An observer that keeps all rows and checkpoints and stops after update `stop_after`.
#[derive(Default)]
struct Recorder {
    rows: Vec<MetricRow>,
    checkpoints: Vec<Checkpoint>,
    stop_after: Option<u64>,
}

impl Observer for Recorder {
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
        self.rows.push(row.clone());
        Ok(if self.stop_after == Some(row.update) {
            Progress::Stop
        } else {
            Progress::Continue
        })
    }
    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        self.checkpoints.push(checkpoint.clone());
        Ok(())
    }
}

fn small(n_updates: u64) -> TrainConfig {
    let mut config = TrainConfig::ppo(n_updates * 6 * 16);
    config.n_envs = 6;
    config.policy.hidden = vec![16];
    config.policy.critic_hidden = vec![16];
    config.learn = LearnConfig {
        n_steps: 16,
        ..config.learn
    };
    if let Algorithm::Ppo { n_epochs, .. } = &mut config.learn.algorithm {
        *n_epochs = 3;
    }
    config.measured_rows = 32;
    config
}

fn adversarial(weight: f64) -> Regularizer {
    Regularizer::Adversarial {
        weight,
        space: Space::Price,
        form: Form::Square,
    }
}

fn run<E: Env + Clone + 'static>(
    make: impl Fn() -> E,
    config: &TrainConfig,
    n_workers: usize,
    recorder: &mut Recorder,
) -> Result<Trained<Cpu>, TrainError> {
    let n_workers = NonZeroUsize::new(n_workers).unwrap();
    train_with(&make(), config, 11, n_workers, &Cpu::default(), recorder)
}

fn echo() -> Echo {
    Echo::new(u32::MAX, 1)
}
