//! Errors of experiment and env files.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::path::PathBuf;

/// An error that points into a RON file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {message}")]
pub struct Pointed {
    /// `file:line:column`.
    pub place: String,
    /// The error: found, expected.
    pub message: String,
    /// The remedy, where the message does not have it.
    #[help]
    pub remedy: Option<String>,
    /// The file.
    #[source_code]
    pub text: NamedSource<String>,
    /// The offending part.
    #[label("here")]
    pub span: SourceSpan,
}

/// An experiment or env file that cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("{}: found {found}, expected a readable RON file", place.display())]
    #[diagnostic(help(
        "check the path; inside a RON file paths are relative to that file's folder"
    ))]
    File {
        /// Its path.
        place: PathBuf,
        /// The system's error.
        found: String,
    },
    /// Text that is not the RON of the expected type.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ron(Box<Pointed>),
    /// A well-formed value that is refused.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Value(Box<Pointed>),
}
