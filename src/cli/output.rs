//! What a program says at its end, and the exit code that goes with it.

use crate::run::RunError;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, JSONReportHandler};
use std::{
    fmt,
    io::{IsTerminal, Write},
    process::ExitCode,
};

/// The result of a program, for people and for programs.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// A short table or a few lines.
    pub table: String,
    /// The same as JSON.
    pub json: serde_json::Value,
    /// Errors of parts of it, as they are told; the other parts are in the table.
    pub complaints: Vec<String>,
    /// Whether what was asked about is in order.
    pub verdict: Verdict,
}

/// Whether what was asked about is in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is: exit code 0.
    Fine,
    /// The program did its work and found a fault that is not one of the input: exit code 1.
    Faulty,
    /// The input is wrong: exit code 2.
    WrongInput,
}

/// How the answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Format {
    /// The format of the flag `--json`.
    pub(super) const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Table }
    }
}

/// Prints the answer to standard output or the error to standard error.
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
            for complaint in &answer.complaints {
                // Nobody reads a closed pipe; the exit code still tells.
                let _ = writeln!(std::io::stderr().lock(), "{complaint}");
            }
            match (written, answer.verdict) {
                (Ok(()), Verdict::Fine) => ExitCode::SUCCESS,
                (Ok(()), Verdict::WrongInput) => ExitCode::from(2),
                (Ok(()), Verdict::Faulty) | (Err(_), _) => ExitCode::from(1),
            }
        }
        Err(error) => {
            // Nobody reads a closed pipe; the exit code still tells.
            let _ = writeln!(std::io::stderr().lock(), "{}", told(&error, format));
            ExitCode::from(if error.is_wrong_input() { 2 } else { 1 })
        }
    }
}

/// An error as miette tells it: a complaint about a RON file with its excerpt and caret, any other
/// with its remedy.
#[derive(Debug)]
struct Told<'a>(&'a RunError);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Told<'_> {}

impl Diagnostic for Told<'_> {
    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        self.0
            .remedy()
            .map(|remedy| Box::new(remedy) as Box<dyn fmt::Display>)
    }
}

/// An error as it is printed.
pub(super) fn told(error: &RunError, format: Format) -> String {
    let other = Told(error);
    let error: &dyn Diagnostic = match error {
        RunError::Config(pointed) => pointed,
        _ => &other,
    };
    let mut text = String::new();
    let told = match format {
        Format::Json => JSONReportHandler::new().render_report(&mut text, error),
        Format::Table if std::io::stderr().is_terminal() => {
            GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
                .render_report(&mut text, error)
        }
        Format::Table => GraphicalReportHandler::new_themed(GraphicalTheme::none())
            .with_wrap_lines(false)
            .render_report(&mut text, error),
    };
    if told.is_err() {
        text = error.to_string();
    }
    text
}
