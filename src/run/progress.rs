//! Who is told how far the jobs are.

use std::fmt;

/// Is told about a run; from any thread. What it does changes no result.
pub trait Progress: Sync {
    /// A job of `n_total` steps begins.
    fn job(&self, name: &str, n_total: u64) -> Box<dyn JobProgress>;

    /// Something worth a line.
    fn line(&self, text: &str);
}

/// Is told about one job.
pub trait JobProgress: Send + Sync + fmt::Debug {
    /// `n_done` steps are done; `message` says something short about them.
    fn advance(&self, n_done: u64, message: &str);

    /// The job is over.
    fn finish(&self, message: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn job(&self, _name: &str, _n_total: u64) -> Box<dyn JobProgress> {
        Box::new(Self)
    }

    fn line(&self, _text: &str) {}
}

impl JobProgress for Unwatched {
    fn advance(&self, _n_done: u64, _message: &str) {}

    fn finish(&self, _message: &str) {}
}
