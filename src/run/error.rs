//! The errors of the programs: wrong input, or a failure.

use crate::config::ConfigError;

/// The reason why a program stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An experiment or env file that cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another file or folder that cannot be used.
    #[error("{message}")]
    Input {
        /// Place, found and expected.
        message: String,
        /// The remedy.
        remedy: String,
    },
    /// A step that failed although its input was right.
    #[error("{step}: {message}")]
    Failed {
        /// The step.
        step: String,
        /// The error with its sources.
        message: String,
        /// The remedy, where one is known.
        remedy: Option<String>,
    },
}

impl RunError {
    /// The input is to blame: exit code 2, and nothing was written.
    #[must_use]
    pub const fn is_wrong_input(&self) -> bool {
        matches!(self, Self::Config(_) | Self::Input { .. })
    }

    /// The remedy; `None` where the message has it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Config(_) => None,
            Self::Input { remedy, .. } => Some(remedy.clone()),
            Self::Failed { remedy, .. } => remedy.clone(),
        }
    }

    /// Wrong input; the message reads `place: found F, expected E`.
    pub(crate) fn refused(message: String, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self::Input { message, remedy }
    }

    /// Wrong input, described by another module's error.
    pub(crate) fn input(error: &dyn std::error::Error, remedy: impl Into<String>) -> Self {
        Self::refused(chain(error), remedy)
    }

    /// A failure, described by another module's error.
    pub(crate) fn failed(step: impl Into<String>, error: &dyn std::error::Error) -> Self {
        Self::Failed {
            step: step.into(),
            message: chain(error),
            remedy: None,
        }
    }
}

/// The error and its sources, each once.
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
