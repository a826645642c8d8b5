//! The price files of an env.

use super::{ConfigError, Source};
use crate::ingest::{Calendar, DataFile, audit::Code, files_of};
use serde::{Deserialize, Serialize};

/// Price files on one calendar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct PriceFiles {
    /// One file per asset; paths are relative to the env file.
    pub files: Vec<DataFile>,
    /// Treatment of bars that some files lack.
    pub calendar: Calendar,
    /// Nominal bar length. Unit: seconds. Range: 1 and up. Try first: 86400 for daily bars.
    pub bar_seconds: u32,
    /// Audit errors that are known and explained; training refuses all others. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accept: Vec<Code>,
}

impl PriceFiles {
    pub(crate) fn symbols(&self) -> Vec<String> {
        self.files.iter().map(|file| file.symbol.clone()).collect()
    }

    /// Checks the files; `place` is the path of this value in `source`.
    pub(super) fn check(&self, source: &Source, place: &str) -> Result<(), ConfigError> {
        let at = format!("{place}.files");
        source.refuse_empty(&at, &self.files, "price file", "add a file per asset")?;
        if self.bar_seconds == 0 {
            return Err(source.reject(
                &format!("{place}.bar_seconds"),
                "out of range: found 0 seconds, expected the length of a bar, at least 1 second",
                "write 86400 for daily bars",
            ));
        }
        if let Some(n) = self.accept.iter().position(|code| !code.can_be_accepted()) {
            return Err(source.reject(
                &format!("{place}.accept[{n}]"),
                format!(
                    "cannot be accepted: found `{}`, expected an error that an audit finds in a \
                     file that can be read",
                    self.accept[n]
                ),
                "leave it out and correct the file: with such rows it is not read",
            ));
        }
        (0..self.files.len()).try_for_each(|n| self.check_file(n, source, place))
    }

    fn check_file(&self, n: usize, source: &Source, place: &str) -> Result<(), ConfigError> {
        let file = &self.files[n];
        let is_taken = self.files[..n].iter().any(|f| f.symbol == file.symbol);
        if is_taken || file.symbol.is_empty() {
            return Err(source.reject(
                &format!("{place}.files[{n}].symbol"),
                format!(
                    "symbol empty or given twice: found `{}`, expected a different name for each \
                     asset",
                    file.symbol
                ),
                "rename one of the assets",
            ));
        }
        let path = source.folder().join(&file.path);
        let is_there = files_of(&path).is_ok_and(|files| files.iter().all(|file| file.is_file()));
        if !is_there {
            return Err(source.reject(
                &format!("{place}.files[{n}].path"),
                format!(
                    "missing data file: found no file at {}, expected a file of bars",
                    path.display()
                ),
                source.correct_path(),
            ));
        }
        Ok(())
    }
}
