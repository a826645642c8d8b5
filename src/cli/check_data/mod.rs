//! `shockproof check data PATH...`: the layout of a price file, and the findings of an audit.

mod page;
mod paths;
mod remedy;

pub(super) use paths::paths_of;

use super::{Answer, Reading};
use crate::{
    config::{EnvFile, Registry},
    ingest::{BarLabel, Calendar, DataFile, Surveyed, audit::audit_surveyed, survey_panel},
    run::{RunError, survey_prices},
};
use chrono::TimeDelta;
use page::LabelOrigin;
use std::path::Path;

/// Audits a price file, or the price files of an env.
pub(super) fn check_data(
    path: &Path,
    reading: &Reading,
    registry: &Registry,
) -> Result<Answer, RunError> {
    let is_env = path.extension().is_some_and(|ending| ending == "ron");
    let (surveyed, accepted, label) = if is_env {
        if *reading != Reading::default() {
            let place = path.display();
            return Err(RunError::refused(
                format!(
                    "{place}: found an env file, expected a price file beside flags that say how \
                     it is read"
                ),
                "leave out the flags: an env file says all of that itself",
            ));
        }
        let (env, source) = EnvFile::load(path, registry)?;
        let surveyed = survey_prices(&env, &source)?;
        let files = env.market.price_files();
        let accepted = files.map_or_else(Vec::new, |files| files.accept.clone());
        (surveyed, accepted, LabelOrigin::Given)
    } else {
        let label = match reading.timestamps {
            Some(_) => LabelOrigin::Given,
            None => LabelOrigin::Assumed,
        };
        (survey(path, reading)?, Vec::new(), label)
    };
    let findings = audit_surveyed(&surveyed);
    let report = &surveyed.ingested.report;
    Ok(page::render(path, report, label, &findings, &accepted))
}

/// Reads a file as training does, but skips and counts unusable rows.
fn survey(path: &Path, reading: &Reading) -> Result<Surveyed, RunError> {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    let file = [data_file(&stem.to_string_lossy(), path, reading)];
    survey_panel(&file, Calendar::Refuse, bar_length(reading))
        .map_err(|error| RunError::input(&error, remedy::remedy(&error)))
}

/// Price file with the reading settings of the command line.
pub(super) fn data_file(symbol: &str, path: &Path, reading: &Reading) -> DataFile {
    DataFile {
        layout: reading.layout,
        utc_offset_minutes: reading.utc_offset_minutes,
        time_zone: reading.time_zone.clone(),
        instrument: reading.instrument.clone(),
        resample_seconds: reading.resample_seconds,
        resample_anchor: reading.resample_anchor,
        session: reading.session,
        currency: reading.currency.clone(),
        ..DataFile::new(symbol, path, reading.timestamps.unwrap_or(BarLabel::Open))
    }
}

pub(super) fn bar_length(reading: &Reading) -> Option<TimeDelta> {
    reading.bar_seconds.map(i64::from).map(TimeDelta::seconds)
}
