//! Trading hours of daily bars: times of day on the clock of a time zone.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

/// Trading hours of a market, from which the true open and close of a daily bar follow.
///
/// A close at or before the open lies on the following day. As text: `09:30-16:00
/// America/New_York`.
///
/// ```
/// use shockproof::ingest::Session;
///
/// let session: Session = "09:30-16:00 America/New_York".parse()?;
/// let hours = session.hours("2024-07-01".parse()?);
/// assert_eq!(hours.end.to_rfc3339(), "2024-07-01T20:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Session {
    /// Time of day at which the bar opens. Range: 00:00 to 23:59.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub open: TimeOfDay,
    /// Time of day at which the bar closes. Range: 00:00 to 24:00.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub close: TimeOfDay,
    /// IANA name of the clock's zone, such as `America/New_York`; its daylight saving is applied.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub zone: Zone,
    /// Day that the date of a bar names if the hours span two days. Default: `Open`.
    #[serde(default, skip_serializing_if = "SessionDate::is_open")]
    pub date: SessionDate,
}

/// Day that the date of an overnight bar names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum SessionDate {
    /// The day on which the bar opens.
    #[default]
    Open,
    /// The day on which the bar closes, as in futures and in currency days that end at 17:00 in New
    /// York.
    Close,
}

/// Time of day at which resampled days begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Anchor {
    /// Time of day, such as `17:00`. Range: 00:00 to 23:59.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub time: TimeOfDay,
    /// IANA name of the clock's zone, such as `America/New_York`; its daylight saving is applied.
    #[cfg_attr(feature = "cli", schemars(with = "String"))]
    pub zone: Zone,
}

/// Time of day in whole minutes, written `HH:MM`. Range: 00:00 to 24:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    minutes: u16,
}

/// Time zone of the IANA database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(Tz);

/// A text that is not a time of day, a zone, a session or an anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// A time of day outside 00:00 to 24:00, or in another form.
    #[error("time of day: found {found:?}, expected HH:MM from 00:00 to 24:00, such as 09:30")]
    Time {
        /// Rejected text.
        found: String,
    },
    /// An unknown zone.
    #[error(
        "zone: found {found:?}, expected a name of the IANA database such as America/New_York or \
         UTC"
    )]
    Zone {
        /// Rejected text.
        found: String,
    },
    /// Hours or an anchor in another form.
    #[error("found {found:?}, expected {expected:?}, times of day on the clock of a zone")]
    Form {
        /// Rejected text.
        found: String,
        /// Example of the form.
        expected: &'static str,
    },
}

impl Session {
    /// The day of UTC, which crypto exchanges use.
    pub const UTC_DAY: Self = Self {
        open: TimeOfDay::MIDNIGHT,
        close: TimeOfDay::END,
        zone: Zone(Tz::UTC),
        date: SessionDate::Open,
    };

    /// Regular trading hours of American stocks.
    pub const AMERICAN_STOCKS: Self = Self {
        open: TimeOfDay { minutes: 570 },
        close: TimeOfDay { minutes: 960 },
        zone: Zone(Tz::America__New_York),
        date: SessionDate::Open,
    };

    /// Open and close of the bar of `date`.
    #[must_use]
    pub fn hours(self, date: NaiveDate) -> Range<DateTime<Utc>> {
        self.hours_of(date..=date)
    }

    /// Open on the first and close on the last of the dates that a bar of one or more days covers.
    pub(super) fn hours_of(self, dates: RangeInclusive<NaiveDate>) -> Range<DateTime<Utc>> {
        let (first, last) = dates.into_inner();
        let (open_day, close_day) = match (self.close > self.open, self.date) {
            (true, _) => (first, last),
            (false, SessionDate::Open) => (first, last.succ_opt().unwrap_or(last)),
            (false, SessionDate::Close) => (first.pred_opt().unwrap_or(first), last),
        };
        self.zone.instant(open_day, self.open)..self.zone.instant(close_day, self.close)
    }
}

impl Anchor {
    /// Hours of the resampled days, each named by the date of its last instant.
    pub(super) fn session(self) -> Session {
        let is_midnight = self.time == TimeOfDay::MIDNIGHT;
        Session {
            open: self.time,
            close: if is_midnight {
                TimeOfDay::END
            } else {
                self.time
            },
            zone: self.zone,
            date: if is_midnight {
                SessionDate::Open
            } else {
                SessionDate::Close
            },
        }
    }

    /// Date of the resampled day that holds an instant.
    pub(super) fn date_of(self, at: DateTime<Utc>) -> NaiveDate {
        let session = self.session();
        let mut date = at.with_timezone(&self.zone.0).date_naive();
        // A clock change moves a boundary by hours, so the day is a neighbor at most.
        while session.hours(date).end <= at {
            let Some(next) = date.succ_opt() else { break };
            date = next;
        }
        while session.hours(date).start > at {
            let Some(previous) = date.pred_opt() else {
                break;
            };
            date = previous;
        }
        date
    }
}

impl Zone {
    /// Instant at which the clock of the zone shows a time: the first one if the clock shows it
    /// twice. A skipped time is moved to the next one that exists, in steps of 15 minutes.
    fn instant(self, date: NaiveDate, time: TimeOfDay) -> DateTime<Utc> {
        let local = date.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(time.minutes));
        // Some islands skipped a whole day.
        (0..=100)
            .map(|n| local + TimeDelta::minutes(15 * n))
            .find_map(|local| self.0.from_local_datetime(&local).earliest())
            .map_or_else(|| local.and_utc(), |time| time.to_utc())
    }
}

impl SessionDate {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_open(&self) -> bool {
        *self == Self::Open
    }
}

impl TimeOfDay {
    const MIDNIGHT: Self = Self { minutes: 0 };
    const END: Self = Self { minutes: 1440 };
}

impl FromStr for TimeOfDay {
    type Err = SessionError;

    fn from_str(text: &str) -> Result<Self, SessionError> {
        let two_digits = |digits: &str| {
            let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse::<u16>().ok()).flatten()
        };
        let minutes = text.split_once(':').and_then(|(hour, minute)| {
            let minute = two_digits(minute).filter(|minute| *minute < 60)?;
            Some(two_digits(hour)? * 60 + minute)
        });
        match minutes.filter(|minutes| *minutes <= 1440) {
            Some(minutes) => Ok(Self { minutes }),
            None => Err(SessionError::Time {
                found: text.to_owned(),
            }),
        }
    }
}

impl FromStr for Zone {
    type Err = SessionError;

    fn from_str(text: &str) -> Result<Self, SessionError> {
        text.parse().map(Self).map_err(|_| SessionError::Zone {
            found: text.to_owned(),
        })
    }
}

impl FromStr for Session {
    type Err = SessionError;

    /// Reads `09:30-16:00 America/New_York`.
    fn from_str(text: &str) -> Result<Self, SessionError> {
        let split = || {
            let (hours, zone) = text.split_once(' ')?;
            let (open, close) = hours.split_once('-')?;
            Some((open, close, zone))
        };
        let (open, close, zone) = split().ok_or_else(|| SessionError::Form {
            found: text.to_owned(),
            expected: "09:30-16:00 America/New_York",
        })?;
        Ok(Self {
            open: open.parse()?,
            close: close.parse()?,
            zone: zone.parse()?,
            date: SessionDate::Open,
        })
    }
}

impl FromStr for Anchor {
    type Err = SessionError;

    /// Reads `17:00 America/New_York`.
    fn from_str(text: &str) -> Result<Self, SessionError> {
        let (time, zone) = text.split_once(' ').ok_or_else(|| SessionError::Form {
            found: text.to_owned(),
            expected: "17:00 America/New_York",
        })?;
        Ok(Self {
            time: time.parse()?,
            zone: zone.parse()?,
        })
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {} {}", self.open, self.close, self.zone)?;
        match self.date {
            SessionDate::Open => Ok(()),
            SessionDate::Close => f.write_str(", named by its close"),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

/// Conversions through text, for files.
macro_rules! text {
    ($($name:ident)+) => {
        $(
            impl TryFrom<String> for $name {
                type Error = SessionError;

                fn try_from(text: String) -> Result<Self, SessionError> {
                    text.parse()
                }
            }

            impl From<$name> for String {
                fn from(value: $name) -> Self {
                    value.to_string()
                }
            }
        )+
    };
}
text! { TimeOfDay Zone }

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn session(text: &str) -> Session {
        text.parse().unwrap()
    }

    fn hours(session: Session, date: &str) -> [String; 2] {
        let hours = session.hours(date.parse().unwrap());
        [hours.start, hours.end].map(|time| time.format("%m-%d %H:%M").to_string())
    }

    #[test]
    fn hours_follow_the_clock_of_the_zone() {
        let stocks = session("09:30-16:00 America/New_York");
        assert_eq!(stocks, Session::AMERICAN_STOCKS);
        assert_eq!(hours(stocks, "2024-01-02"), ["01-02 14:30", "01-02 21:00"]);
        // In summer the clock is an hour ahead.
        assert_eq!(hours(stocks, "2024-07-02"), ["07-02 13:30", "07-02 20:00"]);
        let tokyo = session("09:00-15:00 Asia/Tokyo");
        assert_eq!(hours(tokyo, "2024-01-02"), ["01-02 00:00", "01-02 06:00"]);
        assert_eq!(
            hours(Session::UTC_DAY, "2024-02-29"),
            ["02-29 00:00", "03-01 00:00"]
        );
    }

    #[test]
    fn an_overnight_bar_is_named_by_its_open_or_its_close() {
        let by_open = session("17:00-17:00 America/New_York");
        assert_eq!(hours(by_open, "2024-01-02"), ["01-02 22:00", "01-03 22:00"]);
        let by_close = Session {
            date: SessionDate::Close,
            ..by_open
        };
        assert_eq!(
            hours(by_close, "2024-01-02"),
            ["01-01 22:00", "01-02 22:00"]
        );
        // The day on which clocks are set forward has 23 hours.
        assert_eq!(
            hours(by_close, "2024-03-10"),
            ["03-09 22:00", "03-10 21:00"]
        );
    }

    #[test]
    fn a_skipped_midnight_is_the_first_instant_of_the_day() {
        // Clocks in Beirut were set forward at midnight.
        let day = session("00:00-24:00 Asia/Beirut");
        assert_eq!(hours(day, "2022-03-26"), ["03-25 22:00", "03-26 22:00"]);
        assert_eq!(hours(day, "2022-03-27"), ["03-26 22:00", "03-27 21:00"]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["9:30", "24:01", "12:60", "12", "aa:bb", "+9:30", ""] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        for (text, part) in [
            ("09:30-16:00", "09:30-16:00 America/New_York"),
            ("09:30 UTC", "09:30-16:00 America/New_York"),
            ("09:30-16:00 Atlantis", "IANA"),
            ("09:30-25:00 UTC", "24:00"),
        ] {
            let error = text.parse::<Session>().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!("17:00".parse::<Anchor>().is_err());
    }

    proptest! {
        /// Resampled days follow one another without a gap, and each holds the instants between.
        #[test]
        fn anchored_days_tile_time(
            seconds in 0_i64..4_000_000_000,
            minutes in 0_u16..1440,
            zone in prop::sample::select(&["UTC", "America/New_York", "Asia/Beirut",
                "Australia/Lord_Howe", "Pacific/Apia"][..]),
        ) {
            let anchor = Anchor { time: TimeOfDay { minutes }, zone: zone.parse().unwrap() };
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let date = anchor.date_of(at);
            let day = anchor.session().hours(date);
            let next = anchor.session().hours(date.succ_opt().unwrap());
            prop_assert!(day.start <= at && at < day.end, "{at} in {day:?}");
            prop_assert_eq!(day.end, next.start);
        }
    }
}
