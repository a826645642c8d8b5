//! Maximum drawdown.

use super::metric::metric;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

metric! {
    /// `max_t (P_t − E_t) / P_t` with `P_t = max(E_0, …, E_t)`. Positive; above 1 if equity fell
    /// below zero. [`DrawdownDates`] has its dates.
    MaxDrawdown {
        name: "max_drawdown",
        label: "Maximum drawdown",
        format: Percent,
        better: Lower,
        definition: "largest fall of equity from an earlier peak, as a share of the peak; 0 where \
                     equity never fell",
        undefined: "there is no bar",
    }
    |self, ledger| {
        let fall = deepest_fall(ledger.initial_equity, &ledger.equity, &ledger.timestamps);
        (!ledger.equity.is_empty()).then(|| fall.map_or(0.0, |(depth, _)| depth))
    }
}

/// Dates of the maximum drawdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawdownDates {
    /// Bar end of the peak; `None` if the peak is the initial equity, before the first bar.
    pub peak: Option<DateTime<Utc>>,
    /// Bar end of the trough.
    pub trough: DateTime<Utc>,
    /// First bar end back at the peak; `None` if the record ends below it.
    pub recovery: Option<DateTime<Utc>>,
}

/// Maximum drawdown with its dates; the first of equal drawdowns counts. Shapes: `equity [n]`,
/// `timestamps [n]`. `None` if equity never fell below a peak.
pub(crate) fn deepest_fall(
    initial_equity: f64,
    equity: &[f64],
    timestamps: &[DateTime<Utc>],
) -> Option<(f64, DrawdownDates)> {
    let mut peak = (initial_equity, None);
    let mut deepest: Option<(f64, f64, DrawdownDates)> = None;
    for (&mark, &time) in equity.iter().zip(timestamps) {
        if let Some((level, _, dates)) = &mut deepest
            && dates.recovery.is_none()
            && mark >= *level
        {
            dates.recovery = Some(time);
        }
        if mark > peak.0 {
            peak = (mark, Some(time));
        }
        let depth = (peak.0 - mark) / peak.0;
        if depth > deepest.map_or(0.0, |(_, worst, _)| worst) {
            let dates = DrawdownDates {
                peak: peak.1,
                trough: time,
                recovery: None,
            };
            deepest = Some((peak.0, depth, dates));
        }
    }
    deepest.map(|(_, depth, dates)| (depth, dates))
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
        let (depth, found) = deepest_fall(100.0, &equity, &days(7)).unwrap();
        assert!((depth - 0.25).abs() < 1e-15);
        assert_eq!(found.peak, Some(day(2)));
        assert_eq!(found.trough, day(3));
        assert_eq!(found.recovery, Some(day(5)));
    }

    #[test]
    fn a_fall_from_the_start_has_no_peak_date_and_may_not_recover() {
        let (depth, found) = deepest_fall(100.0, &[80.0, 90.0], &days(2)).unwrap();
        assert!((depth - 0.2).abs() < 1e-15);
        assert_eq!((found.peak, found.recovery), (None, None));
    }

    #[test]
    fn a_rising_record_has_none() {
        assert_eq!(deepest_fall(1.0, &[1.0, 1.0, 2.0], &days(3)), None);
        assert_eq!(deepest_fall(1.0, &[], &[]), None);
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
            let found = deepest_fall(50.0, &equity, &days(equity.len()));
            prop_assert!((found.map_or(0.0, |fall| fall.0) - deepest).abs() < 1e-15);
        }
    }
}
