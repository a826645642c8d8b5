//! Progress of a run.

use std::fmt;

/// Receives the progress of a run, from any thread; changes no result.
pub trait Monitor: Sync {
    /// A job of `n_total` steps begins.
    fn job(&self, name: &str, n_total: u64) -> Box<dyn JobMonitor>;

    /// A message for the user.
    fn line(&self, text: &str);
}

/// Receives the progress of one job.
pub trait JobMonitor: Send + Sync + fmt::Debug {
    /// `n_done` steps are done; `message` is a short report on them.
    fn advance(&self, n_done: u64, message: &str);

    /// The job is over.
    fn finish(&self, message: &str);
}
