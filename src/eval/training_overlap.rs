use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A policy that was played on bars of its training span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingOverlap {
    /// The policy.
    pub policy: String,
    /// Seed of its training.
    pub seed: u64,
    /// End of the first bar it was trained on.
    pub first: DateTime<Utc>,
    /// End of the last bar it was trained on.
    pub last: DateTime<Utc>,
    /// Bars of the backtest that were, or may have been, in its training.
    pub n_bars: usize,
    /// Bars of the backtest.
    pub n_bars_played: usize,
    /// Evidence of the overlap.
    #[serde(default)]
    pub met: Met,
}

/// Evidence that bars of a backtest were in the training of a policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// The bars end within the training span.
    #[default]
    ByDate,
    /// Training, backtest or both are blocks drawn from price files that both share. Dates then say
    /// nothing, and any bar may have been in training.
    Anywhere,
}

impl fmt::Display for TrainingOverlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.met == Met::Anywhere {
            return write!(
                f,
                "in-sample: all {} bars may have been in the training of {} seed {}: both draw \
                 blocks from the same price files, whatever their dates",
                self.n_bars_played, self.policy, self.seed,
            );
        }
        write!(
            f,
            "in-sample: {} of {} bars lie in the training span of {} seed {} ({} to {})",
            self.n_bars,
            self.n_bars_played,
            self.policy,
            self.seed,
            self.first.date_naive(),
            self.last.date_naive()
        )
    }
}
