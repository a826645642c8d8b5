//! Remedies for price files that cannot be read.

use crate::ingest::IngestError;

/// Names the flag to type and the field to write in an env file.
pub(super) fn remedy(error: &IngestError) -> &'static str {
    match error {
        IngestError::MissingFile { .. } => "correct the path",
        IngestError::UnknownLayout { .. }
        | IngestError::OtherLayout { .. }
        | IngestError::Ambiguous { .. } => {
            "here `--layout NAME`, in an env file `layout: NAME` beside `path`; docs/layouts.md \
             lists them"
        }
        IngestError::Format { .. } => {
            "do so, or name another file; docs/layouts.md lists the layouts that are read"
        }
        IngestError::NoTable { .. } => {
            "name a file of prices; docs/layouts.md lists the layouts that are read"
        }
        IngestError::ZoneOpen { .. } => {
            "here `--utc-offset-minutes N` or `--time-zone NAME`, in an env file \
             `utc_offset_minutes: N` or `time_zone: \"NAME\"` beside `path`"
        }
        IngestError::ZoneDefined { .. }
        | IngestError::TimeZoneDefined { .. }
        | IngestError::TimeZone { .. }
        | IngestError::UtcOffset { .. }
        | IngestError::ClockChange { .. } => {
            "here `--utc-offset-minutes` and `--time-zone`, in an env file `utc_offset_minutes` \
             and `time_zone`"
        }
        IngestError::Parts { .. } => {
            "without quotes around the `*` each file is checked by itself; in an env file one \
             `path` is one asset"
        }
        IngestError::LabelDefined { .. } => {
            "here `--timestamps open`, in an env file `timestamps: Open`"
        }
        IngestError::Instrument { .. } | IngestError::Instruments { .. } => {
            "here `--instrument NAME`, in an env file `instrument: \"NAME\"` beside `path`"
        }
        IngestError::TicksNeedLength { .. }
        | IngestError::ResampleLength { .. }
        | IngestError::ResampleMultiple { .. }
        | IngestError::ResampleSingle { .. }
        | IngestError::ResampleBarLength { .. } => {
            "here `--resample-seconds N`, in an env file `resample_seconds: N` beside `path`"
        }
        IngestError::NoBarLength { .. } | IngestError::BarLength { .. } => {
            "here `--bar-seconds N`, in an env file `bar_seconds: N` beside `files`"
        }
        _ => "correct the file",
    }
}
