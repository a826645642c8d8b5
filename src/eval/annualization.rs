//! Number of bars per year, from the timestamps.

use super::LedgerSummary;
use chrono::{DateTime, Utc};

/// Seconds of the Julian year: 365.25 days of 86,400 s.
pub const SECONDS_PER_YEAR: f64 = 31_557_600.0;

/// Bars per year: `(n − 1) / (t_n − t_1)`, with the time in Julian years of 365.25 days.
///
/// Daily stock data give about 252, hourly currency data about 6,200, because the data have no bars
/// on weekends and holidays. Unit: 1 / year. `None` below two bars.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of bars and seconds are far below 2^53"
)]
pub fn bars_per_year(timestamps: &[DateTime<Utc>]) -> Option<f64> {
    let (first, last) = (timestamps.first()?, timestamps.last()?);
    let seconds = (*last - *first).num_milliseconds() as f64 / 1e3;
    (seconds > 0.0).then(|| (timestamps.len() - 1) as f64 * SECONDS_PER_YEAR / seconds)
}

/// Sentence on figures per year of backtests shorter than a quarter of a year; `None` for longer
/// ones.
#[must_use]
#[allow(
    clippy::cast_precision_loss,
    reason = "counts of bars are far below 2^53"
)]
pub(crate) fn short_span_notice(rows: &[LedgerSummary]) -> Option<String> {
    let years = |row: &LedgerSummary| Some(row.n_bars as f64 / row.bars_per_year?);
    let longest = rows.iter().filter_map(years).reduce(f64::max)?;
    (longest < 0.25).then(|| {
        format!(
            "Figures per year (growth, volatility, Sharpe ratio, turnover) are extrapolated from \
             {:.0} days.",
            longest * SECONDS_PER_YEAR / 86_400.0
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn every(seconds: i64, n: i32) -> Vec<DateTime<Utc>> {
        (0..n)
            .map(|i| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds) * i)
            .collect()
    }

    #[test]
    fn a_year_of_calendar_days_has_as_many_bars_as_days() {
        let found = bars_per_year(&every(86_400, 500)).unwrap();
        assert!((found - 365.25).abs() < 1e-9);
        let hourly = bars_per_year(&every(3_600, 7)).unwrap();
        assert!((hourly - 8_766.0).abs() < 1e-9);
    }

    #[test]
    fn the_days_of_a_short_backtest_are_named() {
        use crate::eval::Ledger;
        let notice = |n: i32| {
            let mut ledger = Ledger::empty("a", 1);
            ledger.timestamps = every(86_400, n);
            ledger.equity = vec![1.0; ledger.timestamps.len()];
            short_span_notice(&[LedgerSummary::new(&ledger, &[])])
        };
        assert!(notice(91).unwrap().contains("from 91 days"));
        assert!(notice(2).unwrap().contains("from 2 days"));
        // Three months are 91.3 days.
        assert_eq!(notice(92), None);
        assert_eq!((notice(1), short_span_notice(&[])), (None, None));
    }

    #[test]
    fn weekends_lower_it() {
        let mut workdays = every(86_400, 7 * 52 + 1);
        let mut day = 0;
        workdays.retain(|_| {
            day += 1;
            (day - 1) % 7 < 5
        });
        let found = bars_per_year(&workdays).unwrap();
        assert!((found - 365.25 * 5.0 / 7.0).abs() < 0.01, "{found}");
    }

    #[test]
    fn one_bar_has_no_rate() {
        assert_eq!(bars_per_year(&every(60, 1)), None);
        assert_eq!(bars_per_year(&[]), None);
    }
}
