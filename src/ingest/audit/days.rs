//! Days without a bar: weekdays on which the market never trades, and missing days.
//!
//! No calendar of holidays is used. A missing day counts as a holiday if at least three other years
//! lack the same date (or a neighboring one: holidays are moved off weekends) or the same weekday
//! of the month counted from either end, or if it is Good Friday or Easter Monday. Any other
//! missing day is a lost session or a one-time closure.

use super::{Code, Finding, Severity, jumps::date};
use crate::market::Panel;
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc, Weekday};
use std::collections::BTreeSet;

/// Minimum history from which trading weekdays are inferred. Unit: weeks.
const LEAST_WEEKS: usize = 4;

/// A weekday is a trading day if at least one in this many weeks has a bar on it.
const RARE: usize = 20;

/// A missing day is a holiday if at least this many other years miss it, too.
const RETURNS: usize = 3;

/// Holidays explain at most 1 missing day in this many, about twice the holidays of a year.
const MANY: usize = 12;

const N_NAMED: usize = 12;

/// Longest step whose missing days are listed. Unit: days.
const LONGEST: i64 = 366;

pub(super) fn find(panel: &Panel) -> Vec<Finding> {
    let length = panel.bar_length();
    if length > TimeDelta::days(1) {
        return Vec::new();
    }
    let mut begins: Vec<(NaiveDate, DateTime<Utc>)> = panel
        .timestamps()
        .iter()
        .map(|&end| ((end - length).date_naive(), end))
        .collect();
    begins.dedup_by_key(|(day, _)| *day);
    let Some(closed) = closed_weekdays(&begins) else {
        return Vec::new();
    };
    [closures(&begins, &closed), missing(&begins, &closed)]
        .into_iter()
        .flatten()
        .collect()
}

/// Weekdays on which the market does not trade; `None` for too few weeks.
fn closed_weekdays(begins: &[(NaiveDate, DateTime<Utc>)]) -> Option<Vec<Weekday>> {
    let ((first, _), (last, _)) = (begins.first()?, begins.last()?);
    let n_weeks = usize::try_from((*last - *first).num_days() / 7).ok()?;
    if n_weeks < LEAST_WEEKS {
        return None;
    }
    let n_on = |weekday| {
        let days = begins.iter().filter(|(day, _)| day.weekday() == weekday);
        days.count()
    };
    let week = std::iter::successors(Some(Weekday::Mon), |day| Some(day.succ())).take(7);
    Some(
        week.filter(|&weekday| n_on(weekday) * RARE < n_weeks)
            .collect(),
    )
}

/// Days strictly between two days; none if they are more than [`LONGEST`] days apart.
fn between(earlier: NaiveDate, later: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let n_days = (later - earlier).num_days();
    let n_days = if n_days > LONGEST { 1 } else { n_days };
    (1..u64::try_from(n_days).unwrap_or(1))
        .filter_map(move |n| earlier.checked_add_days(Days::new(n)))
}

fn closures(begins: &[(NaiveDate, DateTime<Utc>)], closed: &[Weekday]) -> Option<Finding> {
    let is_over = |pair: &&[(NaiveDate, DateTime<Utc>)]| {
        between(pair[0].0, pair[1].0).any(|day| closed.contains(&day.weekday()))
    };
    let over: Vec<DateTime<Utc>> = begins
        .windows(2)
        .filter(is_over)
        .map(|pair| pair[1].1)
        .collect();
    let names: Vec<String> = closed.iter().map(ToString::to_string).collect();
    let message = format!(
        "no bar begins on {} (UTC): what happens then is in the open of the bar after",
        names.join(" and "),
    );
    let (code, first) = (Code::ClosedDay, *over.first()?);
    Some(Finding::new(
        Severity::Info,
        code,
        over.len(),
        first,
        message,
    ))
}

fn missing(begins: &[(NaiveDate, DateTime<Utc>)], closed: &[Weekday]) -> Option<Finding> {
    let mut missing: Vec<NaiveDate> = Vec::new();
    let mut first = None;
    for pair in begins.windows(2) {
        let n_before = missing.len();
        let trades = |day: &NaiveDate| !closed.contains(&day.weekday());
        missing.extend(between(pair[0].0, pair[1].0).filter(trades));
        if missing.len() > n_before {
            first.get_or_insert(pair[1].1);
        }
    }
    let first = first?;
    let n_all = missing.len() + begins.len();
    let years = (begins[begins.len() - 1].0 - begins[0].0).as_seconds_f64() / (365.25 * 86_400.0);
    let many = missing.len() * MANY > n_all;
    let odd: Vec<NaiveDate> = if many { missing.clone() } else { odd(&missing) };
    #[expect(clippy::cast_precision_loss, reason = "days, far below 2^53")]
    let per_year = missing.len() as f64 / years;
    let what = if many {
        "more than holidays explain; ".to_owned()
    } else if odd.is_empty() {
        "each returns in other years, as holidays do".to_owned()
    } else {
        format!(
            "of them {} return in no other year as holidays do, so that a session got lost or the \
             market closed for once: ",
            odd.len()
        )
    };
    let named: Vec<String> = odd.iter().take(N_NAMED).map(ToString::to_string).collect();
    let rest = if odd.len() > N_NAMED { ", ..." } else { "" };
    let severity = if odd.is_empty() {
        Severity::Info
    } else {
        Severity::Warning
    };
    let message = format!(
        "days without a bar on weekdays that have one, {per_year:.1} a year; {what}{}{rest}",
        named.join(", "),
    );
    let (code, count) = (Code::MissingDay, missing.len());
    Some(Finding::new(severity, code, count, first, message))
}

/// Missing days that are not holidays.
fn odd(missing: &[NaiveDate]) -> Vec<NaiveDate> {
    let returns = |day: &NaiveDate| {
        let in_other_years = |alike: &dyn Fn(&NaiveDate) -> bool| {
            let others = missing.iter().filter(|other| other.year() != day.year());
            let years: BTreeSet<i32> = others.filter(|o| alike(o)).map(Datelike::year).collect();
            years.len() >= RETURNS
        };
        let date = |day: NaiveDate| (day.month(), day.day());
        let beside = [day.pred_opt(), Some(*day), day.succ_opt()].map(|day| day.map(date));
        let of_month = weekdays_of_month(*day);
        in_other_years(&|other| beside.contains(&Some(date(*other))))
            || in_other_years(&|other| weekdays_of_month(*other)[0] == of_month[0])
            || in_other_years(&|other| weekdays_of_month(*other)[1] == of_month[1])
            || is_easter(*day)
    };
    missing
        .iter()
        .copied()
        .filter(|day| !returns(day))
        .collect()
}

/// Month, weekday and its index in the month, counted from the start and (negative) from the end.
fn weekdays_of_month(day: NaiveDate) -> [(u32, u32, i32); 2] {
    let weekday = day.weekday().num_days_from_monday();
    let from_first = i32::try_from(day.day0() / 7).unwrap_or(0);
    let n_days = u32::from(day.num_days_in_month());
    let from_last = i32::try_from((n_days - day.day()) / 7).unwrap_or(0);
    [
        (day.month(), weekday, from_first),
        (day.month(), weekday, -1 - from_last),
    ]
}

/// Returns true on Good Friday and Easter Monday (algorithm of Meeus, Jones, Butcher).
fn is_easter(day: NaiveDate) -> bool {
    let year = day.year();
    let golden = year % 19;
    let (century, of_century) = (year / 100, year % 100);
    let skipped = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - skipped + 15) % 30;
    let shift = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * shift) / 451;
    let days = epact + shift - 7 * late + 114;
    let sunday = u32::try_from(days / 31)
        .ok()
        .zip(u32::try_from(days % 31 + 1).ok())
        .and_then(|(month, of_month)| NaiveDate::from_ymd_opt(year, month, of_month));
    let after = sunday.map(|sunday| (day - sunday).num_days());
    matches!(after, Some(-2 | 1))
}

pub(super) fn span(first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    format!("{} to {}", date(first), date(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for good_friday in [
            "1999-04-02",
            "2000-04-21",
            "2008-03-21",
            "2011-04-22",
            "2018-03-30",
        ] {
            assert!(is_easter(day(good_friday)), "{good_friday}");
            assert!(is_easter(day(good_friday) + Days::new(3)));
            assert!(!is_easter(day(good_friday) + Days::new(1)));
        }
    }
}
