//! `shockproof check data PATH...`: what a price file is taken for, and what an audit finds in it.

use super::{Answer, Reading, Verdict};
use crate::{
    config::EnvFile,
    crash::Crash,
    ingest::{
        BarFields, BarLabel, BarLengthSource, Calendar, DataFile, FileReport, IngestError,
        IngestFault, IngestReport, PriceBasis, Surveyed, VolumeField,
        audit::{Code, Finding, Severity, audit_surveyed},
        read_panel, survey_panel,
    },
    run::{RunError, survey_prices},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fmt::Write,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

/// The files that a path stands for.
pub(super) struct Found {
    pub(super) looked_at: Vec<PathBuf>,
    /// What is said of a folder: what in it is not looked at.
    pub(super) passed_over: Option<Answer>,
}

/// Endings of price files, the last of which may be followed by that of a compression.
const ENDINGS: [&str; 9] = [
    "csv", "tsv", "txt", "json", "parquet", "feather", "arrow", "ipc", "prn",
];

/// A file itself; of a folder the files in it that are called like price files.
pub(super) fn paths_of(path: &Path) -> Found {
    let entries = path.is_dir().then(|| path.read_dir().ok()).flatten();
    let Some(entries) = entries else {
        return Found {
            looked_at: vec![path.to_path_buf()],
            passed_over: None,
        };
    };
    let mut inside: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    inside.sort();
    let (looked_at, others): (Vec<PathBuf>, Vec<PathBuf>) = inside
        .into_iter()
        .partition(|path| path.is_file() && is_called_prices(path));
    let with_slash = |path: &PathBuf| {
        let name = path.file_name()?.to_string_lossy();
        let slash = if path.is_dir() { "/" } else { "" };
        Some(format!("{name}{slash}"))
    };
    let names: Vec<String> = others.iter().filter_map(with_slash).collect();
    let nothing = looked_at.is_empty();
    let passed_over = (nothing || !names.is_empty()).then(|| Answer {
        table: format!(
            "{}: {} files looked at; folders, crash libraries, or not called like price files, and left out: {}\n",
            path.display(),
            looked_at.len(),
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            },
        ),
        json: json!({ "path": path, "n_files": looked_at.len(), "left_out": names }),
        complaints: Vec::new(),
        verdict: if nothing {
            Verdict::WrongInput
        } else {
            Verdict::Fine
        },
    });
    Found {
        looked_at,
        passed_over,
    }
}

/// Whether a file of a folder is called like prices, and is not a crash library.
fn is_called_prices(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".zst"]
        .iter()
        .find_map(|packed| name.strip_suffix(packed))
        .unwrap_or(&name);
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ENDINGS.contains(&ending))
        && !is_crash_library(file)
}

/// Whether a file holds crashes, as `data/crashes.json` does.
fn is_crash_library(file: &Path) -> bool {
    let crashes = |file| serde_json::from_reader::<_, Vec<Crash>>(BufReader::new(file)).ok();
    file.extension().is_some_and(|ending| ending == "json")
        && File::open(file)
            .ok()
            .and_then(crashes)
            .is_some_and(|crashes| !crashes.is_empty())
}

/// Audits a price file, or those of an env.
pub(super) fn check_data(path: &Path, reading: &Reading) -> Result<Answer, RunError> {
    let (surveyed, accepted, label) = if path
        .extension()
        .is_some_and(|extension| extension == "ron")
    {
        if *reading != Reading::default() {
            return Err(RunError::Input {
                message: format!(
                    "{}: found an env file, expected a price file beside flags that say how it is read",
                    path.display()
                ),
                remedy: "leave out the flags: an env file says all of that itself".to_owned(),
            });
        }
        let (env, source) = EnvFile::load(path)?;
        let surveyed = survey_prices(&env, &source)?;
        let files = env.market.price_files();
        let accepted = files.map_or_else(Vec::new, |files| files.accept.clone());
        (surveyed, accepted, Label::Said)
    } else {
        let label = reading.timestamps.map_or(Label::Assumed, |_| Label::Said);
        (survey(path, reading)?, Vec::new(), label)
    };
    let findings = audit_surveyed(&surveyed);
    let report = &surveyed.ingested.report;
    Ok(told(path, report, label, &findings, &accepted))
}

/// Reads a file as it is trained on; where a row cannot be used, the rest of it.
fn survey(path: &Path, reading: &Reading) -> Result<Surveyed, RunError> {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    let file = [DataFile {
        layout: reading.layout,
        utc_offset_minutes: reading.utc_offset_minutes,
        time_zone: reading.time_zone.clone(),
        instrument: reading.instrument.clone(),
        resample_seconds: reading.resample_seconds,
        ..DataFile::new(
            stem.to_string_lossy(),
            path,
            reading.timestamps.map_or(BarLabel::Open, BarLabel::from),
        )
    }];
    let seconds = reading.bar_seconds.map(i64::from).map(TimeDelta::seconds);
    match read_panel(&file, Calendar::Refuse, seconds) {
        Ok(ingested) => Ok(Surveyed {
            ingested,
            faults: vec![Vec::new()],
        }),
        Err(error) => match survey_panel(&file, Calendar::Refuse, seconds) {
            Ok(surveyed) if !surveyed.faults[0].is_empty() => Ok(surveyed),
            _ => Err(RunError::input(&error, remedy(&error))),
        },
    }
}

/// How to give the zone of times.
const ZONE: &str = "here `--utc-offset-minutes` and `--time-zone`, in an env file \
                    `utc_offset_minutes` and `time_zone`";

/// How to give the length of bars to make.
const RESAMPLE: &str = "here `--resample-seconds N`, in an env file `resample_seconds: N` beside \
                        `path`";

/// What to type, and what to write in an env file.
fn remedy(error: &IngestError) -> &'static str {
    match error.fault() {
        IngestFault::MissingFile => "correct the path",
        IngestFault::UnknownLayout { .. }
        | IngestFault::OtherLayout { .. }
        | IngestFault::Ambiguous { .. } => {
            "here `--layout NAME`, in an env file `layout: NAME` beside `path`; docs/layouts.md lists them"
        }
        IngestFault::Format { .. } => {
            "do so, or name another file; docs/layouts.md lists the layouts that are read"
        }
        IngestFault::NoTable { .. } => {
            "name a file of prices; docs/layouts.md lists the layouts that are read"
        }
        IngestFault::ZoneOpen { .. } => {
            "here `--utc-offset-minutes N` or `--time-zone NAME`, in an env file `utc_offset_minutes: N` or `time_zone: \"NAME\"` beside `path`"
        }
        IngestFault::ClockChange { .. } => ZONE,
        IngestFault::Setting { .. } => match error.field() {
            Some("utc_offset_minutes" | "time_zone") => ZONE,
            Some("timestamps") => "here `--timestamps open`, in an env file `timestamps: Open`",
            _ => RESAMPLE,
        },
        IngestFault::Parts { .. } => {
            "without quotes around the `*` each file is looked at by itself; in an env file one `path` is one asset"
        }
        IngestFault::Instrument { .. } | IngestFault::Instruments { .. } => {
            "here `--instrument NAME`, in an env file `instrument: \"NAME\"` beside `path`"
        }
        IngestFault::TicksNeedLength => RESAMPLE,
        IngestFault::NoBarLength | IngestFault::BarLength { .. } => {
            "here `--bar-seconds N`, in an env file `bar_seconds: N` beside `files`"
        }
        _ => "correct the file",
    }
}

fn told(
    path: &Path,
    report: &IngestReport,
    label: Label,
    findings: &[Finding],
    accepted: &[Code],
) -> Answer {
    let is_accepted = |f: &Finding| {
        f.severity == Severity::Error && f.code.can_be_accepted() && accepted.contains(&f.code)
    };
    let mut table = head(path, report);
    // Writing to a String cannot fail.
    for file in &report.files {
        table.push_str(&about(file, label));
    }
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error if is_accepted(finding) => "accepted",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let _ = writeln!(table, "  {}", line(severity, finding));
    }
    if findings.is_empty() {
        table.push_str("  nothing found\n");
    }
    let refused: BTreeSet<Code> = findings
        .iter()
        .filter(|f| f.severity == Severity::Error && !is_accepted(f))
        .map(|f| f.code)
        .collect();
    table.push_str(&advice(&refused));
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut json = json!(finding);
            json["accepted"] = is_accepted(finding).into();
            json
        })
        .collect();
    Answer {
        table,
        json: json!({ "path": path, "report": report, "findings": findings }),
        complaints: Vec::new(),
        verdict: if refused.is_empty() {
            Verdict::Fine
        } else {
            Verdict::WrongInput
        },
    }
}

/// What to do about errors that training refuses.
fn advice(refused: &BTreeSet<Code>) -> String {
    if refused.is_empty() {
        return String::new();
    }
    let names: Vec<String> = refused
        .iter()
        .filter(|code| code.can_be_accepted())
        .map(ToString::to_string)
        .collect();
    let mut text = "  training refuses these prices: correct them".to_owned();
    if !names.is_empty() {
        let _ = write!(
            text,
            "; what an audit finds and is right can be accepted in the env file: `accept: [{}]` beside `files`",
            names.join(", ")
        );
    }
    text.push('\n');
    text
}

fn head(path: &Path, report: &IngestReport) -> String {
    let source = match report.bar_length {
        BarLengthSource::Given => "as given",
        BarLengthSource::Inferred if report.files.iter().all(|file| file.resampled.is_some()) => {
            "made of the rows"
        }
        BarLengthSource::Inferred => "the most frequent step",
    };
    format!(
        "{}: {} of {} s ({source}), {} to {} (bar ends), {}\n",
        path.display(),
        counted(report.n_bars, "bar"),
        report.bar_seconds,
        report.first,
        report.last,
        counted(report.files.len(), "asset"),
    )
}

/// `1 bar`, `2 bars`.
fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// What a file is taken for, what it holds, and what else there is to know.
fn about(file: &FileReport, label: Label) -> String {
    let mut text = format!("  {:8} {}: {}\n", file.symbol, file.layout, file.evidence);
    let mut add = |words: &str| {
        let _ = writeln!(text, "  {:8} {words}", "");
    };
    let fields = match file.fields {
        BarFields::OpenHighLowClose => "open, high, low and close",
        BarFields::CloseOnly => "closes alone",
        BarFields::Trades => "trades",
        BarFields::Quotes => "quotes, of which the middle is taken",
    };
    let volume = match file.volume {
        VolumeField::Present => "with volume",
        VolumeField::Absent => "without volume",
    };
    add(&format!(
        "{}, {fields}, {volume}; {}",
        counted(file.rows_read, "row"),
        basis(file)
    ));
    if let Some(resampled) = &file.resampled {
        let bars = counted(resampled.n_bars, "bar");
        add(&match resampled.row_seconds {
            Some(seconds) => format!(
                "rows of {seconds} s made into {bars}, {} of which lack rows",
                resampled.n_incomplete
            ),
            None => format!("made into {bars}"),
        });
    }
    for note in &file.notes {
        add(&note.to_string());
    }
    if label == Label::Assumed && file.layout.leaves_label_open() {
        add(
            "its times are taken to mark the open of a bar; `--timestamps close` if they mark its close",
        );
    }
    text
}

/// Whether somebody said which end of a bar a time marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Assumed,
    Said,
}

/// Raw or adjusted.
fn basis(file: &FileReport) -> String {
    let adjustment = match (file.prices, &file.adjustment) {
        (PriceBasis::Adjusted, Some(adjustment)) => adjustment,
        (PriceBasis::Adjusted, None) => return "adjusted".to_owned(),
        (PriceBasis::Raw, _) => {
            return "prices are taken as they are: the file has no adjusted close".to_owned();
        }
    };
    let mut text = format!(
        "raw prices, adjusted to the adjusted close by factors from {:.4} to {:.4}",
        adjustment.smallest, adjustment.largest
    );
    if adjustment.n_jumps > 0 {
        let day = |time: &DateTime<Utc>| time.format("%Y-%m-%d").to_string();
        let days: Vec<String> = adjustment.jumps.iter().map(day).collect();
        let _ = write!(
            text,
            "; the factor jumps as at a split in the rows of {}{}",
            days.join(", "),
            if adjustment.n_jumps > days.len() {
                ", ..."
            } else {
                ""
            },
        );
    }
    text
}

fn line(severity: &str, finding: &Finding) -> String {
    format!(
        "{severity:8} {:8} {} x {}, first {}: {}",
        finding.symbol.as_deref().unwrap_or("calendar"),
        finding.count,
        finding.code,
        finding.first.format("%Y-%m-%d %H:%M"),
        finding.message
    )
}
