//! `envs/<family>-v<n>.ron`: what a market is. Nothing about learning.

use super::{ConfigError, Source, Step};
use crate::{
    env::TradingSpec,
    features::Pipeline,
    market::{
        audit::Code,
        ingest::{Calendar, DataFile},
    },
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// An env file. Versioned: a change that would change a result gets a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvFile {
    /// Family, e.g. `panel_daily`.
    pub name: String,
    /// Version, from 1.
    pub version: u32,
    /// Where the prices come from.
    pub market: MarketConfig,
    /// The rules: costs, actions, reward, features, admissible shocks.
    pub trading: TradingSpec,
}

/// Price files on one calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketConfig {
    /// One file per asset; paths are relative to the env file.
    pub files: Vec<DataFile>,
    /// What to do where the files' calendars differ.
    pub calendar: Calendar,
    /// Nominal bar length. Unit: seconds.
    pub bar_seconds: u32,
    /// Errors of an audit that are known and explained: training refuses all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<Code>,
}

impl EnvFile {
    /// `name-v<version>`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}-v{}", self.name, self.version)
    }

    /// The assets, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        self.market
            .files
            .iter()
            .map(|file| file.symbol.clone())
            .collect()
    }

    /// Reads and validates an env file; the price files must exist, their content is read elsewhere.
    ///
    /// # Errors
    /// [`ConfigError`] pointing at the offending value.
    pub fn load(path: &Path) -> Result<(Self, Source), ConfigError> {
        let source = Source::read(path)?;
        let env: Self = source.parse()?;
        env.check(&source)?;
        Ok((env, source))
    }

    fn check(&self, source: &Source) -> Result<(), ConfigError> {
        self.check_files(source)?;
        let trading = Step::Field("trading");
        self.trading
            .check()
            .map_err(|error| source.reject_error(&[trading], &error))?;
        Pipeline::new(&self.trading.features, &self.symbols())
            .map_err(|error| source.reject_error(&[trading, Step::Field("features")], &error))?;
        Ok(())
    }

    fn check_files(&self, source: &Source) -> Result<(), ConfigError> {
        let at = |n, name| {
            [
                Step::Field("market"),
                Step::Field("files"),
                Step::Element(n),
                Step::Field(name),
            ]
        };
        if self.market.files.is_empty() {
            return Err(source.reject(
                &[Step::Field("market"), Step::Field("files")],
                "no price file",
                "an empty list".to_owned(),
                "at least one price file",
                "add a file per asset".to_owned(),
            ));
        }
        if self.market.bar_seconds == 0 {
            return Err(source.reject(
                &[Step::Field("market"), Step::Field("bar_seconds")],
                "out of range",
                "0 seconds".to_owned(),
                "the length of a bar, at least 1 second",
                "write 86400 for daily bars".to_owned(),
            ));
        }
        for (n, file) in self.market.files.iter().enumerate() {
            let twice = self.market.files[..n]
                .iter()
                .any(|f| f.symbol == file.symbol);
            if twice || file.symbol.is_empty() {
                return Err(source.reject(
                    &at(n, "symbol"),
                    "symbol empty or given twice",
                    format!("`{}`", file.symbol),
                    "a different name for each asset",
                    "rename one of the assets".to_owned(),
                ));
            }
            let path = source.folder().join(&file.path);
            if !path.is_file() {
                return Err(source.reject(
                    &at(n, "path"),
                    "missing data file",
                    format!("no file at {}", path.display()),
                    "a CSV or Parquet file of bars",
                    format!(
                        "correct the path; it is relative to the folder of {}",
                        source.path().display()
                    ),
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_env_files_of_the_project_load() {
        for name in ["panel_daily-v1", "index_pair-v1", "eurusd_hourly-v1"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("envs/{name}.ron"));
            let (env, _) = EnvFile::load(&path).unwrap();
            assert_eq!(env.id(), name);
            let written = ron::to_string(&env).unwrap();
            assert_eq!(ron::from_str::<EnvFile>(&written).unwrap(), env);
        }
    }
}
