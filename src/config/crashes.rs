//! Crashes that files can name: the library's and the user's own.

use super::{ConfigError, EvaluationConfig, Source, nearest::did_you_mean};
use crate::crash::Crash;
use std::path::Path;

/// Reads a file of crashes: a RON list of [`Crash`], each with a name that is unique in the list
/// and not in the library.
///
/// ```
/// use shockproof::config::load_crashes;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("crashes.ron");
/// // Four volatilities down over night, eight by the close; half of it comes back the next day.
/// std::fs::write(&path, r#"[
///     (
///         name: "my_nightmare",
///         title: "What I am afraid of",
///         bars: [
///             (open: -4.0, high: -3.5, low: -9.0, close: -8.0),
///             (open: 0.5, high: 4.5, low: 0.0, close: 4.0),
///         ],
///     ),
/// ]"#)?;
/// assert_eq!(load_crashes(&path)?[0].total_move(), -4.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`to_ron`](super::to_ron) writes crashes cut from data ([`crate::crash::Cut`]) in this format.
///
/// # Errors
/// [`ConfigError`] pointing at the offending value.
pub fn load_crashes(path: &Path) -> Result<Vec<Crash>, ConfigError> {
    let source = Source::read(path)?;
    let crashes: Vec<Crash> = source.parse()?;
    for (n, crash) in crashes.iter().enumerate() {
        source.checked(&format!("[{n}]"), crash.check())?;
        let name = &crash.name;
        let is_taken = crashes[..n].iter().any(|other| other.name == *name);
        if is_taken || Crash::named(name).is_some() {
            return Err(source.reject(
                &format!("[{n}].name"),
                format!(
                    "name of another crash: found `{name}`, expected a name that no other crash \
                     has, here or in the library"
                ),
                "rename the crash",
            ));
        }
    }
    Ok(crashes)
}

/// Crashes that can be named: the library's, then `own`.
pub(super) fn known(own: &[Crash]) -> impl Iterator<Item = &Crash> {
    Crash::library().iter().chain(own)
}

/// Remedy for an unknown name: the closest known name, or all of them.
pub(crate) fn remedy_for<'a>(name: &str, known: impl Iterator<Item = &'a Crash>) -> String {
    let names: Vec<&str> = known.map(|crash| crash.name.as_str()).collect();
    did_you_mean(name, &names).unwrap_or_else(|| format!("use one of `{}`", names.join("`, `")))
}

/// Reads the crashes in `own_crashes`, looks up every name in `crashes` and checks `crash_test`.
pub(super) fn check(
    evaluation: &EvaluationConfig,
    source: &Source,
) -> Result<Vec<Crash>, ConfigError> {
    let own = match &evaluation.own_crashes {
        Some(path) => load_crashes(&source.folder().join(path))?,
        None => Vec::new(),
    };
    let names = &evaluation.crashes;
    for (n, name) in names.iter().enumerate() {
        let at = format!("evaluation.crashes[{n}]");
        if names[..n].contains(name) {
            return Err(source.reject(
                &at,
                format!("crash given twice: found `{name}`, expected each crash once"),
                "remove it: it would give the same numbers again",
            ));
        }
        if !known(&own).any(|crash| crash.name == *name) {
            return Err(source.reject(
                &at,
                format!(
                    "unknown crash: found `{name}`, expected the name of a crash of the library \
                     or of `own_crashes`"
                ),
                remedy_for(name, known(&own)),
            ));
        }
    }
    source.checked("evaluation.crash_test", evaluation.crash_test.check())?;
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::to_ron;
    use std::fs;
    use tempfile::TempDir;

    fn load(text: &str) -> Result<Vec<Crash>, ConfigError> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("own.ron");
        fs::write(&path, text).unwrap();
        load_crashes(&path)
    }

    #[test]
    fn the_library_under_other_names_survives_its_own_writing() {
        let mut crashes = Crash::library().to_vec();
        for crash in &mut crashes {
            crash.name.push_str("_again");
        }
        assert_eq!(load(&to_ron(&crashes).unwrap()).unwrap(), crashes);
    }

    #[test]
    fn faults_are_pointed_at() {
        let bar = "(open: -1.0, high: 0.0, low: -3.0, close: -2.0)";
        let crash =
            |name: &str, bars: &str| format!("(name: \"{name}\", title: \"\", bars: [\n{bars}])");
        for (text, parts) in [
            (
                format!(
                    "[{}]",
                    crash("x", "(open: -1.0, high: 0.0, low: -3.0, close: 2.0)")
                ),
                vec!["own.ron:2:", "found 2", "between"],
            ),
            (
                format!("[{}]", crash("x", "")),
                vec!["own.ron:1:", "at least one"],
            ),
            (
                format!("[{}]", crash("oil_1991", bar)),
                vec!["own.ron:1:9", "`oil_1991`", "library"],
            ),
            (
                format!("[{0},\n{0}]", crash("x", bar)),
                vec!["own.ron:3:8", "`x`", "no other crash"],
            ),
            (
                format!("[{}]", crash("x", "(open: -1.0, hihg: 0.0)")),
                vec!["own.ron:2:", "hihg"],
            ),
        ] {
            let error = load(&text).unwrap_err();
            let message = error.to_string();
            for part in parts {
                assert!(message.contains(part), "{part}: {message}");
            }
        }
    }
}
