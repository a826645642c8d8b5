//! Ticks of a time axis.

use super::small;
use crate::report::seeds::seconds;
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Utc};

/// Ticks at round times, about `n`. Values are seconds since 1970, UTC.
pub(crate) fn time_ticks(domain: (f64, f64), n: usize) -> Vec<(f64, String)> {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let moment = |seconds: f64| DateTime::<Utc>::from_timestamp(seconds as i64, 0);
    let (Some(first), Some(last)) = (moment(domain.0), moment(domain.1)) else {
        return Vec::new();
    };
    let most = small(n.max(2));
    let span = domain.1 - domain.0;
    let step = TimeStep::ALL
        .into_iter()
        .find(|step| span / step.seconds() <= most)
        .unwrap_or(TimeStep::Months(120));
    let mut ticks: Vec<(f64, String)> = Vec::new();
    let mut tick = step.floor(first.naive_utc());
    while let Some(at) = tick.filter(|at| *at <= last.naive_utc()) {
        if at >= first.naive_utc() {
            ticks.push((seconds(&at.and_utc()), step.label(at, ticks.is_empty())));
        }
        tick = step.next(at);
    }
    ticks
}

/// Distance between two ticks of a time axis.
#[derive(Debug, Clone, Copy)]
enum TimeStep {
    Hours(i32),
    Days(i32),
    Months(i32),
}

impl TimeStep {
    const ALL: [Self; 13] = [
        Self::Hours(1),
        Self::Hours(3),
        Self::Hours(6),
        Self::Hours(12),
        Self::Days(1),
        Self::Days(2),
        Self::Days(7),
        Self::Months(1),
        Self::Months(3),
        Self::Months(6),
        Self::Months(12),
        Self::Months(24),
        Self::Months(60),
    ];

    fn seconds(self) -> f64 {
        match self {
            Self::Hours(n) => 3600.0 * f64::from(n),
            Self::Days(n) => 86_400.0 * f64::from(n),
            Self::Months(n) => 2_629_746.0 * f64::from(n),
        }
    }

    /// The last tick at or before a moment.
    fn floor(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        let midnight = |day: NaiveDate| day.and_hms_opt(0, 0, 0);
        match self {
            Self::Hours(_) => midnight(at.date()),
            Self::Days(n) => {
                let days = at.date().num_days_from_ce();
                NaiveDate::from_num_days_from_ce_opt(days - days.rem_euclid(n)).and_then(midnight)
            }
            Self::Months(n) => {
                let months = at.year() * 12 + at.month0().cast_signed();
                month_start(months - months.rem_euclid(n))
            }
        }
    }

    fn next(self, at: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Hours(n) => at.checked_add_signed(Duration::hours(n.into())),
            Self::Days(n) => at.checked_add_signed(Duration::days(n.into())),
            Self::Months(n) => month_start(at.year() * 12 + at.month0().cast_signed() + n),
        }
    }

    /// The label; the first tick and every January show the year.
    fn label(self, at: NaiveDateTime, first: bool) -> String {
        match self {
            Self::Months(n) if n >= 12 => at.format("%Y").to_string(),
            Self::Months(_) if first || at.month() == 1 => at.format("%b %Y").to_string(),
            Self::Months(_) => at.format("%b").to_string(),
            Self::Days(_) if first => at.format("%-d %b %Y").to_string(),
            Self::Days(_) => at.format("%-d %b").to_string(),
            Self::Hours(_) if first => at.format("%-d %b %H:%M").to_string(),
            Self::Hours(_) => at.format("%H:%M").to_string(),
        }
    }
}

fn month_start(months: i32) -> Option<NaiveDateTime> {
    let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
    NaiveDate::from_ymd_opt(months.div_euclid(12), month, 1)?.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::cast_precision_loss, reason = "seconds of test dates")]
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn time_ticks_start_at_round_dates() {
        let seconds = |y, m, d| {
            let day = NaiveDate::from_ymd_opt(y, m, d)
                .unwrap()
                .and_hms_opt(0, 0, 0)
                .unwrap();
            day.and_utc().timestamp() as f64
        };
        let ticks = time_ticks((seconds(2008, 3, 1), seconds(2013, 3, 1)), 6);
        assert_eq!(labels(&ticks), ["2009", "2010", "2011", "2012", "2013"]);
        assert!((ticks[0].0 - seconds(2009, 1, 1)).abs() < 0.5);
        let ticks = time_ticks((seconds(2017, 2, 10), seconds(2017, 12, 20)), 5);
        assert_eq!(labels(&ticks), ["Apr 2017", "Jul", "Oct"]);
        let ticks = time_ticks((seconds(2017, 2, 10), seconds(2017, 2, 12)), 5);
        assert_eq!(labels(&ticks)[..2], ["10 Feb 00:00", "12:00"]);
        let ticks = time_ticks((seconds(1990, 1, 1), seconds(2030, 1, 1)), 9);
        assert_eq!((ticks.len(), ticks[1].1.as_str()), (9, "1995"));
    }
}
