//! From quantities to positions, and where an axis gets its ticks.

use crate::eval::metrics::Format;
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, Utc};

/// How a quantity is spread along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances.
    Log,
}

/// A map from `domain` to `range` (pixels).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Linear or logarithmic.
    pub(crate) spacing: Spacing,
    /// Smallest and largest value.
    pub(crate) domain: (f64, f64),
    /// Positions of the two.
    pub(crate) range: (f64, f64),
}

impl Scale {
    /// Position of a value.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let axis = |v: f64| match self.spacing {
            Spacing::Linear => v,
            Spacing::Log => v.max(f64::MIN_POSITIVE).ln(),
        };
        let (low, high) = (axis(self.domain.0), axis(self.domain.1));
        let share = if high > low {
            (axis(value) - low) / (high - low)
        } else {
            0.5
        };
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// At most about `n` labelled ticks within the domain.
    pub(crate) fn ticks(&self, n: usize, format: Format) -> Vec<(f64, String)> {
        let (low, high) = self.domain;
        let log = match self.spacing {
            Spacing::Log => log_ticks(low, high, n),
            Spacing::Linear => Vec::new(),
        };
        let values = if log.len() >= 3 || high > 10.0 * low && !log.is_empty() {
            log
        } else {
            linear_ticks(low, high, n)
        };
        let label = |value: f64| {
            let step = match self.spacing {
                Spacing::Linear => tick_step(low, high, n),
                Spacing::Log => smallest_digit(value),
            };
            format.with_step(value, step)
        };
        values.into_iter().map(|v| (v, label(v))).collect()
    }
}

/// A domain that holds all finite values, widened by a share on both sides and never empty.
pub(crate) fn domain_of(values: impl Iterator<Item = f64>, spacing: Spacing) -> Option<(f64, f64)> {
    let usable = |v: &f64| v.is_finite() && (spacing == Spacing::Linear || *v > 0.0);
    let (low, high) = values.filter(usable).fold(None, |bounds, v| match bounds {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })?;
    Some(match spacing {
        Spacing::Linear => {
            let pad = (0.04 * (high - low)).max(1e-9 + 0.02 * low.abs().max(high.abs()));
            (low - pad, high + pad)
        }
        Spacing::Log => {
            let pad = (high / low).powf(0.04).max(1.02);
            (low / pad, high * pad)
        }
    })
}

/// Ticks of a time axis. Values are seconds since 1970, UTC.
pub(crate) fn time_ticks(domain: (f64, f64), n: usize) -> Vec<(f64, String)> {
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let moment = |seconds: f64| DateTime::<Utc>::from_timestamp(seconds as i64, 0);
    let (Some(first), Some(last)) = (moment(domain.0), moment(domain.1)) else {
        return Vec::new();
    };
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let most = n.max(2) as f64;
    let span = domain.1 - domain.0;
    let step = TimeStep::ALL
        .into_iter()
        .find(|step| span / step.seconds() <= most)
        .unwrap_or(TimeStep::Months(120));
    let mut ticks: Vec<(f64, String)> = Vec::new();
    let mut tick = step.floor(first.naive_utc());
    while let Some(at) = tick.filter(|at| *at <= last.naive_utc()) {
        if at >= first.naive_utc() {
            #[expect(clippy::cast_precision_loss, reason = "an axis position")]
            ticks.push((
                at.and_utc().timestamp() as f64,
                step.label(at, ticks.is_empty()),
            ));
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

    /// The year stands at the first tick and in every January.
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

/// 1, 2 or 5 times a power of ten, so that at most about `n` steps span the domain.
fn tick_step(low: f64, high: f64, n: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
    let rough = ((high - low) / n.max(1) as f64).max(f64::MIN_POSITIVE);
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= rough * 0.85)
        .unwrap_or(10.0 * power)
}

fn linear_ticks(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = tick_step(low, high, n);
    let first = (low / step).ceil();
    (0..=2 * n)
        .map(|k| {
            #[expect(clippy::cast_precision_loss, reason = "a handful of ticks")]
            let tick = (first + k as f64) * step;
            tick
        })
        .take_while(|tick| *tick <= high + 1e-9 * step)
        .collect()
}

/// Round numbers of every decade: the finest set that has at most `n` ticks.
fn log_ticks(low: f64, high: f64, n: usize) -> Vec<f64> {
    const SETS: [&[f64]; 6] = [
        &[
            1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.5,
            4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5,
        ],
        &[
            1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0,
        ],
        &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
        &[1.0, 2.0, 5.0],
        &[1.0, 3.0],
        &[1.0],
    ];
    #[expect(clippy::cast_possible_truncation, reason = "exponents of f64 fit")]
    let decades = low.log10().floor() as i32..=high.log10().floor() as i32;
    let within = |digits: &[f64]| -> Vec<f64> {
        decades
            .clone()
            .flat_map(|decade| digits.iter().map(move |digit| digit * 10_f64.powi(decade)))
            .filter(|tick| (low..=high).contains(tick))
            .collect()
    };
    SETS.iter()
        .map(|digits| within(digits))
        .find(|ticks| ticks.len() <= n)
        .unwrap_or_else(|| {
            let decades = within(&[1.0]);
            let every = decades.len().div_ceil(n.max(1));
            decades.into_iter().step_by(every).collect()
        })
}

/// The step of a value's last digit, for values with at most two significant digits.
fn smallest_digit(value: f64) -> f64 {
    let power = 10_f64.powf(value.abs().log10().floor());
    let digit = value / power;
    if (digit - digit.round()).abs() < 1e-9 {
        power
    } else {
        power / 10.0
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "seconds of test dates")]
mod tests {
    use super::*;

    fn labels(ticks: &[(f64, String)]) -> Vec<&str> {
        ticks.iter().map(|(_, label)| label.as_str()).collect()
    }

    #[test]
    fn positions_interpolate() {
        let linear = Scale {
            spacing: Spacing::Linear,
            domain: (0.0, 10.0),
            range: (100.0, 0.0),
        };
        assert!((linear.at(2.5) - 75.0).abs() < 1e-9);
        let log = Scale {
            spacing: Spacing::Log,
            domain: (1.0, 100.0),
            range: (0.0, 200.0),
        };
        assert!((log.at(10.0) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let scale = |spacing, low, high| Scale {
            spacing,
            domain: (low, high),
            range: (0.0, 1.0),
        };
        let ticks = scale(Spacing::Linear, -0.031, 0.12).ticks(5, Format::Percent);
        assert_eq!(labels(&ticks), ["0 %", "5 %", "10 %"]);
        let ticks = scale(Spacing::Log, 0.7, 4.2).ticks(6, Format::Multiple);
        assert_eq!(labels(&ticks), ["0.7×", "1×", "1.5×", "2×", "3×"]);
        let ticks = scale(Spacing::Log, 1e-5, 1e3).ticks(5, Format::Number);
        assert!(ticks.len() <= 5 && ticks.len() >= 3, "{ticks:?}");
        let ticks = scale(Spacing::Log, 1.001, 1.012).ticks(5, Format::Multiple);
        assert!(
            ticks.len() >= 3,
            "a narrow log axis falls back to equal steps: {ticks:?}"
        );
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

    #[test]
    fn a_domain_is_never_empty() {
        let (low, high) = domain_of([2.0, 2.0].into_iter(), Spacing::Linear).unwrap();
        assert!(low < 2.0 && high > 2.0);
        let (low, high) = domain_of([0.0, -1.0, 4.0, f64::NAN].into_iter(), Spacing::Log).unwrap();
        assert!(low > 3.0 && high < 5.0);
        assert_eq!(domain_of([f64::NAN].into_iter(), Spacing::Linear), None);
    }
}
