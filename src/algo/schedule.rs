//! Settings that change during training.

use serde::{Deserialize, Serialize};

/// A value as a function of training progress p ∈ [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Schedule {
    /// Keeps one value. Pick it first.
    Constant(f64),
    /// Moves on a line: from + p (to − from). Pick it for the learning rate.
    Linear {
        /// Value at the start.
        from: f64,
        /// Value at the end.
        to: f64,
    },
    /// Moves on a half cosine: to + (from − to) (1 + cos πp) / 2. Pick it for a slow start and end.
    Cosine {
        /// Value at the start.
        from: f64,
        /// Value at the end.
        to: f64,
    },
}

impl Schedule {
    /// Value at `progress`, which is clamped to [0, 1].
    #[must_use]
    pub fn at(self, progress: f64) -> f64 {
        let p = progress.clamp(0.0, 1.0);
        match self {
            Self::Constant(value) => value,
            Self::Linear { from, to } => from + p * (to - from),
            Self::Cosine { from, to } => {
                to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * p).cos())
            }
        }
    }

    /// Smallest and largest value over training.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        let (from, to) = (self.at(0.0), self.at(1.0));
        (from.min(to), from.max(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_equal_their_formulas_at_both_ends_and_the_middle() {
        let (from, to) = (4.0, 2.0);
        for schedule in [Schedule::Linear { from, to }, Schedule::Cosine { from, to }] {
            for (p, expected) in [(-1.0, 4.0), (0.0, 4.0), (0.5, 3.0), (1.0, 2.0), (7.0, 2.0)] {
                assert!((schedule.at(p) - expected).abs() < 1e-12);
            }
        }
        let quarter = Schedule::Cosine { from, to }.at(0.25);
        assert!((quarter - (3.0 + 0.5_f64.sqrt())).abs() < 1e-12);
        assert!((Schedule::Constant(1.5).at(0.3) - 1.5).abs() < 1e-15);
    }
}
