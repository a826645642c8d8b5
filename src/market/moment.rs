//! What is known when a bar ends.

use chrono::{DateTime, Utc};

/// What is known at a bar's end besides the bars. Without signals, the end alone: `end.into()`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment<'a> {
    /// End of the bar.
    pub end: DateTime<Utc>,
    /// Signals known at `end`, `[n_signals]`, in the order of the market's; empty where it has
    /// none.
    pub signals: &'a [f64],
}

impl From<DateTime<Utc>> for Moment<'_> {
    fn from(end: DateTime<Utc>) -> Self {
        Self { end, signals: &[] }
    }
}
