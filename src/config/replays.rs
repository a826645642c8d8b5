//! Crashes inserted into an env's prices.

use super::{ConfigError, Source, crashes::remedy_for};
use crate::crash::{Crash, ReplayAssets, ReplayScale};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A library crash inserted into an env's prices, so that training meets a crash that its history
/// lacks.
///
/// ```text
/// replays: [
///     (crash: "oil_1991", at: "2004-03-01"),
///     (crash: "black_monday_1987", at: "2006-05-02", assets: Only(["IBM"]), factor: 0.5),
/// ]
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ReplaySpec {
    /// Name of the crash in [`Crash::library`].
    pub crash: String,
    /// First day of the crash; its first bar is the first bar that opens on or after this day.
    /// Unit: UTC day.
    pub at: NaiveDate,
    /// Assets that are hit. Default: all.
    #[serde(default)]
    pub assets: ReplayAssets,
    /// Unit of the crash's moves. Default: the volatility of the asset at that time.
    #[serde(default)]
    pub scale: ReplayScale,
    /// Factor on all moves, on top of `scale`. Range: not 0. Default: 1.
    #[serde(default = "unscaled")]
    pub factor: f64,
}

const fn unscaled() -> f64 {
    1.0
}

/// Checks that the library has every crash that `replays` names.
pub(super) fn check(replays: &[ReplaySpec], source: &Source) -> Result<(), ConfigError> {
    let unknown = |replay: &ReplaySpec| Crash::named(&replay.crash).is_none();
    let Some(n) = replays.iter().position(unknown) else {
        return Ok(());
    };
    let name = &replays[n].crash;
    Err(source.reject(
        &format!("replays[{n}].crash"),
        format!("unknown crash: found `{name}`, expected the name of a crash of the library"),
        remedy_for(name, Crash::library().iter()),
    ))
}
