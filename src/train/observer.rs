//! Observers of a training: metric logs, checkpoints, progress bars.

use super::log::MetricRow;
use crate::policy::NamedTensor;

/// Receives the events of a training.
///
/// All methods run on the training thread, in order; they can stop the training, not change it.
///
/// ```
/// use shockproof::train::{Metric, MetricRow, Observer, ObserverError, Progress};
///
/// /// Stops at the first rollout whose mean reward is positive.
/// struct StopWhenPaid;
///
/// impl Observer for StopWhenPaid {
///     fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
///         Ok(match row.get(Metric::RewardMean) {
///             Some(mean) if mean > 0.0 => Progress::Stop,
///             _ => Progress::Continue,
///         })
///     }
/// }
/// ```
pub trait Observer {
    /// Receives the metrics of an update.
    ///
    /// # Errors
    /// Any failure, which ends the training.
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError>;

    /// Receives weights to keep; the default ignores them.
    ///
    /// # Errors
    /// Any failure, which ends the training.
    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        let _ = checkpoint;
        Ok(())
    }

    /// Receives a warning before the first update; the default writes it to standard error.
    fn on_notice(&mut self, notice: &str) {
        eprintln!("warning: {notice}");
    }
}

/// Decision to continue or to stop a training after an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Continues with the next update.
    Continue,
    /// Ends the training after this update, as if all its steps were done.
    Stop,
}

/// Error of an observer.
pub type ObserverError = Box<dyn std::error::Error + Send + Sync>;

/// Weights after an update.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Reason for the checkpoint.
    pub reason: CheckpointReason,
    /// Updates done.
    pub update: u64,
    /// Environment steps done.
    pub env_steps: u64,
    /// All weights by name.
    pub tensors: Vec<NamedTensor>,
}

/// Reason for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointReason {
    /// `checkpoint_every` updates have passed.
    Scheduled,
    /// The training ended.
    Final,
    /// The next update diverged; these are the last good weights.
    BeforeDivergence,
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        Ok(Progress::Continue)
    }
}
