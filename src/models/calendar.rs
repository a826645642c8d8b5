//! Bars on a clock that never stops.

use super::ModelError;
use crate::market::check_symbols;
use chrono::{DateTime, TimeDelta, Utc};

/// Seconds in 365.25 days: a year of a market that never closes.
pub const SECONDS_PER_YEAR: f64 = 31_557_600.0;

/// Most bars, counted over all assets: a guard against typing errors.
const MAX_BARS: usize = 100_000_000;

pub(super) const fn seconds_per_year() -> f64 {
    SECONDS_PER_YEAR
}

/// Refuses counts of bars that cannot be.
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

/// Refuses symbols that are empty or given twice.
pub(super) fn check_names(symbols: &[String]) -> Result<(), ModelError> {
    check_symbols(symbols).map_err(ModelError::Symbols)
}

/// Refuses `n_bars` bars (at most [`MAX_BARS`]) of which the last ends beyond the last timestamp.
pub(super) fn check_span(
    start: DateTime<Utc>,
    bar_seconds: u32,
    n_bars: usize,
) -> Result<(), ModelError> {
    i64::try_from(n_bars)
        .ok()
        .and_then(|n| i64::from(bar_seconds).checked_mul(n))
        .and_then(TimeDelta::try_seconds)
        .and_then(|span| start.checked_add_signed(span))
        .map(drop)
        .ok_or(ModelError::Start { found: start })
}

/// Refuses bars without length or without steps.
pub(super) fn check_steps(bar_seconds: u32, steps_per_bar: u32) -> Result<(), ModelError> {
    for (place, found) in [
        ("bar_seconds", bar_seconds),
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
    Ok(())
}

/// The ends of `n_bars` bars of one length, the first of which begins at `start`.
pub(super) fn bar_ends(
    start: DateTime<Utc>,
    bar_length: TimeDelta,
    n_bars: usize,
) -> Result<Vec<DateTime<Utc>>, ModelError> {
    let mut end = start;
    let mut ends = Vec::with_capacity(n_bars);
    for _ in 0..n_bars {
        end = end
            .checked_add_signed(bar_length)
            .ok_or(ModelError::Start { found: start })?;
        ends.push(end);
    }
    Ok(ends)
}
