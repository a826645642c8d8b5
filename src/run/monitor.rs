//! Progress of a run.

use std::fmt;

/// Receives the progress of a run, from any thread, without effect on results.
pub trait Monitor: Sync {
    /// Begins a job of `n_total` steps.
    fn job(&self, name: &str, n_total: u64) -> Box<dyn JobMonitor>;

    /// Shows a message to the user.
    fn line(&self, text: &str);
}

/// Receives the progress of one job.
pub trait JobMonitor: Send + Sync + fmt::Debug {
    /// Reports that `n_done` steps are done; `message` is a short report on them.
    fn advance(&self, n_done: u64, message: &str);

    /// Ends the job; `message` is a short report on it.
    fn finish(&self, message: &str);
}
