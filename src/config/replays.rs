//! Crashes that an env has in its prices.

use super::{ConfigError, Source, Step, crashes::remedy_for};
use crate::crash::{Crash, ReplayAssets, ReplayScale};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A crash of the library that comes to the prices of an env: training then meets what its history
/// does not have.
///
/// ```text
/// replays: [
///     (crash: "oil_1991", at: "2004-03-01"),
///     (crash: "black_monday_1987", at: "2006-05-02", assets: Only(["IBM"]), scale: AsHistory, factor: 0.5),
/// ]
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaySpec {
    /// Its name in [`Crash::library`].
    pub crash: String,
    /// Its first bar is the first one that opens on this day or later. UTC.
    pub at: NaiveDate,
    /// Who is hit.
    #[serde(default)]
    pub assets: ReplayAssets,
    /// What one of its units is.
    #[serde(default)]
    pub scale: ReplayScale,
    /// What all moves are multiplied with on top.
    #[serde(default = "as_it_is")]
    pub factor: f64,
}

const fn as_it_is() -> f64 {
    1.0
}

/// Where number `n` of the replays stands in an env file.
#[must_use]
pub const fn place_of_replay(n: usize) -> [Step<'static>; 2] {
    [Step::Field("replays"), Step::Element(n)]
}

/// Looks every name up.
pub(super) fn check(replays: &[ReplaySpec], source: &Source) -> Result<(), ConfigError> {
    for (n, replay) in replays.iter().enumerate() {
        let [list, element] = place_of_replay(n);
        if Crash::named(&replay.crash).is_none() {
            return Err(source.reject(
                &[list, element, Step::Field("crash")],
                "unknown crash",
                format!("`{}`", replay.crash),
                "the name of a crash of the library",
                remedy_for(&replay.crash, Crash::library().iter()),
            ));
        }
    }
    Ok(())
}
