//! The price files that an env file names.

use super::RunError;
use crate::{
    config::{ConfigError, EnvFile, Source, Step},
    ingest::{Calendar, DataFile, IngestFault, Ingested, Surveyed, read_panel, survey_panel},
};
use chrono::TimeDelta;

/// Reads the price files of an env: its prices, or the history of a bootstrap.
///
/// # Errors
/// Wrong input: an env that has no files; file, row and column where a price file is wrong; the
/// place in the env file where it names the wrong file.
pub fn read_prices(env: &EnvFile, source: &Source) -> Result<Ingested, RunError> {
    let (files, calendar, bar_length) = located(env, source)?;
    read_panel(&files, calendar, Some(bar_length)).map_err(|error| {
        let culprit = files
            .iter()
            .position(|file| Some(file.path.as_path()) == error.path())
            .unwrap_or(0);
        let in_file = |name| {
            let below = [
                Step::Field("files"),
                Step::Element(culprit),
                Step::Field(name),
            ];
            let steps = [env.market.place_of_files(), &below].concat();
            RunError::from(source.reject_error(&steps, &error))
        };
        match error.fault() {
            IngestFault::Sha256 { .. } => in_file("sha256"),
            IngestFault::Setting { .. } if error.field() == Some("resample_seconds") => {
                in_file("resample_seconds")
            }
            IngestFault::MissingFile
            | IngestFault::Format { .. }
            | IngestFault::NoTable { .. }
            | IngestFault::UnknownLayout { .. }
            | IngestFault::OtherLayout { .. }
            | IngestFault::Ambiguous { .. }
            | IngestFault::ZoneOpen { .. }
            | IngestFault::Setting { .. }
            | IngestFault::ClockChange { .. }
            | IngestFault::Instrument { .. }
            | IngestFault::Instruments { .. }
            | IngestFault::TicksNeedLength
            | IngestFault::Calendars { .. }
            | IngestFault::NoCommonBar => in_file("path"),
            _ => RunError::input(
                &error,
                "correct the file; `shockproof check data` lists what else to look at",
            ),
        }
    })
}

/// The same, but rows that cannot be used are left out and counted, and bars that another file
/// lacks are left out with them.
///
/// # Errors
/// As [`read_prices`].
pub fn survey_prices(env: &EnvFile, source: &Source) -> Result<Surveyed, RunError> {
    let (files, _, bar_length) = located(env, source)?;
    read_prices(env, source)
        .map(|ingested| Surveyed {
            faults: vec![Vec::new(); files.len()],
            ingested,
        })
        .or_else(|error| {
            let surveyed = survey_panel(&files, Calendar::Intersect, Some(bar_length));
            let is_explained = |found: &Surveyed| found.faults.iter().any(|rows| !rows.is_empty());
            surveyed.ok().filter(is_explained).ok_or(error)
        })
}

/// The price files of an env where they are, their calendar and their bar length.
pub(super) fn located(
    env: &EnvFile,
    source: &Source,
) -> Result<(Vec<DataFile>, Calendar, TimeDelta), RunError> {
    let Some(of_env) = env.market.price_files() else {
        return Err(no_files(env, source, "price files").into());
    };
    let located = |file: &DataFile| DataFile {
        path: source.folder().join(&file.path),
        ..file.clone()
    };
    let bar_length = TimeDelta::seconds(i64::from(of_env.bar_seconds));
    let files = of_env.files.iter().map(located).collect();
    Ok((files, of_env.calendar, bar_length))
}

/// A market without files where files are needed.
pub(super) fn no_files(env: &EnvFile, source: &Source, what_for: &str) -> ConfigError {
    source.reject(
        &[Step::Field("market")],
        "a market without price files",
        format!("`{}`, which is drawn under a seed", env.market.name()),
        &format!("`Files`, for {what_for}"),
        "name an env whose market is `Files(…)`".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// The hourly env with its file resampled to `seconds`, read.
    fn read(seconds: u32, bar_seconds: u32) -> Result<Ingested, RunError> {
        read_named("eurusd_ask_1h_2017.csv", seconds, bar_seconds)
    }

    /// The same, with another name for the file.
    fn read_named(name: &str, seconds: u32, bar_seconds: u32) -> Result<Ingested, RunError> {
        let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(project.join("envs/eurusd_hourly-v1.ron")).unwrap();
        let data = project.join("data").to_string_lossy().into_owned();
        let resampled = format!("timestamps: Open, resample_seconds: {seconds},");
        let text = text
            .replace("eurusd_ask_1h_2017.csv", name)
            .replace("../data", &data)
            .replace("timestamps: Open,", &resampled)
            .replace("bar_seconds: 3600", &format!("bar_seconds: {bar_seconds}"));
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("env.ron");
        fs::write(&path, text).unwrap();
        let (env, source) = EnvFile::load(&path)?;
        read_prices(&env, &source)
    }

    #[test]
    fn an_env_may_ask_for_longer_bars_than_its_file_has() {
        let Ingested { panel, report } = read(14_400, 14_400).unwrap();
        assert_eq!(panel.bar_length(), TimeDelta::hours(4));
        let ends = panel.timestamps();
        assert!(ends.iter().all(|end| end.timestamp() % 14_400 == 0));
        let file = &report.files[0];
        assert_eq!(file.rows_read, read(3600, 3600).unwrap().panel.n_bars());
        assert_eq!(file.resampled.map(|r| r.n_bars), Some(panel.n_bars()));
    }

    #[test]
    fn a_star_in_the_name_of_a_file_is_any_letters() {
        let found = read_named("eurusd_*_2017.csv", 3600, 3600).unwrap();
        assert_eq!(found.panel, read(3600, 3600).unwrap().panel);
        let error = read_named("gbpusd_*_2017.csv", 3600, 3600).unwrap_err();
        assert!(error.to_string().contains("gbpusd_*_2017.csv"), "{error}");
    }

    #[test]
    fn what_cannot_be_resampled_points_into_the_env() {
        for (seconds, bar_seconds, part) in [
            (5400, 5400, "a multiple of 3600"),
            (7200, 3600, "expected 3600 as the bar length"),
        ] {
            let error = read(seconds, bar_seconds).unwrap_err().to_string();
            assert!(error.contains("env.ron:11:"), "{error}");
            assert!(error.contains(&format!("found {seconds}")), "{error}");
            assert!(error.contains(part), "{error}");
        }
    }
}
