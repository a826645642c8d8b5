//! Errors of the programs: wrong input, or a failure.

use crate::config::ConfigError;

/// Error that stopped a program.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An experiment or env file that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another file or folder that cannot be used.
    #[error("{message}")]
    Input {
        /// Error message with place, found and expected.
        message: String,
        /// Action that remedies the error.
        remedy: String,
    },
    /// A step that failed although its input was right.
    #[error("{step}: {message}")]
    Failed {
        /// Name of the step.
        step: String,
        /// Messages of the error and its sources.
        message: String,
        /// Action that remedies the error, if known.
        remedy: Option<String>,
    },
}

impl RunError {
    /// Returns true if the input is at fault: exit code 2, and nothing was written.
    #[must_use]
    pub const fn is_wrong_input(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Input { .. })
    }

    /// Remedy; `None` if the message has it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Config(_) => None,
            Self::Input { remedy, .. } => Some(remedy.clone()),
            Self::Failed { remedy, .. } => remedy.clone(),
        }
    }

    /// Creates an error of wrong input; `message` reads `place: found F, expected E`.
    pub(crate) fn refused(message: String, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self::Input { message, remedy }
    }

    /// Creates an error of wrong input from another module's error.
    pub(crate) fn input(error: &dyn std::error::Error, remedy: impl Into<String>) -> Self {
        Self::refused(chain(error), remedy)
    }

    /// Creates a failure from another module's error.
    pub(crate) fn failed(step: impl Into<String>, error: &dyn std::error::Error) -> Self {
        Self::Failed {
            step: step.into(),
            message: chain(error),
            remedy: None,
        }
    }
}

/// Messages of the error and its sources, without repetitions.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::TrainError;

    #[test]
    fn a_chain_names_each_cause_once() {
        let error = TrainError::Observer {
            update: 1,
            source: "disk full".into(),
        };
        assert_eq!(chain(&error), "update 1: the observer failed: disk full");
    }
}
