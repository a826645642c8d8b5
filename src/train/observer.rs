//! Whoever watches a training: the metric log, checkpoints, a progress bar.

use super::log::MetricRow;
use crate::policy::NamedTensor;

/// Watches a training.
///
/// All methods run on the training thread, in order; what they do cannot change a byte of the
/// result, except by stopping it.
pub trait Observer {
    /// One update is done.
    ///
    /// # Errors
    /// Any failure; it ends the training.
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError>;

    /// Weights worth keeping. The default forgets them.
    ///
    /// # Errors
    /// Any failure; it ends the training.
    fn on_checkpoint(&mut self, checkpoint: &Checkpoint) -> Result<(), ObserverError> {
        let _ = checkpoint;
        Ok(())
    }
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Yes.
    Continue,
    /// No: the training ends after this update as if its budget were spent.
    Stop,
}

/// What an observer failed with.
pub type ObserverError = Box<dyn std::error::Error + Send + Sync>;

/// The weights after some update.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Why it was taken.
    pub reason: CheckpointReason,
    /// Updates done.
    pub update: u64,
    /// Environment steps done.
    pub env_steps: u64,
    /// All weights by name.
    pub tensors: Vec<NamedTensor>,
}

/// Why a checkpoint was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckpointReason {
    /// The schedule said so.
    Scheduled,
    /// The training ended.
    Final,
    /// The next update diverged; these are the last good weights.
    BeforeDivergence,
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        Ok(Progress::Continue)
    }
}
