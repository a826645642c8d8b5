//! Result of a program and its exit code.

use crate::run::RunError;
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, JSONReportHandler, MietteDiagnostic,
};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

/// Result of a program, as text for people and as JSON for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// A short table or a few lines.
    pub table: String,
    /// Content of the table as JSON.
    pub json: serde_json::Value,
    /// Rendered errors of the parts that failed; the other parts are in the table.
    pub errors: Vec<String>,
    /// Verdict on the whole.
    pub verdict: Verdict,
}

impl Answer {
    /// Creates an answer without errors and with the verdict [`Verdict::Fine`].
    pub(super) const fn fine(table: String, json: serde_json::Value) -> Self {
        Self {
            table,
            json,
            errors: Vec::new(),
            verdict: Verdict::Fine,
        }
    }
}

/// Verdict of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything is in order: exit code 0.
    Fine,
    /// A fault that the input did not cause: exit code 1.
    Faulty,
    /// The input is wrong: exit code 2.
    WrongInput,
}

/// Format of the printed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Format {
    /// Format selected by the flag `--json`.
    pub(super) const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Table }
    }
}

/// Prints the answer to standard output, or the error to standard error.
///
/// Exit codes: 0 ok, 2 wrong input, 1 anything else (a closed pipe included).
#[must_use]
pub fn finish(result: Result<Answer, RunError>, format: Format) -> ExitCode {
    match result {
        Ok(answer) => {
            let text = match format {
                Format::Table => answer.table,
                Format::Json => format!("{:#}", answer.json),
            };
            let text = text.trim_end();
            let written = match text {
                "" => Ok(()),
                text => writeln!(std::io::stdout().lock(), "{text}"),
            };
            for error in &answer.errors {
                // A closed pipe loses the text; the exit code remains.
                let _ = writeln!(std::io::stderr().lock(), "{error}");
            }
            match (written, answer.verdict) {
                (Ok(()), Verdict::Fine) => ExitCode::SUCCESS,
                (Ok(()), Verdict::WrongInput) => ExitCode::from(2),
                (Ok(()), Verdict::Faulty) | (Err(_), _) => ExitCode::from(1),
            }
        }
        Err(error) => {
            // A closed pipe loses the text; the exit code remains.
            let _ = writeln!(std::io::stderr().lock(), "{}", render_error(&error, format));
            ExitCode::from(if error.is_wrong_input() { 2 } else { 1 })
        }
    }
}

/// Renders an error: with excerpt and caret for a RON file, else with its remedy.
pub(super) fn render_error(error: &RunError, format: Format) -> String {
    let mut other = MietteDiagnostic::new(error.to_string());
    other.help = error.remedy();
    let error: &dyn Diagnostic = match error {
        RunError::Config(pointed) => pointed,
        _ => &other,
    };
    let mut text = String::new();
    let rendered = match format {
        Format::Json => JSONReportHandler::new().render_report(&mut text, error),
        Format::Table if std::io::stderr().is_terminal() => {
            GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
                .render_report(&mut text, error)
        }
        Format::Table => GraphicalReportHandler::new_themed(GraphicalTheme::none())
            .with_wrap_lines(false)
            .render_report(&mut text, error),
    };
    if rendered.is_err() {
        text = error.to_string();
    }
    text
}
