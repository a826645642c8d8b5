//! The bar's place in the day, the week, the year.

use super::{Cycle, Field};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::f64::consts::TAU;

/// [sin 2πp, cos 2πp], p in [0, 1) the position of the bar's end (UTC) in its cycle: since midnight, since Monday 00:00, since
/// January 1st 00:00 (over 365 or 366 days). No shock moves it.
pub(super) fn position(cycle: Cycle, end: DateTime<Utc>) -> [f64; 2] {
    let second = f64::from(end.num_seconds_from_midnight()) + f64::from(end.nanosecond()) * 1e-9;
    let day = second / 86_400.0;
    let position = match cycle {
        Cycle::Day => day,
        Cycle::Week => (f64::from(end.weekday().num_days_from_monday()) + day) / 7.0,
        Cycle::Year => {
            let n_days = if end.date_naive().leap_year() {
                366.0
            } else {
                365.0
            };
            (f64::from(end.ordinal0()) + day) / n_days
        }
    };
    let (sine, cosine) = (TAU * position).sin_cos();
    [sine, cosine]
}

/// The two fields of a cycle.
pub(super) fn fields(cycle: Cycle) -> [Field; 2] {
    let name = match cycle {
        Cycle::Day => "day",
        Cycle::Week => "week",
        Cycle::Year => "year",
    };
    ["sin", "cos"].map(|part| Field {
        name: format!("calendar.{name}.{part}"),
        unit: "1".into(),
        low: Some(-1.0),
        high: Some(1.0),
        shockable: false,
        warm_up: 0,
    })
}
