//! The report on a price file.

use crate::{
    cli::{Answer, Verdict},
    ingest::{
        BarFields, BarLengthSource, FileReport, IngestReport, PriceBasis, Stamps, UnusedColumn,
        VolumeField,
        audit::{Code, Finding, Severity},
    },
};
use serde_json::json;
use std::{collections::BTreeSet, fmt::Write, path::Path};

/// Origin of the bar label: assumed, or given by the user. The label says whether a timestamp marks
/// the open or the end of its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelOrigin {
    Assumed,
    Given,
}

/// Renders the report and decides the verdict: an error that is not accepted is wrong input.
pub(super) fn render(
    path: &Path,
    report: &IngestReport,
    label: LabelOrigin,
    findings: &[Finding],
    accepted: &[Code],
) -> Answer {
    let is_accepted = |f: &Finding| {
        f.severity == Severity::Error && f.code.can_be_accepted() && accepted.contains(&f.code)
    };
    let mut table = head(path, report);
    for file in &report.files {
        table.push_str(&about(file, label));
    }
    let mut refused = BTreeSet::new();
    let mut jsons = Vec::with_capacity(findings.len());
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error if is_accepted(finding) => "accepted",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        if severity == "error" {
            refused.insert(finding.code);
        }
        table.push_str(&line(severity, finding));
        let mut json = json!(finding);
        json["accepted"] = is_accepted(finding).into();
        jsons.push(json);
    }
    if findings.is_empty() {
        table.push_str("  nothing found\n");
    }
    table.push_str(&advice(&refused));
    let json = json!({ "path": path, "report": report, "findings": jsons });
    let mut answer = Answer::fine(table, json);
    if !refused.is_empty() {
        answer.verdict = Verdict::WrongInput;
    }
    answer
}

/// Advice on errors that training refuses.
fn advice(refused: &BTreeSet<Code>) -> String {
    let acceptable = refused.iter().filter(|code| code.can_be_accepted());
    let names: Vec<String> = acceptable.map(ToString::to_string).collect();
    let accept = match names.join(", ") {
        none if none.is_empty() => none,
        names => format!(
            "; findings that are right can be accepted in the env file: `accept: [{names}]` \
             beside `files`"
        ),
    };
    match refused.len() {
        0 => String::new(),
        _ => format!("  training refuses these prices: correct them{accept}\n"),
    }
}

fn head(path: &Path, report: &IngestReport) -> String {
    let source = match report.bar_length {
        BarLengthSource::Given => "as given",
        BarLengthSource::Inferred if report.files.iter().all(|file| file.resampled.is_some()) => {
            "made of the rows"
        }
        BarLengthSource::Inferred => "the most frequent step",
    };
    let before = match report.bars_before_signals {
        0 => String::new(),
        n => format!(
            "  {} before every signal is known, left out\n",
            counted(n, "bar")
        ),
    };
    format!(
        "{}: {} of {} s ({source}), {} to {} (bar ends), {}\n{before}",
        path.display(),
        counted(report.n_bars, "bar"),
        report.bar_seconds,
        report.first,
        report.last,
        counted(report.files.len(), "asset"),
    )
}

/// Number and noun, e.g. `1 bar`, `2 bars`.
fn counted(n: usize, what: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {what}{plural}")
}

/// Layout and content of a file, and notes.
fn about(file: &FileReport, label: LabelOrigin) -> String {
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
    for signal in &file.signals {
        add(&signal.to_string());
    }
    if !file.unused_columns.is_empty() {
        add(&unused(&file.unused_columns));
    }
    if let Some(session) = file.session {
        add(&format!("hours of a daily bar: {session}"));
    }
    if let Some(currency) = &file.currency {
        add(&format!("prices in {currency}"));
    }
    if let Some(conversion) = &file.conversion {
        add(&conversion.to_string());
    }
    let is_open = file.layout.leaves_label_open() && file.stamps != Stamps::Dates;
    if label == LabelOrigin::Assumed && is_open {
        add(
            "its times are taken to mark the open of a bar; `--timestamps close` if they mark its \
             close",
        );
    }
    text
}

/// Names the columns that are not read, and the first of them that may be a signal.
fn unused(columns: &[UnusedColumn]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let numeric = columns.iter().find(|column| column.is_numeric);
    let remedy = numeric.map_or_else(String::new, |UnusedColumn { name, .. }| {
        format!(
            "; an env file makes a signal of one with `signals: [(column: {name:?}, name: \
             {name:?}, known: AtClose)]` beside `path`"
        )
    });
    format!("columns that are not read: {}{remedy}", names.join(", "))
}

/// The basis of the prices: raw or adjusted.
fn basis(file: &FileReport) -> String {
    let adjustment = match (file.prices, &file.adjustment) {
        (PriceBasis::Adjusted, Some(adjustment)) => adjustment,
        (PriceBasis::Adjusted, None) => return "adjusted".to_owned(),
        (PriceBasis::Raw, _) => {
            return "prices are taken as they are: the file has no adjusted close".to_owned();
        }
    };
    let days = adjustment
        .jumps
        .iter()
        .map(|day| day.format("%Y-%m-%d").to_string());
    let days: Vec<String> = days.collect();
    let more = if adjustment.n_jumps > days.len() {
        ", ..."
    } else {
        ""
    };
    let jumps = match days.join(", ") {
        none if none.is_empty() => none,
        days => format!("; the factor jumps as at a split in the rows of {days}{more}"),
    };
    format!(
        "raw prices, adjusted to the adjusted close by factors from {:.4} to {:.4}{jumps}",
        adjustment.smallest, adjustment.largest
    )
}

fn line(severity: &str, finding: &Finding) -> String {
    let Finding { count, message, .. } = finding;
    format!(
        "  {severity:8} {:8} {count} x {}, first {}: {message}\n",
        finding.symbol.as_deref().unwrap_or("calendar"),
        finding.code,
        finding.first.format("%Y-%m-%d %H:%M"),
    )
}
