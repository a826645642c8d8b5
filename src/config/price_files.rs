//! The price files of an env.

use super::{ConfigError, Source};
use crate::{
    ingest::{Calendar, Conversion, DataFile, Known, audit::Code, files_of},
    market::Funding,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

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

    /// Names of the signals, file by file.
    pub(crate) fn signal_names(&self) -> Vec<String> {
        let signals = self.files.iter().flat_map(|file| &file.signals);
        signals.map(|signal| signal.name.clone()).collect()
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
        (0..self.files.len()).try_for_each(|n| {
            self.check_file(n, source, place)?;
            (0..self.files[n].signals.len())
                .try_for_each(|k| self.check_signal(n, k, source, place))
        })
    }

    /// Checks signal `k` of file `n`; its name must differ from those of all signals before it.
    fn check_signal(
        &self,
        n: usize,
        k: usize,
        source: &Source,
        place: &str,
    ) -> Result<(), ConfigError> {
        let signal = &self.files[n].signals[k];
        let at = format!("{place}.files[{n}].signals[{k}]");
        let before = self.files[..n].iter().flat_map(|file| &file.signals);
        let mut before = before.chain(&self.files[n].signals[..k]);
        if signal.name.is_empty() || before.any(|other| other.name == signal.name) {
            return Err(source.reject(
                &format!("{at}.name"),
                format!(
                    "signal name empty or given twice: found `{}`, expected a name that no other \
                     signal of the env has",
                    signal.name
                ),
                "rename one of the signals, for instance with the symbol of its asset",
            ));
        }
        let never = Known::After {
            bars: 0,
            seconds: 0,
        };
        if signal.known == never {
            return Err(source.reject(
                &format!("{at}.known"),
                "no delay: found `After` with neither bars nor seconds, expected at least one",
                "write AtClose, After(bars: 1) or After(seconds: 60)",
            ));
        }
        Ok(())
    }

    /// Refuses a delay of a signal that sets the funding: what an account pays follows from the
    /// rate, not from the moment at which a decision may use it.
    pub(super) fn check_funding(
        &self,
        funding: &Funding,
        source: &Source,
        place: &str,
    ) -> Result<(), ConfigError> {
        for (n, file) in self.files.iter().enumerate() {
            for (k, signal) in file.signals.iter().enumerate() {
                let is_delayed = matches!(signal.known, Known::After { .. });
                if is_delayed && funding.signals.contains(&signal.name) {
                    return Err(source.reject(
                        &format!("{place}.files[{n}].signals[{k}].known"),
                        format!(
                            "found a delay of `{}`, which costs.funding charges, expected AtOpen \
                             or AtClose",
                            signal.name
                        ),
                        "read the column twice: with its delay for the policy, which lists it as \
                         `Signal(…)` and not as `Signals`, and at AtClose under another name for \
                         the funding",
                    ));
                }
            }
        }
        Ok(())
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
        let at = format!("{place}.files[{n}]");
        check_path(&file.path, source, &at)?;
        match &file.conversion {
            Some(Conversion { rates, .. }) => {
                check_path(&rates.path, source, &format!("{at}.conversion.rates"))
            }
            None => Ok(()),
        }
    }
}

/// Refuses the path of a file that is missing; `place` is the path of the file's value in `source`.
fn check_path(path: &Path, source: &Source, place: &str) -> Result<(), ConfigError> {
    let path = source.folder().join(path);
    let is_there = files_of(&path).is_ok_and(|files| files.iter().all(|file| file.is_file()));
    if !is_there {
        return Err(source.reject(
            &format!("{place}.path"),
            format!(
                "missing data file: found no file at {}, expected a file of bars",
                path.display()
            ),
            source.correct_path(),
        ));
    }
    Ok(())
}
