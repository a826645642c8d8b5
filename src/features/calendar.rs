//! Position of a bar's end in the day, week or year.

use super::{Cycle, Field};
use chrono::{DateTime, Datelike, Utc};
use std::f64::consts::TAU;

const DAY_SECONDS: i64 = 86_400;

/// `[sin 2πp, cos 2πp]` with the position p in [0, 1) of the bar's end (UTC) in its cycle: since
/// midnight, Monday 00:00 or January 1st 00:00 (over 365 or 366 days).
pub(super) fn position(cycle: Cycle, end: DateTime<Utc>) -> [f64; 2] {
    let seconds = end.timestamp();
    let position = match cycle {
        Cycle::Day => share(seconds, DAY_SECONDS),
        // 1970-01-01 was a Thursday, three days after a Monday.
        Cycle::Week => share(seconds + 3 * DAY_SECONDS, 7 * DAY_SECONDS),
        Cycle::Year => {
            let day = f64::from(end.ordinal0()) + share(seconds, DAY_SECONDS);
            let is_leap = end.date_naive().leap_year();
            day / if is_leap { 366.0 } else { 365.0 }
        }
    };
    let (sine, cosine) = (TAU * position).sin_cos();
    [sine, cosine]
}

/// Elapsed fraction of the current period. Unit of both arguments: seconds.
#[allow(
    clippy::cast_precision_loss,
    reason = "seconds of a week are far below 2^52"
)]
fn share(seconds: i64, length: i64) -> f64 {
    seconds.rem_euclid(length) as f64 / length as f64
}

pub(super) fn fields(cycle: Cycle) -> [Field; 2] {
    let name = match cycle {
        Cycle::Day => "day",
        Cycle::Week => "week",
        Cycle::Year => "year",
    };
    ["sin", "cos"]
        .map(|part| Field::fixed(format!("calendar.{name}.{part}"), "1", 0).within(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::{super::tests::prices::assert_close, Cycle, position};
    use chrono::{DateTime, Utc};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a timestamp")
    }

    #[test]
    fn a_quarter_of_each_cycle_is_a_quarter_of_the_circle() {
        for (cycle, end, [sine, cosine]) in [
            (Cycle::Day, "2024-03-05T00:00:00Z", [0.0, 1.0]),
            (Cycle::Day, "2024-03-05T06:00:00Z", [1.0, 0.0]),
            (Cycle::Day, "2024-03-05T18:00:00Z", [-1.0, 0.0]),
            (Cycle::Week, "2024-03-04T00:00:00Z", [0.0, 1.0]), // a Monday
            (Cycle::Week, "2024-03-07T12:00:00Z", [0.0, -1.0]),
            (Cycle::Year, "2024-01-01T00:00:00Z", [0.0, 1.0]),
            (Cycle::Year, "2024-07-02T00:00:00Z", [0.0, -1.0]), // 183 of 366 days
            (Cycle::Year, "2023-07-02T12:00:00Z", [0.0, -1.0]), // 182.5 of 365 days
        ] {
            let found = position(cycle, at(end));
            assert_close(found[0], sine, 1e-12);
            assert_close(found[1], cosine, 1e-12);
        }
    }
}
