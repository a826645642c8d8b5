//! The price files that an env file names.

use super::RunError;
use crate::{
    config::{EnvFile, Source, Step},
    market::ingest::{DataFile, IngestError, Ingested, read_panel},
};
use chrono::TimeDelta;

/// Reads the price files of an env.
///
/// # Errors
/// Wrong input: file, row and column where a price file is wrong; the place in the env file where it names the wrong file.
pub fn read_prices(env: &EnvFile, source: &Source) -> Result<Ingested, RunError> {
    let files: Vec<DataFile> = env
        .market
        .files
        .iter()
        .map(|file| DataFile {
            path: source.folder().join(&file.path),
            ..file.clone()
        })
        .collect();
    let bar_length = TimeDelta::seconds(i64::from(env.market.bar_seconds));
    read_panel(&files, env.market.calendar, Some(bar_length)).map_err(|error| {
        let culprit = |path: &std::path::PathBuf| {
            files
                .iter()
                .position(|file| file.path == *path)
                .unwrap_or(0)
        };
        let in_file = |n, name| {
            let steps = [
                Step::Field("market"),
                Step::Field("files"),
                Step::Element(n),
                Step::Field(name),
            ];
            RunError::from(source.reject_error(&steps, &error))
        };
        match &error {
            IngestError::Sha256 { path, .. } => in_file(culprit(path), "sha256"),
            IngestError::MissingFile { path }
            | IngestError::Format { path, .. }
            | IngestError::Calendars { path, .. }
            | IngestError::NoCommonBar { path } => in_file(culprit(path), "path"),
            IngestError::ResampleLength { path, .. }
            | IngestError::ResampleMultiple { path, .. }
            | IngestError::ResampleSingle { path }
            | IngestError::ResampleBarLength { path, .. } => {
                in_file(culprit(path), "resample_seconds")
            }
            other => RunError::input(
                other,
                "correct the file; `shockproof check data` lists what else to look at",
            ),
        }
    })
}
