//! The clock of times that do not state their zone.

use super::Layout;
use super::shape::Zone;
use crate::ingest::{DataFile, IngestError};
use chrono::offset::LocalResult;
use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;
use std::fmt::Write as _;

const MINUTE: i128 = 60_000_000_000;
const SECOND: i128 = 1_000_000_000;

/// What a clock on the wall is set to.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalClock {
    /// How far it is ahead of UTC, or of the clock of the zone. Unit: minutes.
    ahead_minutes: i32,
    zone: Option<Tz>,
}

/// Why a time on such a clock is no instant: what the zone does with it.
pub(super) struct ClockChange(pub(super) &'static str);

impl LocalClock {
    /// The clock of a file, as its layout defines it or as it is given; `None` where neither is so.
    pub(super) fn of(
        file: &DataFile,
        layout: Layout,
        zone: Zone,
    ) -> Result<Option<Self>, IngestError> {
        let fixed = |ahead_minutes| Self {
            ahead_minutes,
            zone: None,
        };
        match zone {
            Zone::Utc => refuse_other(file, layout, 0).map(|()| Some(fixed(0))),
            Zone::Fixed(minutes) => {
                refuse_other(file, layout, minutes).map(|()| Some(fixed(minutes)))
            }
            Zone::Open => given(file),
        }
    }

    /// The instant of a time on this clock. Unit: nanoseconds since 1970, of the clock and of UTC.
    pub(super) fn utc_ns(self, local_ns: i128) -> Result<i128, ClockChange> {
        let local_ns = local_ns - i128::from(self.ahead_minutes) * MINUTE;
        let Some(zone) = self.zone else {
            return Ok(local_ns);
        };
        let (seconds, rest_ns) = (local_ns.div_euclid(SECOND), local_ns.rem_euclid(SECOND));
        let local = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .ok_or(ClockChange("does not reach"))?
            .naive_utc();
        match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) => Ok(i128::from(instant.timestamp()) * SECOND + rest_ns),
            LocalResult::Ambiguous(..) => Err(ClockChange(
                "has twice, before and after its clocks are set back",
            )),
            LocalResult::None => Err(ClockChange("skips as its clocks are set forward")),
        }
    }

    /// How people write it; nothing where it is UTC.
    pub(super) fn name(self) -> Option<String> {
        let mut name = match self.zone {
            Some(zone) => zone.name().to_owned(),
            None if self.ahead_minutes == 0 => return None,
            None => "UTC".to_owned(),
        };
        if self.ahead_minutes != 0 {
            let sign = if self.ahead_minutes < 0 { '-' } else { '+' };
            let minutes = self.ahead_minutes.unsigned_abs();
            // Writing to a string cannot fail.
            let _ = write!(name, "{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        }
        if self.zone.is_none() {
            name.push_str(" all year round");
        }
        Some(name)
    }
}

fn given(file: &DataFile) -> Result<Option<LocalClock>, IngestError> {
    let path = || file.path.clone();
    if let Some(found) = file
        .utc_offset_minutes
        .filter(|minutes| !(-1439..=1439).contains(minutes))
    {
        return Err(IngestError::UtcOffset {
            path: path(),
            found,
        });
    }
    let parse = |name: &String| {
        name.parse::<Tz>().map_err(|_| IngestError::TimeZone {
            path: path(),
            found: name.clone(),
        })
    };
    let zone = file.time_zone.as_ref().map(parse).transpose()?;
    if zone.is_none() && file.utc_offset_minutes.is_none() {
        return Ok(None);
    }
    Ok(Some(LocalClock {
        ahead_minutes: file.utc_offset_minutes.unwrap_or(0),
        zone,
    }))
}

/// Refuses what is given where the layout defines another zone, which is so many minutes ahead of
/// UTC.
pub(in crate::ingest) fn refuse_other(
    file: &DataFile,
    layout: Layout,
    expected: i32,
) -> Result<(), IngestError> {
    let path = || file.path.clone();
    if let Some(found) = &file.time_zone {
        return Err(IngestError::TimeZoneDefined {
            path: path(),
            layout,
            found: found.clone(),
        });
    }
    match file.utc_offset_minutes {
        Some(found) if found != expected => Err(IngestError::ZoneDefined {
            path: path(),
            layout,
            found,
            expected,
        }),
        _ => Ok(()),
    }
}
