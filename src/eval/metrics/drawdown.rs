//! The deepest fall from a peak.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The maximum drawdown with its dates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drawdown {
    /// (peak − trough) / peak, positive; above 1 where equity fell below zero. Unit: fraction of
    /// the peak.
    pub depth: f64,
    /// When the peak was marked; `None` where the peak is the initial equity, before the first bar.
    pub peak: Option<DateTime<Utc>>,
    /// When the trough was marked.
    pub trough: DateTime<Utc>,
    /// First mark back at the peak; `None` where the record ends below it.
    pub recovery: Option<DateTime<Utc>>,
}

/// Maximum drawdown `max_t (P_t − E_t) / P_t` with `P_t = max(E_0, ..., E_t)`, the initial equity
/// included.
///
/// The first of equally deep ones. Shapes: `equity [n]`, `timestamps [n]`. `None` where equity
/// never fell below a peak.
#[must_use]
pub fn max_drawdown(
    initial_equity: f64,
    equity: &[f64],
    timestamps: &[DateTime<Utc>],
) -> Option<Drawdown> {
    let mut peak = (initial_equity, None);
    let mut deepest: Option<(f64, Drawdown)> = None;
    for (&mark, &time) in equity.iter().zip(timestamps) {
        if let Some((level, worst)) = &mut deepest
            && worst.recovery.is_none()
            && mark >= *level
        {
            worst.recovery = Some(time);
        }
        if mark > peak.0 {
            peak = (mark, Some(time));
        }
        let depth = (peak.0 - mark) / peak.0;
        if depth > deepest.as_ref().map_or(0.0, |(_, worst)| worst.depth) {
            let worst = Drawdown {
                depth,
                peak: peak.1,
                trough: time,
                recovery: None,
            };
            deepest = Some((peak.0, worst));
        }
    }
    deepest.map(|(_, worst)| worst)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn day(i: i32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(1) * i
    }

    fn days(n: usize) -> Vec<DateTime<Utc>> {
        (0..).take(n).map(day).collect()
    }

    #[test]
    fn the_deepest_fall_with_its_dates() {
        let equity = [110.0, 99.0, 120.0, 90.0, 119.0, 121.0, 115.0];
        let found = max_drawdown(100.0, &equity, &days(7)).unwrap();
        assert!((found.depth - 0.25).abs() < 1e-15);
        assert_eq!(found.peak, Some(day(2)));
        assert_eq!(found.trough, day(3));
        assert_eq!(found.recovery, Some(day(5)));
    }

    #[test]
    fn a_fall_from_the_start_has_no_peak_date_and_may_not_recover() {
        let found = max_drawdown(100.0, &[80.0, 90.0], &days(2)).unwrap();
        assert!((found.depth - 0.2).abs() < 1e-15);
        assert_eq!((found.peak, found.recovery), (None, None));
    }

    #[test]
    fn a_rising_record_has_none() {
        assert_eq!(max_drawdown(1.0, &[1.0, 1.0, 2.0], &days(3)), None);
        assert_eq!(max_drawdown(1.0, &[], &[]), None);
    }

    proptest! {
        #[test]
        fn equals_the_quadratic_definition(
            equity in prop::collection::vec(1.0..100.0_f64, 1..30)
        ) {
            let all: Vec<f64> = std::iter::once(50.0).chain(equity.iter().copied()).collect();
            let mut deepest = 0.0_f64;
            for (i, peak) in all.iter().enumerate() {
                for trough in &all[i..] {
                    deepest = deepest.max((peak - trough) / peak);
                }
            }
            let found = max_drawdown(50.0, &equity, &days(equity.len()));
            prop_assert!((found.map_or(0.0, |d| d.depth) - deepest).abs() < 1e-15);
        }
    }
}
