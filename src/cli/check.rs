//! `shockproof check data|env|policy PATH...`: audits; writes nothing.

use super::{Answer, CheckArgs, CheckKind, Verdict, check_env::check_env};
use crate::{
    agent::{PolicyFile, PolicyHeader},
    config::EnvFile,
    market::{
        audit::{Finding, Severity, audit},
        ingest::{BarLabel, Calendar, DataFile, Ingested, read_panel},
    },
    run::{RunError, policy_files, read_prices},
};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};

/// Audits every path; the first that cannot be read ends the program.
pub(super) fn check(args: &CheckArgs) -> Result<Answer, RunError> {
    let mut checked = Vec::with_capacity(args.paths.len());
    for path in &args.paths {
        checked.push(match args.kind {
            CheckKind::Data => check_data(path)?,
            CheckKind::Env => check_env(path)?,
            CheckKind::Policy => check_policy(path)?,
        });
    }
    Ok(joined(checked))
}

fn joined(answers: Vec<Answer>) -> Answer {
    let faulty = answers.iter().any(|a| a.verdict == Verdict::Faulty);
    let (tables, jsons): (Vec<String>, Vec<Value>) =
        answers.into_iter().map(|a| (a.table, a.json)).unzip();
    Answer {
        table: tables.join("\n"),
        json: Value::Array(jsons),
        verdict: if faulty {
            Verdict::Faulty
        } else {
            Verdict::Fine
        },
    }
}

fn check_data(path: &Path) -> Result<Answer, RunError> {
    let ingested = if path.extension().is_some_and(|extension| extension == "ron") {
        let (env, source) = EnvFile::load(path)?;
        read_prices(&env, &source)?
    } else {
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        let file = DataFile::new(stem.to_string_lossy(), path, BarLabel::Open);
        read_panel(&[file], Calendar::Refuse, None)
            .map_err(|error| RunError::input(&error, "correct the file"))?
    };
    let Ingested { panel, report } = ingested;
    let findings = audit(&panel);
    let mut table = format!(
        "{}: {} bars of {} s, {} to {}, {} asset(s)\n",
        path.display(),
        report.n_bars,
        report.bar_seconds,
        report.first,
        report.last,
        report.files.len()
    );
    // Writing to a String cannot fail.
    for file in &report.files {
        let _ = writeln!(
            table,
            "  {:8} {}: {}",
            file.symbol, file.layout, file.evidence
        );
        for note in &file.notes {
            let _ = writeln!(table, "  {:8} {note}", "");
        }
    }
    for finding in &findings {
        let _ = writeln!(table, "  {}", line(finding));
    }
    if findings.is_empty() {
        table.push_str("  nothing found\n");
    }
    let faulty = findings.iter().any(|f| f.severity == Severity::Error);
    Ok(Answer {
        table,
        json: json!({ "path": path, "report": report, "findings": findings }),
        verdict: if faulty {
            Verdict::Faulty
        } else {
            Verdict::Fine
        },
    })
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let symbol = finding.symbol.as_deref().unwrap_or("calendar");
    format!(
        "{severity:8} {symbol:8} {}: {}",
        finding.code.name(),
        finding.message
    )
}

fn check_policy(path: &Path) -> Result<Answer, RunError> {
    let mut answers = Vec::new();
    for path in policy_files(path)? {
        let file = PolicyFile::read(&path)
            .map_err(|error| RunError::input(&error, "train it again, or copy it again"))?;
        answers.push(Answer {
            table: about(&path, &file.header),
            json: json!({ "path": path, "header": file.header }),
            verdict: Verdict::Fine,
        });
    }
    Ok(joined(answers))
}

fn about(path: &Path, header: &PolicyHeader) -> String {
    format!(
        "{}: {} (seed {}), written by shockproof {}\n  trades   {} on bars of {} s\n  sees     {} fields\n  network  {:?} {:?}\n  decides  {:?}\n  config   {}\n",
        path.display(),
        header.method,
        header.seed,
        header.library_version,
        header.symbols.join(", "),
        header.bar_seconds,
        header.layout.n_fields(),
        header.network.hidden,
        header.network.head,
        header.allocation,
        header.config_sha256,
    )
}
