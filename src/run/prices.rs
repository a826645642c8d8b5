//! Price files that an env file names.

use super::RunError;
use crate::{
    config::{ConfigError, EnvFile, Source},
    ingest::{
        Calendar, DataFile, IngestError, IngestFault, Ingested, Surveyed, read_panel, survey_panel,
    },
};
use chrono::TimeDelta;

/// Reads the price files of an env: its prices, or the history of a bootstrap.
///
/// # Errors
/// Wrong input: an env without files, an unusable price file (with row and column), or the place in
/// the env file that names a wrong file.
pub fn read_prices(env: &EnvFile, source: &Source) -> Result<Ingested, RunError> {
    let (files, calendar, bar_length) = located(env, source)?;
    read_panel(&files, calendar, Some(bar_length))
        .map_err(|error| pointed(&error, env, source, &files))
}

/// Reads the price files like [`read_prices`], but skips and counts unusable rows and the bars that
/// another file then lacks.
pub(crate) fn survey_prices(env: &EnvFile, source: &Source) -> Result<Surveyed, RunError> {
    let (files, calendar, bar_length) = located(env, source)?;
    let survey = |calendar| survey_panel(&files, calendar, Some(bar_length));
    let is_explained = |found: &Surveyed| found.faults.iter().any(|rows| !rows.is_empty());
    survey(calendar).or_else(|error| {
        // The calendars may differ only by the skipped rows of one file.
        let surveyed = survey(Calendar::Intersect).ok().filter(is_explained);
        surveyed.ok_or_else(|| pointed(&error, env, source, &files))
    })
}

/// Points at the field of the env file that caused an error, if any.
pub(super) fn pointed(
    error: &IngestError,
    env: &EnvFile,
    source: &Source,
    files: &[DataFile],
) -> RunError {
    let field = match error.fault() {
        IngestFault::Sha256 { .. } => "sha256",
        IngestFault::Setting { .. }
        | IngestFault::EarlyFill { .. }
        | IngestFault::NoRate { .. }
        | IngestFault::OldRate { .. } => error.field().unwrap_or("path"),
        IngestFault::MissingFile
        | IngestFault::Format { .. }
        | IngestFault::NoTable { .. }
        | IngestFault::UnknownLayout { .. }
        | IngestFault::OtherLayout { .. }
        | IngestFault::Ambiguous { .. }
        | IngestFault::ZoneOpen { .. }
        | IngestFault::ClockChange { .. }
        | IngestFault::Instrument { .. }
        | IngestFault::Instruments { .. }
        | IngestFault::TicksNeedLength
        | IngestFault::Calendars { .. }
        | IngestFault::NoCommonBar => "path",
        _ => {
            let remedy = "correct the file; `shockproof check data` lists its other faults";
            return RunError::input(error, remedy);
        }
    };
    let is_meant = |file: &DataFile| Some(file.path.as_path()) == error.path();
    let rates = |file: &DataFile| file.conversion.as_ref().is_some_and(|c| is_meant(&c.rates));
    let (n, within) = match files.iter().position(is_meant) {
        Some(n) => (n, ""),
        None => match files.iter().position(rates) {
            Some(n) => (n, "conversion.rates."),
            None => (0, ""),
        },
    };
    let place = format!("{}.files[{n}].{within}{field}", env.market.place_of_files());
    source.reject_with(&place, error).into()
}

/// Price files of an env with full paths, their calendar and their bar length.
pub(super) fn located(
    env: &EnvFile,
    source: &Source,
) -> Result<(Vec<DataFile>, Calendar, TimeDelta), RunError> {
    let Some(of_env) = env.market.price_files() else {
        return Err(no_files(env, source, "price files").into());
    };
    let located = |file: &DataFile| {
        let mut file = file.clone();
        for path in file.paths_mut() {
            *path = source.folder().join(&*path);
        }
        file
    };
    let bar_length = TimeDelta::seconds(i64::from(of_env.bar_seconds));
    let files = of_env.files.iter().map(located).collect();
    Ok((files, of_env.calendar, bar_length))
}

/// Error for a market without price files where `purpose` needs them.
pub(super) fn no_files(env: &EnvFile, source: &Source, purpose: &str) -> ConfigError {
    source.reject(
        "market",
        format!(
            "a market without price files: found `{}`, which is drawn under a seed, expected \
             `Files`, for {purpose}",
            env.market.name()
        ),
        "name an env whose market is `Files(…)`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Registry;
    use std::fs;
    use tempfile::TempDir;

    /// Reads the hourly env with its own file resampled to `seconds`.
    fn read(seconds: u32, bar_seconds: u32) -> Result<Ingested, RunError> {
        read_named("eurusd_ask_1h_2017.csv", seconds, bar_seconds)
    }

    /// Reads the hourly env with the file `name` resampled to `seconds`.
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
        let (env, source) = EnvFile::load(&path, &Registry::default())?;
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

    /// Hourly prices in EUR beside a file of rates in a folder of its own.
    fn converted(pair: &str, first_rate: u32) -> Result<Ingested, RunError> {
        let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(project.join("envs/eurusd_hourly-v1.ron")).unwrap();
        let (begin, end) = (
            text.find("(\n                symbol").unwrap(),
            text.find("],").unwrap(),
        );
        let file = format!(
            "(symbol: \"X\", path: \"x.csv\", timestamps: Open, currency: \"EUR\",
            conversion: (to: \"USD\", max_age_seconds: 7200,
                rates: (symbol: \"{pair}\", path: \"fx/r.csv\", timestamps: End)))"
        );
        let text = format!("{}{file}{}", &text[..begin], &text[end..]);
        let folder = TempDir::new().unwrap();
        let rows = |hours: std::ops::Range<u32>, price: fn(u32) -> f64| {
            let row = |n: u32| format!("2020-01-01T{n:02}:00:00Z,{}\n", price(n));
            "timestamp,close\n".to_owned() + &hours.map(row).collect::<String>()
        };
        fs::create_dir(folder.path().join("fx")).unwrap();
        let rates = rows(first_rate..20, |n| 1.0 + f64::from(n) / 16.0);
        fs::write(folder.path().join("fx/r.csv"), rates).unwrap();
        fs::write(folder.path().join("x.csv"), rows(10..15, f64::from)).unwrap();
        let path = folder.path().join("env.ron");
        fs::write(&path, text).unwrap();
        let (env, source) = EnvFile::load(&path, &Registry::default())?;
        read_prices(&env, &source)
    }

    #[test]
    fn prices_are_converted_by_a_file_that_the_env_names() {
        let Ingested { panel, report } = converted("EURUSD", 9).unwrap();
        let closes: Vec<f64> = panel.asset(0).map(|bar| bar.close).collect();
        let expected = (10..15_u32).map(|n| f64::from(n) * (1.0 + f64::from(n + 1) / 16.0));
        assert_eq!(closes, expected.collect::<Vec<_>>());
        assert_eq!(report.files[0].currency.as_deref(), Some("USD"));
        let names: Vec<String> = crate::run::Provenance::Read(report)
            .data_sha256()
            .into_keys()
            .collect();
        assert_eq!(names, ["r.csv", "x.csv"]);
        for (pair, first_rate, parts) in [
            ("GBPUSD", 9, ["env.ron:9:", "found \"GBPUSD\""]),
            ("EURUSD", 12, ["env.ron:8:", "found no rate of EURUSD"]),
        ] {
            let error = converted(pair, first_rate).unwrap_err();
            assert!(error.is_wrong_input());
            for part in parts {
                assert!(error.to_string().contains(part), "{part}: {error}");
            }
        }
    }

    #[test]
    fn impossible_resampling_points_into_the_env() {
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
