//! Reader of ISO 8601 times.

use crate::market::instant::instant_ns;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// Expected content of a time cell, for error messages.
pub(super) const EXPECTED: &str = "a UTC time such as 2013-03-01T00:00:00Z or 2013-03-01";

/// Reader of ISO 8601 times. A time without an offset is UTC; a date means its first instant.
///
/// The last date is cached, because neighboring rows share it.
#[derive(Debug, Default)]
pub(super) struct TimestampReader {
    /// Last date and its first instant. Unit: nanoseconds since 1970.
    last: Option<([u8; DATE], i128)>,
}

/// Bytes of `2013-03-01`.
const DATE: usize = 10;

impl TimestampReader {
    /// Instant that `text` spells; `None` unless it is a time in the years 1 to 9999. Unit:
    /// nanoseconds since 1970.
    #[inline]
    pub(super) fn read(&mut self, text: &str) -> Option<i128> {
        self.plain(text)
            .or_else(|| any_spelling(text).and_then(in_range).map(instant_ns))
    }

    /// Reads `2013-03-01 00:00:00`, `2013-03-01T00:00:00` and `2013-03-01T00:00:00Z` only.
    fn plain(&mut self, text: &str) -> Option<i128> {
        let (date, time) = text.as_bytes().split_first_chunk::<DATE>()?;
        let time = match time {
            [b'T', time @ .., b'Z'] | [b' ' | b'T', time @ ..] if time.len() == 8 => time,
            _ => return None,
        };
        if time[2] != b':' || time[5] != b':' {
            return None;
        }
        let (hour, minute, second) = (
            two_digits(time[0], time[1])?,
            two_digits(time[3], time[4])?,
            two_digits(time[6], time[7])?,
        );
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let day_ns = match self.last {
            Some((same, day_ns)) if same == *date => day_ns,
            _ => {
                let day = NaiveDate::parse_from_str(text.get(..DATE)?, "%Y-%m-%d").ok()?;
                let day_ns = instant_ns(in_range(day.and_time(NaiveTime::MIN).and_utc())?);
                self.last = Some((*date, day_ns));
                day_ns
            }
        };
        let second = (hour * 60 + minute) * 60 + second;
        Some(day_ns + i128::from(u64::from(second) * 1_000_000_000))
    }
}

fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| Some(byte.wrapping_sub(b'0')).filter(|&digit| digit < 10);
    Some(u32::from(digit(tens)? * 10 + digit(ones)?))
}

fn any_spelling(text: &str) -> Option<DateTime<Utc>> {
    let without = |format| NaiveDateTime::parse_from_str(text, format).map(|time| time.and_utc());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d");
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .or_else(|_| without("%Y-%m-%dT%H:%M:%S%.f"))
        .or_else(|_| without("%Y-%m-%d %H:%M:%S%.f"))
        .or_else(|_| date().map(|day| day.and_time(NaiveTime::MIN).and_utc()))
        .ok()
}

/// Returns `time` if its year is 1 to 9999, so that its arithmetic cannot overflow.
pub(super) fn in_range(time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (1..=9999).contains(&time.year()).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_fast_path_reads_plain_spellings_only() {
        let mut reader = TimestampReader::default();
        for plain in [
            "2020-02-29 23:59:59",
            "2020-02-29T00:00:00",
            "2020-02-29T12:34:56Z",
        ] {
            assert!(reader.plain(plain).is_some(), "{plain}");
        }
        for other in [
            "2020-02-30 00:00:00",
            "2020-02-29 24:00:00",
            "2020-02-29 00:00:60",
            "2020-02-29 00:0:000",
            "2020-02-29 0a:00:00",
            "2020-02-29 00:00:00Z",
            "2020-02-29T00:00:00+01:00",
            "2020-02-29",
            "2020-02-2é 00:00:00",
            "",
        ] {
            assert_eq!(reader.plain(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn both_paths_agree(
            rows in prop::collection::vec(
                "20(19|20)-0[0-3]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9]Z?",
                1..20,
            )
        ) {
            let mut reader = TimestampReader::default();
            for text in rows {
                let expected = any_spelling(&text).map(instant_ns);
                if let Some(time) = reader.plain(&text) {
                    prop_assert_eq!(Some(time), expected);
                }
                prop_assert_eq!(reader.read(&text), expected);
            }
        }
    }
}
