//! Moving-average crossover.

use super::equal_share;
use crate::{
    env::Order,
    eval::{Decider, EvalError, KnownBar, metrics::count},
};
use std::collections::VecDeque;

/// Weight 1 / n in each asset whose mean close over the last `fast` bars is above that over the
/// last `slow` bars, else weight 0; trades only when a signal changes. An asset with fewer than
/// `slow` closes of history has weight 0.
///
/// A misprint affects one decision, because the true close replaces it before the next; if
/// misprints stay in the history ([`PrintEnding::Kept`](crate::env::PrintEnding)), it stays in both
/// averages.
///
/// Source: Brock, Lakonishok, `LeBaron`, "Simple Technical Trading Rules" (1992), variable-length
/// moving average.
#[derive(Debug, Clone)]
pub struct MovingAverageCrossover {
    fast: usize,
    slow: usize,
    /// The last `slow` rows of closes, oldest first.
    closes: VecDeque<Vec<f64>>,
    targets: Vec<f64>,
}

impl MovingAverageCrossover {
    /// Longest admissible average. Unit: bars.
    pub const LONGEST: usize = 10_000;

    /// Creates a strategy with averages over `fast` and `slow` bars.
    ///
    /// # Errors
    /// [`EvalError::Parameter`] unless 1 <= fast < slow <= [`MovingAverageCrossover::LONGEST`].
    pub fn new(fast: usize, slow: usize) -> Result<Self, EvalError> {
        let refuse = |parameter, found: usize, expected| {
            Err(EvalError::Parameter {
                part: "moving_average_crossover",
                parameter,
                found: count(found),
                expected,
            })
        };
        if fast == 0 {
            return refuse("fast", fast, "at least 1 bar");
        }
        if slow <= fast {
            return refuse("slow", slow, "more bars than fast");
        }
        if slow > Self::LONGEST {
            return refuse("slow", slow, "at most 10000 bars");
        }
        Ok(Self {
            fast,
            slow,
            closes: VecDeque::new(),
            targets: Vec::new(),
        })
    }

    fn push(&mut self, row: &[f64]) {
        if self.closes.len() >= self.slow {
            self.closes.pop_front();
        }
        self.closes.push_back(row.to_vec());
    }

    fn mean_close(&self, asset: usize, n_bars: usize) -> f64 {
        let newest_first = self.closes.iter().rev().take(n_bars);
        newest_first.map(|row| row[asset]).sum::<f64>() / count(n_bars)
    }
}

impl Decider for MovingAverageCrossover {
    fn name(&self) -> &'static str {
        "moving_average_crossover"
    }

    fn begin(&mut self, n_assets: usize, past_closes: &[f64]) {
        self.closes.clear();
        self.targets = vec![0.0; n_assets];
        let n_rows = past_closes.len() / n_assets.max(1);
        let unused = n_rows.saturating_sub(self.slow);
        for row in past_closes.chunks_exact(n_assets).skip(unused) {
            self.push(row);
        }
    }

    fn decide(&mut self, known: KnownBar<'_>) -> Result<Order<'_>, EvalError> {
        if let Some(newest) = self.closes.back_mut()
            && newest.len() == known.corrected.len()
        {
            newest.copy_from_slice(known.corrected);
        }
        self.push(known.closes);
        let is_warm = self.closes.len() >= self.slow;
        let n_assets = self.targets.len();
        let weight = |asset| {
            let is_up =
                is_warm && self.mean_close(asset, self.fast) > self.mean_close(asset, self.slow);
            if is_up { equal_share(n_assets) } else { 0.0 }
        };
        let next: Vec<f64> = (0..n_assets).map(weight).collect();
        let changed = next != self.targets;
        self.targets = next;
        Ok(if changed {
            Order::Targets(&self.targets)
        } else {
            Order::Hold
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    fn decide(baseline: &mut MovingAverageCrossover, close: f64) -> Order<'_> {
        decide_corrected(baseline, &[], close)
    }

    fn decide_corrected<'a>(
        baseline: &'a mut MovingAverageCrossover,
        corrected: &[f64],
        close: f64,
    ) -> Order<'a> {
        let known = KnownBar {
            observation: &[],
            closes: &[close],
            corrected,
            end: DateTime::<Utc>::UNIX_EPOCH,
        };
        baseline.decide(known).unwrap()
    }

    #[test]
    fn buys_on_the_cross_up_holds_and_sells_on_the_cross_down() {
        let mut baseline = MovingAverageCrossover::new(1, 3).unwrap();
        baseline.begin(1, &[99.0, 10.0, 10.0]);
        // Averages of (10, 10, 12): fast 12 > slow 10.67.
        assert_eq!(decide(&mut baseline, 12.0), Order::Targets(&[1.0]));
        assert_eq!(decide(&mut baseline, 13.0), Order::Hold);
        assert_eq!(decide(&mut baseline, 5.0), Order::Targets(&[0.0]));
        assert_eq!(decide(&mut baseline, 5.0), Order::Hold);
    }

    #[test]
    fn waits_for_the_slow_average() {
        let mut baseline = MovingAverageCrossover::new(1, 3).unwrap();
        baseline.begin(1, &[]);
        assert_eq!(decide(&mut baseline, 1.0), Order::Hold);
        assert_eq!(decide(&mut baseline, 2.0), Order::Hold);
        assert_eq!(decide(&mut baseline, 3.0), Order::Targets(&[1.0]));
    }

    #[test]
    fn a_misprint_moves_one_decision_and_is_forgotten() {
        let mut baseline = MovingAverageCrossover::new(1, 3).unwrap();
        baseline.begin(1, &[10.0, 10.0]);
        // The close 16 is a misprint of 9: (10, 10, 16) trends up.
        assert_eq!(decide(&mut baseline, 16.0), Order::Targets(&[1.0]));
        // (10, 9, 11) trends up; with the misprint, (10, 16, 11) would trend down.
        assert_eq!(decide_corrected(&mut baseline, &[9.0], 11.0), Order::Hold);
    }

    #[test]
    fn impossible_lengths_are_refused() {
        assert!(MovingAverageCrossover::new(0, 3).is_err());
        assert!(MovingAverageCrossover::new(3, 3).is_err());
        assert!(MovingAverageCrossover::new(3, MovingAverageCrossover::LONGEST).is_ok());
        for slow in [MovingAverageCrossover::LONGEST + 1, usize::MAX] {
            let error = MovingAverageCrossover::new(50, slow).unwrap_err();
            assert!(error.to_string().contains("slow"), "{error}");
        }
    }
}
