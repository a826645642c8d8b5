//! Data known at the end of a bar besides the bars.

use chrono::{DateTime, Utc};

/// End of a bar and the signals known then; `Moment::from(end)` has no signals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment<'a> {
    /// End of the bar.
    pub end: DateTime<Utc>,
    /// Signals known at `end`, `[n_signals]`, ordered as in [`Columns`](super::Columns); may be
    /// empty.
    pub signals: &'a [f64],
}

impl From<DateTime<Utc>> for Moment<'_> {
    fn from(end: DateTime<Utc>) -> Self {
        Self { end, signals: &[] }
    }
}
