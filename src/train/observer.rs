//! Observers of a training: metric logs, checkpoints, progress bars.

use super::log::MetricRow;
use crate::policy::NamedTensor;

/// Observes a training.
///
/// All methods run on the training thread, in order. They cannot change a byte of the result,
/// except by stopping it.
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
    /// Any failure; it ends the training.
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError>;

    /// Receives weights to keep. The default drops them.
    ///
    /// # Errors
    /// Any failure; it ends the training.
    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        let _ = checkpoint;
        Ok(())
    }

    /// Receives a warning before the first update. The default writes it to standard error.
    fn on_notice(&mut self, notice: &str) {
        eprintln!("warning: {notice}");
    }
}

/// Continuation of a training after an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Continues.
    Continue,
    /// Ends the training after this update as if its steps were spent.
    Stop,
}

/// Error of an observer.
pub type ObserverError = Box<dyn std::error::Error + Send + Sync>;

/// The weights after some update.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The reason for taking it.
    pub reason: CheckpointReason,
    /// Updates done.
    pub update: u64,
    /// Environment steps done.
    pub env_steps: u64,
    /// All weights by name.
    pub tensors: Vec<NamedTensor>,
}

/// Reason for taking a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointReason {
    /// `checkpoint_every` updates have passed.
    Scheduled,
    /// The training ended.
    Final,
    /// The next update diverged; these are the last good weights.
    BeforeDivergence,
}

/// Observes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        Ok(Progress::Continue)
    }
}
