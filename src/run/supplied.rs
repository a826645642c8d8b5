//! Price files of the command line that replace those of an env.

use super::{
    Prices, Provenance, RunError,
    audited::refuse_errors,
    prices::{located, no_files},
};
use crate::{
    config::{EnvFile, MarketConfig, Source},
    ingest::{Ingested, read_panel},
};
use serde::Serialize;
use std::path::PathBuf;

/// A price file given on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuppliedFile {
    /// Symbol of the asset that the file replaces.
    pub symbol: String,
    /// Path of the file.
    pub path: PathBuf,
    /// Instrument named in the file, if any.
    pub instrument: Option<String>,
}

/// Replaces the env's price files by those supplied, removes its replays, and reads the files.
///
/// # Errors
/// Wrong input, attributed to the command line instead of the env.
pub(super) fn read_supplied(
    env: &mut EnvFile,
    source: &Source,
    data: &[PathBuf],
) -> Result<(Prices, Vec<SuppliedFile>), RunError> {
    const REMEDY: &str = "correct the path or the file; the env says how its files are read \
                          (layout, time zone, instrument), --env FILE names another, and \
                          `shockproof check data FILE` shows more";
    env.replays.clear();
    replace_files(env, source, data)?;
    let (files, calendar, bar_length) = located(env, source)?;
    let Ingested { panel, report } = read_panel(&files, calendar, Some(bar_length))
        .map_err(|error| RunError::input(&error, format!("--data: {REMEDY}")))?;
    refuse_errors(env, source, &panel).map_err(|error| {
        let remedy = "correct the prices; or, where they are right, accept the finding in an env \
                      given with --env";
        RunError::refused(format!("--data: {error}"), remedy)
    })?;
    let files = report.files.iter().zip(data);
    let supplied: Vec<SuppliedFile> = files
        .map(|(file, path)| SuppliedFile {
            symbol: file.symbol.clone(),
            path: path.clone(),
            instrument: file.instrument.clone(),
        })
        .collect();
    refuse_order(&supplied)?;
    let provenance = Provenance::Read(report);
    Ok((Prices { panel, provenance }, supplied))
}

fn replace_files(env: &mut EnvFile, source: &Source, data: &[PathBuf]) -> Result<(), RunError> {
    let symbols = env.symbols().join(", ");
    let MarketConfig::Files(of_env) = &mut env.market else {
        return Err(no_files(env, source, "--data to take the place of").into());
    };
    if data.len() != of_env.files.len() {
        let rejected = source.reject(
            "market.files",
            format!(
                "another number of price files: found {} with --data, expected {}, one per asset \
                 in this order",
                data.len(),
                of_env.files.len()
            ),
            format!("repeat --data for each of {symbols}"),
        );
        return Err(rejected.into());
    }
    for (file, path) in of_env.files.iter_mut().zip(data) {
        // Relative to the working folder, not to the env's.
        file.path = std::path::absolute(path)
            .map_err(|error| RunError::input(&error, "check the path given with --data"))?;
        file.sha256 = None;
    }
    Ok(())
}

/// Refuses a file that names another asset's instrument.
fn refuse_order(supplied: &[SuppliedFile]) -> Result<(), RunError> {
    let bare = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_uppercase()
    };
    for file in supplied {
        let Some(instrument) = &file.instrument else {
            continue;
        };
        let mut others = supplied.iter().filter(|other| other.symbol != file.symbol);
        if let Some(other) = others.find(|other| bare(&other.symbol) == bare(instrument)) {
            let symbols: Vec<&str> = supplied.iter().map(|f| f.symbol.as_str()).collect();
            let order = symbols.join(", ");
            return Err(RunError::refused(
                format!(
                    "--data: found {}, which says that it is {instrument}, in the place of {}, \
                     expected {}",
                    file.path.display(),
                    file.symbol,
                    other.symbol,
                ),
                format!("give --data in the order of the assets: {order}"),
            ));
        }
    }
    Ok(())
}
