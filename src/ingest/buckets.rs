//! Buckets of time into which rows are resampled.

use super::data_file::DataFile;
use super::error::IngestError;
use super::longer_bars::target_length;
use super::report::Stamps;
use super::session::{Anchor, Session};
use crate::market::instant::{instant_ns, length_ns, time};
use chrono::NaiveTime;
use std::ops::Range;

/// Seconds of a day, the only length that an anchor can have.
const DAY: u32 = 86_400;
const DAY_NS: i128 = 86_400_000_000_000;

/// Buckets of one length.
#[derive(Debug, Clone, Copy)]
pub(super) enum Buckets {
    /// `[k · length, (k + 1) · length)`, counted from 1970 in UTC.
    Grid { length_ns: i128 },
    /// Days between two anchors; 23 or 25 hours long where clocks change.
    Days(Anchor),
}

impl Buckets {
    /// Buckets that are `seconds` long. They are days that begin at the file's anchor; without an
    /// anchor, they are counted from 1970 in UTC.
    pub(super) fn of(file: &DataFile, seconds: u32) -> Result<Self, IngestError> {
        let length = target_length(file, seconds)?;
        match file.resample_anchor {
            None => Ok(Self::Grid {
                length_ns: length_ns(length),
            }),
            Some(anchor) if seconds == DAY => Ok(Self::Days(anchor)),
            Some(anchor) => {
                let found = format!("{} {} beside {seconds} s", anchor.time, anchor.zone);
                let expected = "an anchor of days; give `resample_seconds: 86400`, or leave it out";
                Err(file.refuse("resample_anchor", found, expected))
            }
        }
    }

    /// Buckets into which the rows are resampled, which then define the hours of the bars; `None`
    /// without resampling or if the rows are whole days.
    pub(super) fn of_days(file: &DataFile, rows: Stamps) -> Result<Option<Self>, IngestError> {
        match (file.resample_seconds, file.resample_anchor) {
            (Some(seconds), _) if rows == Stamps::Instants => Self::of(file, seconds).map(Some),
            (_, None) => Ok(None),
            (_, Some(anchor)) => {
                let found = format!("{} {}", anchor.time, anchor.zone);
                let expected = "none, because no days are made of shorter bars; leave it out, or \
                                give `resample_seconds: 86400` beside a file of shorter bars";
                Err(file.refuse("resample_anchor", found, expected))
            }
        }
    }

    /// Bucket that holds an instant. Unit: nanoseconds since 1970.
    pub(super) fn around(self, at_ns: i128) -> Range<i128> {
        match self {
            Self::Grid { length_ns } => {
                let start_ns = at_ns - at_ns.rem_euclid(length_ns);
                start_ns..start_ns + length_ns
            }
            Self::Days(anchor) => {
                let hours = anchor.session().hours(anchor.date_of(time(at_ns)));
                instant_ns(hours.start)..instant_ns(hours.end)
            }
        }
    }

    /// End that a panel gives to a bucket's bar: the end of the bucket, or for an anchored day the
    /// midnight in UTC after its date, as for daily files. Unit of both: nanoseconds since 1970.
    pub(super) fn label_ns(self, end_ns: i128) -> i128 {
        match self {
            Self::Grid { .. } => end_ns,
            Self::Days(anchor) => {
                let date = anchor.date_of(time(end_ns - 1));
                let midnight = date.succ_opt().unwrap_or(date).and_time(NaiveTime::MIN);
                instant_ns(midnight.and_utc())
            }
        }
    }

    /// Trading hours of a bucket as a daily bar; `None` unless the buckets are whole days.
    pub(super) fn session(self) -> Option<Session> {
        match self {
            Self::Grid { length_ns } if length_ns % DAY_NS == 0 => Some(Session::UTC_DAY),
            Self::Grid { .. } => None,
            Self::Days(anchor) => Some(anchor.session()),
        }
    }

    /// Kind of time stamp of the buckets' bars.
    pub(super) fn stamps(self) -> Stamps {
        match self {
            Self::Grid { length_ns } if length_ns % DAY_NS == 0 => Stamps::Midnights,
            Self::Grid { .. } => Stamps::Instants,
            Self::Days(_) => Stamps::Dates,
        }
    }
}
