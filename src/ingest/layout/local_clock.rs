//! Conversion of local times to UTC.

use super::shape::Zone;
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::file_layout::FileLayout;
use chrono::offset::LocalResult;
use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;
use std::fmt::Write as _;

const MINUTE: i128 = 60_000_000_000;
const SECOND: i128 = 1_000_000_000;

/// A local clock: an offset from UTC or from a time zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct LocalClock {
    /// Offset from UTC, or from `zone` if given. Unit: minutes.
    ahead_minutes: i32,
    zone: Option<Tz>,
}

impl LocalClock {
    /// Clock that the layout defines or that the user gives; `None` if neither does.
    pub(super) fn of(
        file: &DataFile,
        layout: FileLayout,
        zone: Zone,
    ) -> Result<Option<Self>, IngestError> {
        match zone {
            Zone::Fixed(ahead_minutes) => {
                refuse_other_zone(file, layout, ahead_minutes)?;
                Ok(Some(Self {
                    ahead_minutes,
                    zone: None,
                }))
            }
            Zone::Open => given(file),
        }
    }

    /// Converts a local time to UTC. Unit of both: nanoseconds since 1970. The error says that the
    /// zone skips, repeats or does not reach the time.
    pub(super) fn utc_ns(self, local_ns: i128) -> Result<i128, &'static str> {
        let local_ns = local_ns - i128::from(self.ahead_minutes) * MINUTE;
        let Some(zone) = self.zone else {
            return Ok(local_ns);
        };
        let (seconds, rest_ns) = (local_ns.div_euclid(SECOND), local_ns.rem_euclid(SECOND));
        let local = i64::try_from(seconds)
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
            .ok_or("does not reach")?
            .naive_utc();
        match zone.from_local_datetime(&local) {
            LocalResult::Single(instant) => Ok(i128::from(instant.timestamp()) * SECOND + rest_ns),
            LocalResult::Ambiguous(..) => {
                Err("has twice, before and after its clocks are set back")
            }
            LocalResult::None => Err("skips as its clocks are set forward"),
        }
    }

    /// Name of the zone; `None` for UTC.
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

/// Clock that the user gives; `None` if neither offset nor zone is given.
fn given(file: &DataFile) -> Result<Option<LocalClock>, IngestError> {
    let ahead_minutes = file.utc_offset_minutes;
    if let Some(found) = ahead_minutes.filter(|minutes| !(-1439..=1439).contains(minutes)) {
        return Err(file.refuse("utc_offset_minutes", found.to_string(), "-1439 to 1439"));
    }
    let parse = |name: &String| {
        name.parse::<Tz>().map_err(|_| {
            let expected = "a name of the IANA database such as Europe/Athens or \
                            America/New_York; correct it";
            file.refuse("time_zone", format!("{name:?}"), expected)
        })
    };
    let zone = file.time_zone.as_ref().map(parse).transpose()?;
    let clock = LocalClock {
        ahead_minutes: ahead_minutes.unwrap_or(0),
        zone,
    };
    Ok((zone.is_some() || ahead_minutes.is_some()).then_some(clock))
}

/// Refuses a given zone other than the layout's, which is `expected` minutes ahead of UTC.
pub(in crate::ingest) fn refuse_other_zone(
    file: &DataFile,
    layout: FileLayout,
    expected: i32,
) -> Result<(), IngestError> {
    if let Some(found) = &file.time_zone {
        let expected =
            format!("none, because {layout} defines the zone of its times; leave it out");
        return Err(file.refuse("time_zone", format!("{found:?}"), expected));
    }
    match file.utc_offset_minutes {
        Some(found) if found != expected => {
            let expected = format!("{expected}, as {layout} defines it; leave it out");
            Err(file.refuse("utc_offset_minutes", found.to_string(), expected))
        }
        _ => Ok(()),
    }
}
