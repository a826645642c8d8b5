//! Errors of experiment and env files.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::path::PathBuf;

/// Error that points into a RON file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {message}")]
pub struct Pointed {
    /// Place of the error, as `file:line:column`.
    pub place: String,
    /// Error message with found and expected.
    pub message: String,
    /// Remedy, unless the message has it.
    #[help]
    pub remedy: Option<String>,
    /// Name and text of the file.
    #[source_code]
    pub text: NamedSource<String>,
    /// Byte range of the offending part.
    #[label("here")]
    pub span: SourceSpan,
}

/// Error of an experiment or env file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("{}: found {found}, expected a readable RON file", place.display())]
    #[diagnostic(help(
        "check the path; inside a RON file paths are relative to that file's folder"
    ))]
    File {
        /// Path of the file.
        place: PathBuf,
        /// Error of the operating system.
        found: String,
    },
    /// Text that does not parse as the expected type.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ron(Box<Pointed>),
    /// A well-formed value that is not admissible.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Value(Box<Pointed>),
}
