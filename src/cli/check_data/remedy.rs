//! Remedies for price files that cannot be read.

use crate::ingest::{IngestError, IngestFault};

/// Flags and fields that state the time zone.
const ZONE: &str = "here `--utc-offset-minutes` and `--time-zone`, in an env file \
                    `utc_offset_minutes` and `time_zone`";

/// Flags and fields that state the length of the bars to build.
const RESAMPLE: &str = "here `--resample-seconds N`, in an env file `resample_seconds: N` beside \
                        `path`";

/// Flags and fields that state trading hours.
const SESSION: &str = "here `--session 'OPEN-CLOSE ZONE'`, in an env file `session: (open: \
                       \"OPEN\", close: \"CLOSE\", zone: \"ZONE\")` beside `path`";

/// Names the flag to type and the env-file field to write.
pub(super) fn remedy(error: &IngestError) -> &'static str {
    match error.fault() {
        IngestFault::MissingFile => "correct the path",
        IngestFault::Io(error) if error.kind() == std::io::ErrorKind::IsADirectory => {
            "name the files in the folder, e.g. `FOLDER/*`"
        }
        IngestFault::UnknownLayout { .. }
        | IngestFault::OtherLayout { .. }
        | IngestFault::Ambiguous { .. } => {
            "here `--layout NAME`, in an env file `layout: NAME` beside `path`; docs/layouts.md \
             lists them"
        }
        IngestFault::Format { .. } => {
            "do so, or name another file; docs/layouts.md lists the layouts that are read"
        }
        IngestFault::NoTable { .. } => {
            "name a file of prices; docs/layouts.md lists the layouts that are read"
        }
        IngestFault::ZoneOpen { .. } => {
            "here `--utc-offset-minutes N` or `--time-zone NAME`, in an env file \
             `utc_offset_minutes: N` or `time_zone: \"NAME\"` beside `path`"
        }
        IngestFault::ClockChange { .. } => ZONE,
        IngestFault::Setting { .. } => match error.field() {
            Some("utc_offset_minutes" | "time_zone") => ZONE,
            Some("session") => SESSION,
            Some("currency") => {
                "here `--currency NAME`, in an env file `currency: \"NAME\"` beside `path`"
            }
            Some("resample_anchor") => {
                "here `--resample-anchor 'TIME ZONE'`, in an env file `resample_anchor: (time: \
                 \"TIME\", zone: \"ZONE\")` beside `path`"
            }
            Some("timestamps") => "here `--timestamps open`, in an env file `timestamps: Open`",
            _ => RESAMPLE,
        },
        IngestFault::EarlyFill { .. } => SESSION,
        IngestFault::Parts { .. } => {
            "without quotes around the `*` each file is checked by itself; in an env file one \
             `path` is one asset"
        }
        IngestFault::Instrument { .. } | IngestFault::Instruments { .. } => {
            "here `--instrument NAME`, in an env file `instrument: \"NAME\"` beside `path`"
        }
        IngestFault::TicksNeedLength => RESAMPLE,
        IngestFault::NoBarLength | IngestFault::BarLength { .. } => {
            "here `--bar-seconds N`, in an env file `bar_seconds: N` beside `files`"
        }
        _ => "correct the file",
    }
}
