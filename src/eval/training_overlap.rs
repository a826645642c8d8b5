use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Overlap of a backtest with the training bars of its policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingOverlap {
    /// Name of the policy.
    pub policy: String,
    /// Training seed.
    pub seed: u64,
    /// End of the first training bar.
    pub first: DateTime<Utc>,
    /// End of the last training bar.
    pub last: DateTime<Utc>,
    /// Number of backtest bars that were, or may have been, training bars.
    pub n_bars: usize,
    /// Number of bars of the backtest.
    pub n_bars_played: usize,
    /// Evidence of the overlap.
    #[serde(default)]
    pub met: Met,
}

/// Evidence that a backtest contains training bars of its policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// Bars of the backtest end within the training span.
    #[default]
    ByDate,
    /// Training, backtest or both use blocks drawn from price files that both share. Dates then
    /// prove nothing, and any bar may have been in training.
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
