//! Refusal of prices with audit errors.

use super::RunError;
use crate::{
    config::{EnvFile, Source},
    ingest::audit::{Code, Finding, Severity, audit},
    market::Panel,
};

/// Refuses prices in which the audit finds an error that the env does not accept by name.
pub(super) fn refuse_errors(env: &EnvFile, source: &Source, panel: &Panel) -> Result<(), RunError> {
    refuse_errors_but(&[], env, source, panel)
}

/// Refuses like [`refuse_errors`], but leaves findings of the kinds `judged` to the caller.
pub(super) fn refuse_errors_but(
    judged: &[Code],
    env: &EnvFile,
    source: &Source,
    panel: &Panel,
) -> Result<(), RunError> {
    let files = env.market.price_files();
    let accepted = files.map_or(&[][..], |files| &files.accept);
    let is_refused = |f: &Finding| {
        f.severity == Severity::Error && ![accepted, judged].iter().any(|c| c.contains(&f.code))
    };
    let Some(finding) = audit(panel).into_iter().find(is_refused) else {
        return Ok(());
    };
    let code = finding.code;
    let rejected = source.reject(
        &format!("{}.files", env.market.place_of_files()),
        format!(
            "prices with an error: found {code} in {} bars of {}, the first ending {}: {}, \
             expected prices without errors, or errors accepted by name",
            finding.count,
            finding.symbol.as_deref().unwrap_or("the calendar"),
            finding.first,
            finding.message
        ),
        format!(
            "correct the prices; or, where they are right, write `accept: [{code}]` beside \
             `files`; `shockproof check data` lists all findings"
        ),
    );
    Err(rejected.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Experiment, Registry};
    use crate::run::Prepared;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    /// The index experiment with the second half of the first file's prices divided by ten.
    fn prepared(accept: &str) -> Result<Prepared, RunError> {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = TempDir::new().unwrap();
        for name in ["data", "envs", "configs"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["spx_1d_1999_2018.csv", "ixic_1d_1999_2018.csv"] {
            let text = fs::read_to_string(project.join("data").join(name)).unwrap();
            let n_lines = text.lines().count();
            let lines = text.lines().enumerate().map(|(i, line)| {
                if !name.starts_with("spx") || i < n_lines / 2 {
                    return line.to_owned();
                }
                let cells = line.split(',').enumerate().map(|(column, cell)| {
                    match (column, cell.parse::<f64>()) {
                        (1..=4, Ok(price)) => format!("{}", price / 10.0),
                        _ => cell.to_owned(),
                    }
                });
                cells.collect::<Vec<_>>().join(",")
            });
            let text = lines.collect::<Vec<_>>().join("\n") + "\n";
            fs::write(folder.path().join("data").join(name), text).unwrap();
        }
        let env = fs::read_to_string(project.join("envs/index_pair-v1.ron")).unwrap();
        let env: Vec<&str> = env
            .lines()
            .filter(|line| !line.contains("sha256:"))
            .collect();
        let env = env
            .join("\n")
            .replace("bar_seconds:", &format!("{accept}bar_seconds:"));
        fs::write(folder.path().join("envs/index_pair-v1.ron"), env).unwrap();
        let config = folder.path().join("configs/index_pair.ron");
        fs::copy(project.join("configs/index_pair.ron"), &config).unwrap();
        Prepared::new(&Experiment::load(&config, &Registry::default()).unwrap())
    }

    #[test]
    fn errors_of_the_audit_are_refused_unless_accepted_by_name() {
        let message = prepared("").unwrap_err().to_string();
        for part in ["index_pair-v1.ron", "split_like", "SPX", "10:1"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        assert!(prepared("accept: [repeated_block], ").is_err());
        assert!(prepared("accept: [split_like], ").is_ok());
    }
}
