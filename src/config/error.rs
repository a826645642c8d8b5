//! What can be wrong with an experiment, told with the place, what was found, what was expected and
//! what to do.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::path::PathBuf;

/// A complaint that points into a RON file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{place}: {what}: found {found}, expected {expected}")]
#[diagnostic(help("{remedy}"))]
pub struct Pointed {
    /// `file:line:column`.
    pub place: String,
    /// The complaint in a few words.
    pub what: String,
    /// What is written there.
    pub found: String,
    /// What should be.
    pub expected: String,
    /// What to do about it.
    pub remedy: String,
    /// The file.
    #[source_code]
    pub text: NamedSource<String>,
    /// The offending part.
    #[label("{what}")]
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
        /// What the system says.
        found: String,
    },
    /// Text that is not the RON of the expected type.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ron(Box<Pointed>),
    /// A value that is well-formed and still cannot be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Value(Box<Pointed>),
}
