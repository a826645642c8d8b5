//! Readers of the time formats of all layouts.

use crate::ingest::timestamp::TimestampReader;
use crate::market::instant::instant_ns;
use chrono::{NaiveDate, NaiveTime};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeForm {
    /// ISO 8601: a date, or a date and a time with or without an offset.
    Iso,
    /// A whole number since 1970, in one of these units; seconds may have decimals.
    Epoch(&'static [EpochUnit]),
    /// ISO 8601, or [`TimeForm::Epoch`] nanoseconds.
    IsoOrNanoseconds,
    /// `2012.02.01`, with the time of day in a separate cell.
    Dotted,
    /// `20120201`, with the time of day in a separate cell.
    Compact,
    /// `20120201 000000`, optionally followed by three digits of milliseconds.
    Glued,
    /// `31.01.2017 22:00:00.000`, optionally followed by ` GMT+0200`.
    DayFirst,
    /// `2/7/1986`, month first, optionally with a time such as `9:30` or `9:30 AM`; or ISO 8601.
    MonthFirst,
    /// `MonthFirst` without ISO 8601.
    Slashed,
    /// `2019-10-17 09-AM`, on a 12-hour clock; or ISO 8601.
    TwelveHour,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EpochUnit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// A parsed time, and the zone information in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spelled {
    /// Time in UTC if `zone` is `Stated`, otherwise as written in the text. Unit: nanoseconds since
    /// 1970.
    pub(super) ns: i128,
    pub(super) zone: SpelledZone,
    /// Unit of an epoch time; `None` for other formats.
    pub(super) unit: Option<EpochUnit>,
}

/// Zone information in the text of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpelledZone {
    /// An offset, or an epoch time in UTC.
    Stated,
    /// None; the text is a local time.
    Local,
    /// None; the text is a date, which names a session.
    Date,
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

impl TimeForm {
    /// Returns true if the month may stand before the day.
    pub(super) const fn is_month_first(self) -> bool {
        matches!(self, Self::MonthFirst | Self::Slashed)
    }

    /// Expected content of a cell, for error messages.
    pub(super) const fn expected(self) -> &'static str {
        match self {
            Self::Iso => {
                "a time such as 2013-03-01, 2013-03-01 09:30:00 or 2013-03-01T09:30:00-05:00"
            }
            Self::Epoch([EpochUnit::Seconds]) => "whole seconds since 1970 such as 1609160400",
            Self::Epoch([EpochUnit::Milliseconds]) => {
                "milliseconds since 1970, 13 digits, such as 1609160400000"
            }
            Self::Epoch([EpochUnit::Microseconds]) => {
                "microseconds since 1970, 16 digits, such as 1609160400000000"
            }
            Self::Epoch([EpochUnit::Seconds, ..]) => {
                "seconds or milliseconds since 1970, 10 or 13 digits"
            }
            Self::Epoch(_) => "milliseconds or microseconds since 1970, 13 or 16 digits",
            Self::IsoOrNanoseconds => {
                "nanoseconds since 1970 such as 1609160400000000000, or \
                 2020-12-28T13:00:00.000000000Z"
            }
            Self::Dotted => "a date such as 2012.02.01",
            Self::Compact => "a date such as 20120201",
            Self::Glued => "a time such as 20120201 170000 or 20120201 170000065",
            Self::DayFirst => "a time such as 31.01.2017 22:00:00.000, the day first",
            Self::MonthFirst => "a date such as 12/31/1986, the month first, or 1986-12-31",
            Self::Slashed => "a time such as 12/31/1986 or 12/31/1986 9:30, the month first",
            Self::TwelveHour => {
                "a time such as 2019-10-17 09-AM, 2019-10-17 or 2019-10-17 09:00:00"
            }
        }
    }
}

#[derive(Debug)]
pub(super) struct Clock {
    form: TimeForm,
    iso: TimestampReader,
}

impl Clock {
    pub(super) fn new(form: TimeForm) -> Self {
        Self {
            form,
            iso: TimestampReader::default(),
        }
    }

    /// Parses `text`, with `day_time` if the time of day has a separate cell; `None` unless they
    /// are a time in the years 1 to 9999.
    pub(super) fn read(&mut self, text: &str, day_time: Option<&str>) -> Option<Spelled> {
        let spelled = match self.form {
            TimeForm::Iso => self.iso(text, day_time),
            TimeForm::Epoch(units) => epoch(text, units),
            TimeForm::IsoOrNanoseconds => {
                epoch(text, &[EpochUnit::Nanoseconds]).or_else(|| self.iso(text, None))
            }
            TimeForm::Dotted => on_day(dotted(text)?, day_time),
            TimeForm::Compact => on_day(compact(text)?, day_time),
            TimeForm::Glued => {
                let (date, time) = text.split_once(' ')?;
                on_day(compact(date)?, Some(time))
            }
            TimeForm::DayFirst => day_first(text),
            TimeForm::MonthFirst => {
                month_first(text, day_time).or_else(|| self.iso(text, day_time))
            }
            TimeForm::Slashed => month_first(text, day_time),
            TimeForm::TwelveHour => twelve_hour(text).or_else(|| self.iso(text, None)),
        }?;
        let years = -62_135_596_800 * SECOND..253_402_300_800 * SECOND;
        years.contains(&spelled.ns).then_some(spelled)
    }

    fn iso(&mut self, text: &str, day_time: Option<&str>) -> Option<Spelled> {
        let text = text.trim();
        let ns = self.iso.read(text)?;
        let zone = match text.as_bytes().get(10..) {
            None | Some([]) => return on_day(ns, day_time),
            Some(rest) if rest.iter().any(|byte| b"Zz+-".contains(byte)) => SpelledZone::Stated,
            Some(_) => SpelledZone::Local,
        };
        day_time.is_none().then_some(Spelled::new(ns, zone))
    }
}

impl Spelled {
    const fn new(ns: i128, zone: SpelledZone) -> Self {
        let unit = None;
        Self { ns, zone, unit }
    }
}

fn local(ns: i128) -> Spelled {
    Spelled::new(ns, SpelledZone::Local)
}

/// Parses an optional time of day and adds it to a day.
fn on_day(day_ns: i128, day_time: Option<&str>) -> Option<Spelled> {
    match day_time {
        None => Some(Spelled::new(day_ns, SpelledZone::Date)),
        Some(time) => Some(local(day_ns + time_of_day(time)?)),
    }
}

fn epoch(text: &str, units: &[EpochUnit]) -> Option<Spelled> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: i128 = whole.parse::<i64>().ok()?.into();
    let (unit, unit_ns) = match count {
        0..100_000_000_000 => (EpochUnit::Seconds, SECOND),
        100_000_000_000..100_000_000_000_000 => (EpochUnit::Milliseconds, 1_000_000),
        100_000_000_000_000..100_000_000_000_000_000 => (EpochUnit::Microseconds, 1000),
        _ => (EpochUnit::Nanoseconds, 1),
    };
    if !units.contains(&unit) || !(decimals.is_empty() || unit == EpochUnit::Seconds) {
        return None;
    }
    Some(Spelled {
        ns: count * unit_ns + fraction(decimals)?,
        zone: SpelledZone::Stated,
        unit: Some(unit),
    })
}

/// Fraction of a second with these decimals. Unit: nanoseconds.
fn fraction(decimals: &str) -> Option<i128> {
    if decimals.is_empty() {
        return Some(0);
    }
    let n = u32::try_from(decimals.len()).ok()?;
    let missing = 9_u32.checked_sub(n)?;
    Some(i128::from(digits(decimals)?) * i128::from(10_u32.pow(missing)))
}

/// Parses one to nine digits.
fn digits(text: &str) -> Option<u32> {
    let fits = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

/// First instant of a day. Unit: nanoseconds since 1970.
fn day(year: u32, month: u32, day: u32) -> Option<i128> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(instant_ns(date.and_time(NaiveTime::MIN).and_utc()))
}

/// Splits a date into its three parts.
fn three(date: &str, separator: char) -> Option<[&str; 3]> {
    let parts: Vec<&str> = date.splitn(4, separator).collect();
    parts.try_into().ok()
}

/// First instant of a day; `None` unless its year has four digits.
fn spelled_day(year: &str, month: &str, of_month: &str) -> Option<i128> {
    if year.len() != 4 {
        return None;
    }
    day(digits(year)?, digits(month)?, digits(of_month)?)
}

fn dotted(text: &str) -> Option<i128> {
    let [year, month, of_month] = three(text, '.')?;
    spelled_day(year, month, of_month)
}

fn compact(text: &str) -> Option<i128> {
    if text.len() != 8 {
        return None;
    }
    let number = digits(text)?;
    day(number / 10_000, number / 100 % 100, number % 100)
}

fn month_first(text: &str, day_time: Option<&str>) -> Option<Spelled> {
    let (date, time) = match text.split_once(' ') {
        Some((date, time)) if day_time.is_none() => (date, Some(time)),
        Some(_) => return None,
        None => (text, day_time),
    };
    let [month, of_month, year] = three(date, '/')?;
    let day_ns = spelled_day(year, month, of_month)?;
    match time {
        None => on_day(day_ns, None),
        Some(time) => Some(local(day_ns + time_of_half_day(time)?)),
    }
}

/// Parses a time of day with an optional AM or PM: `9:30`, `9:30 AM`, `12:00:00 pm`.
fn time_of_half_day(text: &str) -> Option<i128> {
    let half = |ending: &str| {
        let at = text.len().checked_sub(ending.len())?;
        let ends = text.get(at..)?.eq_ignore_ascii_case(ending);
        ends.then(|| text[..at].trim_ascii_end())
    };
    let (clock, noon) = match (half("AM"), half("PM")) {
        (Some(clock), _) => (clock, 0),
        (None, Some(clock)) => (clock, DAY / 2),
        (None, None) => return time_of_day(text),
    };
    let ns = time_of_day(clock)?;
    let hours = SECOND * 3600..13 * SECOND * 3600;
    hours.contains(&ns).then(|| ns % (DAY / 2) + noon)
}

/// Returns true if a month-first date cannot be read as day first.
pub(super) fn is_surely_month_first(text: &str) -> bool {
    let second = text.split('/').nth(1);
    second.is_none_or(|of_month| digits(of_month).is_some_and(|of_month| of_month > 12))
}

/// Parses `09:30`, `09:30:00`, `09:30:00.250`, `093000`, `093000250`, `9:30`.
fn time_of_day(text: &str) -> Option<i128> {
    let (text, decimals) = text.split_once('.').unwrap_or((text, ""));
    let (hour, minute, second, milli) = if text.contains(':') {
        let mut parts = text.split(':');
        let (hour, minute) = (parts.next()?, parts.next()?);
        let second = parts.next().unwrap_or("0");
        if parts.next().is_some() {
            return None;
        }
        (digits(hour)?, digits(minute)?, digits(second)?, 0)
    } else {
        let number = digits(text)?;
        let (number, milli) = match text.len() {
            6 => (number, 0),
            9 => (number / 1000, number % 1000),
            _ => return None,
        };
        (number / 10_000, number / 100 % 100, number % 100, milli)
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i128::from((hour * 60 + minute) * 60 + second);
    Some(seconds * SECOND + i128::from(milli) * 1_000_000 + fraction(decimals)?)
}

fn day_first(text: &str) -> Option<Spelled> {
    let mut words = text.split(' ');
    let (date, time) = (words.next()?, words.next()?);
    let [of_month, month, year] = three(date, '.')?;
    let ns = spelled_day(year, month, of_month)? + time_of_day(time)?;
    let Some(zone) = words.next() else {
        return Some(local(ns));
    };
    if words.next().is_some() {
        return None;
    }
    let offset = zone.strip_prefix("GMT")?;
    let (sign, offset) = match offset.strip_prefix('-') {
        Some(west) => (-1, west),
        None => (1, offset.strip_prefix('+')?),
    };
    let clock = digits(offset).filter(|_| offset.len() == 4)?;
    let minutes = i128::from(clock / 100 * 60 + clock % 100);
    let ns = ns - sign * minutes * 60 * SECOND;
    Some(Spelled::new(ns, SpelledZone::Stated))
}

/// Parses a date and an hour; 12-AM is midnight, 12-PM is noon.
fn twelve_hour(text: &str) -> Option<Spelled> {
    let (date, clock) = text.split_once(' ')?;
    let (hour, half) = clock.split_once('-')?;
    let [year, month, of_month] = three(date, '-')?;
    let hour = digits(hour).filter(|hour| (1..=12).contains(hour))?;
    let noon = match half {
        "AM" => 0,
        "PM" => DAY / 2,
        _ => return None,
    };
    let day_ns = spelled_day(year, month, of_month)?;
    Some(local(day_ns + noon + i128::from(hour % 12) * 3600 * SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: TimeForm, text: &str, day_time: Option<&str>) -> Option<(String, SpelledZone)> {
        let spelled = Clock::new(form).read(text, day_time)?;
        Some((
            crate::market::instant::time(spelled.ns)
                .format("%Y-%m-%dT%H:%M:%S%.f")
                .to_string(),
            spelled.zone,
        ))
    }

    use SpelledZone::{Date, Local, Stated};
    use TimeForm as F;

    const MIXED: F = F::Epoch(&[EpochUnit::Milliseconds, EpochUnit::Microseconds]);
    const SECONDS: F = F::Epoch(&[EpochUnit::Seconds]);

    /// `(format, text, time of day, expected time, expected zone information)`.
    const SPELLINGS: &[(F, &str, Option<&str>, &str, SpelledZone)] = &[
        (F::Iso, "2024-02-29", None, "2024-02-29T00:00:00", Date),
        (
            F::Iso,
            "2024-02-29 09:30:00-05:00",
            None,
            "2024-02-29T14:30:00",
            Stated,
        ),
        (
            F::Iso,
            "2024-02-29 09:30:00",
            None,
            "2024-02-29T09:30:00",
            Local,
        ),
        (
            F::Iso,
            "2024-02-29",
            Some("15:35:00"),
            "2024-02-29T15:35:00",
            Local,
        ),
        (MIXED, "1735689600000", None, "2025-01-01T00:00:00", Stated),
        (
            MIXED,
            "1735689600000001",
            None,
            "2025-01-01T00:00:00.000001",
            Stated,
        ),
        (
            SECONDS,
            "1735689600.5",
            None,
            "2025-01-01T00:00:00.500",
            Stated,
        ),
        (
            F::IsoOrNanoseconds,
            "1735689600000000007",
            None,
            "2025-01-01T00:00:00.000000007",
            Stated,
        ),
        (
            F::Dotted,
            "2012.02.01",
            Some("00:05"),
            "2012-02-01T00:05:00",
            Local,
        ),
        (F::Dotted, "2012.02.01", None, "2012-02-01T00:00:00", Date),
        (
            F::Compact,
            "20120201",
            Some("173000"),
            "2012-02-01T17:30:00",
            Local,
        ),
        (
            F::Glued,
            "20120201 170500",
            None,
            "2012-02-01T17:05:00",
            Local,
        ),
        (
            F::Glued,
            "20120201 170500065",
            None,
            "2012-02-01T17:05:00.065",
            Local,
        ),
        (
            F::DayFirst,
            "02.01.2017 03:04:05.006",
            None,
            "2017-01-02T03:04:05.006",
            Local,
        ),
        (
            F::DayFirst,
            "02.01.2017 03:04:05.000 GMT+0230",
            None,
            "2017-01-02T00:34:05",
            Stated,
        ),
        (
            F::DayFirst,
            "02.01.2017 03:04:05.000 GMT-0500",
            None,
            "2017-01-02T08:04:05",
            Stated,
        ),
        (F::MonthFirst, "2/7/1986", None, "1986-02-07T00:00:00", Date),
        (
            F::MonthFirst,
            "1986-02-07",
            None,
            "1986-02-07T00:00:00",
            Date,
        ),
        (F::Slashed, "12/31/1986", None, "1986-12-31T00:00:00", Date),
        (
            F::Slashed,
            "11/5/2019 9:30",
            None,
            "2019-11-05T09:30:00",
            Local,
        ),
        (
            F::Slashed,
            "11/5/2019",
            Some("12:05:00 pm"),
            "2019-11-05T12:05:00",
            Local,
        ),
        (
            F::Slashed,
            "11/5/2019 12:05 AM",
            None,
            "2019-11-05T00:05:00",
            Local,
        ),
        (
            F::TwelveHour,
            "2019-10-17 12-AM",
            None,
            "2019-10-17T00:00:00",
            Local,
        ),
        (
            F::TwelveHour,
            "2019-10-17 01-AM",
            None,
            "2019-10-17T01:00:00",
            Local,
        ),
        (
            F::TwelveHour,
            "2019-10-17 12-PM",
            None,
            "2019-10-17T12:00:00",
            Local,
        ),
        (
            F::TwelveHour,
            "2019-10-17 11-PM",
            None,
            "2019-10-17T23:00:00",
            Local,
        ),
        (
            F::TwelveHour,
            "2019-10-17",
            None,
            "2019-10-17T00:00:00",
            Date,
        ),
    ];

    #[test]
    fn each_form_reads_its_spelling() {
        for &(form, text, day_time, utc, zone) in SPELLINGS {
            let found = read(form, text, day_time);
            assert_eq!(found, Some((utc.to_owned(), zone)), "{form:?} {text}");
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        const MS: F = F::Epoch(&[EpochUnit::Milliseconds]);
        for (form, text, day_time) in [
            (F::Iso, "2024-02-30", None),
            (F::Iso, "2024-02-29 09:30:00", Some("09:30:00")),
            (MS, "1735689600", None),
            (MS, "1735689600000000", None),
            (MS, "1735689600000.5", None),
            (MS, "1.7356896E+12", None),
            (MS, "-1735689600000", None),
            (
                F::Epoch(&[EpochUnit::Nanoseconds]),
                "99999999999999999999",
                None,
            ),
            (F::Dotted, "2012.02.01", Some("24:00")),
            (F::Dotted, "2012.02.01.1", None),
            (F::Dotted, "12.02.01", None),
            (F::Compact, "20121301", Some("000000")),
            (F::Compact, "20120201", Some("0000")),
            (F::Glued, "20120201", None),
            (F::Glued, "20120201 17050006", None),
            (F::DayFirst, "01.13.2017 00:00:00.000", None),
            (F::DayFirst, "01.12.2017 00:00:00.000 EET", None),
            (F::DayFirst, "01.12.2017", None),
            (F::MonthFirst, "13/2/1986", None),
            (F::Slashed, "13/2/1986", None),
            (F::Slashed, "2/13/86", None),
            (F::Slashed, "1986-02-13", None),
            (F::Slashed, "2/13/1986 13:00 PM", None),
            (F::Slashed, "2/13/1986 0:30 AM", None),
            (F::Slashed, "2/13/1986 9:30", Some("9:30")),
            (F::TwelveHour, "2019-10-17 13-PM", None),
            (F::TwelveHour, "2019-10-17 00-AM", None),
            (F::TwelveHour, "2019-10-17 09-XM", None),
        ] {
            assert_eq!(
                read(form, text, day_time),
                None,
                "{form:?} {text} {day_time:?}"
            );
        }
    }
}
