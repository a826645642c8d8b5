//! Everything a program can fail with, and whether the user's input is to blame.

use super::FolderError;
use crate::config::ConfigError;
use std::path::PathBuf;

/// Why a program stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The experiment or env file.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The out folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A data, env or policy file that cannot be used; the message names place, found and expected.
    #[error("{message}")]
    Input {
        /// What is wrong, with its sources.
        message: String,
        /// What to do about it.
        remedy: String,
    },
    /// Training failed.
    #[error("training of {job}: {message}")]
    Training {
        /// Method and seed.
        job: String,
        /// What happened, with its sources.
        message: String,
        /// The run folder.
        folder: PathBuf,
    },
    /// A step after the input was found to be right failed.
    #[error("{step}: {message}")]
    Failed {
        /// What was being done.
        step: String,
        /// What happened, with its sources.
        message: String,
    },
}

impl RunError {
    /// Whether the input is to blame (exit code 2; nothing was written).
    #[must_use]
    pub const fn is_wrong_input(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Folder(_) | Self::Input { .. })
    }

    /// What to do about it; `None` where the message says it, or the complaint points into a file
    /// and says it there.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Config(_) | Self::Failed { .. } => None,
            Self::Folder(error) => Some(error.remedy().to_owned()),
            Self::Input { remedy, .. } => Some(remedy.clone()),
            Self::Training { folder, .. } => Some(format!(
                "what was finished before is in {}",
                folder.display()
            )),
        }
    }

    /// Wrong input told by another module's error.
    pub(crate) fn input(error: &dyn std::error::Error, remedy: impl Into<String>) -> Self {
        Self::Input {
            message: chain(error),
            remedy: remedy.into(),
        }
    }

    /// A failure after the input was found to be right.
    pub(crate) fn failed(step: impl Into<String>, error: &dyn std::error::Error) -> Self {
        Self::Failed {
            step: step.into(),
            message: chain(error),
        }
    }
}

/// The error and its sources, each said once.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_names_each_cause_once() {
        let error = FolderError::Create {
            place: "x".into(),
            source: std::io::Error::other("disk full"),
        };
        assert_eq!(chain(&error).matches("disk full").count(), 1);
    }
}
