//! Timestamps of simulated bars, without closing hours.

use super::ModelError;
use crate::market::check_symbols;
use chrono::{DateTime, TimeDelta, Utc};

/// Seconds in 365.25 days, the year of a market that never closes.
pub const SECONDS_PER_YEAR: f64 = 31_557_600.0;

/// Largest number of bars summed over assets: a guard against typing errors.
const MAX_BARS: usize = 100_000_000;

pub(super) const fn seconds_per_year() -> f64 {
    SECONDS_PER_YEAR
}

/// Consecutive bars of one length.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    pub(super) start: DateTime<Utc>,
    pub(super) bar_seconds: u32,
    pub(super) n_bars: usize,
}

impl Calendar {
    /// Checks the counts, the last timestamp, and that symbols are distinct and not empty.
    pub(super) fn check(&self, symbols: &[String], steps_per_bar: u32) -> Result<(), ModelError> {
        check_counts(symbols.len(), self.n_bars)?;
        for (place, found) in [
            ("bar_seconds", self.bar_seconds),
            ("steps_per_bar", steps_per_bar),
        ] {
            if found == 0 {
                return Err(ModelError::Count {
                    place,
                    found: 0,
                    expected: "at least one",
                });
            }
        }
        i64::try_from(self.n_bars)
            .ok()
            .and_then(|n| i64::from(self.bar_seconds).checked_mul(n))
            .and_then(TimeDelta::try_seconds)
            .and_then(|span| self.start.checked_add_signed(span))
            .ok_or(ModelError::Start { found: self.start })?;
        check_symbols(symbols).map_err(ModelError::Symbols)
    }

    pub(super) fn bar_length(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.bar_seconds))
    }

    pub(super) fn ends(&self) -> Result<Vec<DateTime<Utc>>, ModelError> {
        bar_ends(self.start, self.bar_length(), self.n_bars)
    }
}

/// Checks that the numbers of assets and bars are positive and not too large.
pub(super) fn check_counts(n_assets: usize, n_bars: usize) -> Result<(), ModelError> {
    if n_assets == 0 || n_assets > 1000 {
        return Err(ModelError::Count {
            place: "assets",
            found: n_assets,
            expected: "at least one and at most 1000",
        });
    }
    if n_bars == 0 || n_bars > MAX_BARS / n_assets {
        return Err(ModelError::Count {
            place: "n_bars",
            found: n_bars,
            expected: "at least one and at most 100 million over all assets",
        });
    }
    Ok(())
}

/// Ends of `n_bars` consecutive bars, the first of which begins at `start`.
pub(super) fn bar_ends(
    start: DateTime<Utc>,
    bar_length: TimeDelta,
    n_bars: usize,
) -> Result<Vec<DateTime<Utc>>, ModelError> {
    let next = |end: &Option<DateTime<Utc>>| end.map(|end| end.checked_add_signed(bar_length));
    std::iter::successors(Some(start.checked_add_signed(bar_length)), next)
        .take(n_bars)
        .map(|end| end.ok_or(ModelError::Start { found: start }))
        .collect()
}
