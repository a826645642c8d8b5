//! Errors of a vector environment, and the checks of its inputs.

use crate::env::{Action, ActionSpace};

/// Error of a vector environment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// A vector environment without copies.
    #[error("vector environment: found 0 copies, expected at least 1")]
    Empty,
    /// A copy whose spaces differ from those of the first copy.
    #[error(
        "vector environment: copy {copy} has another layout, action space or shock space than \
         copy 0; build all copies from one spec"
    )]
    Foreign {
        /// Index of the copy.
        copy: usize,
    },
    /// An input of the wrong size.
    #[error("vector environment, {input}: found {found} numbers, expected {expected}")]
    Shape {
        /// Name of the input.
        input: &'static str,
        /// Length found.
        found: usize,
        /// Expected length.
        expected: usize,
    },
    /// Actions of another kind than the action space.
    #[error("vector environment, actions: found {found} actions, expected {expected} ones")]
    Kind {
        /// Kind of the actions found.
        found: &'static str,
        /// Kind of the action space.
        expected: &'static str,
    },
    /// A worker thread that the operating system refused.
    #[error("vector environment: worker {index} could not be started; use fewer workers")]
    Spawn {
        /// Index of the worker.
        index: usize,
        /// Cause of the error.
        #[source]
        source: std::io::Error,
    },
    /// A worker whose environment or job panicked.
    #[error(
        "vector environment: worker {index} is gone because one of its environments panicked \
         (its message is on the standard error stream)"
    )]
    WorkerLost {
        /// Index of the worker.
        index: usize,
    },
}

/// Checks the kind of the actions, and their number for `n_copies` copies.
pub(super) fn check_actions(
    space: &ActionSpace,
    n_copies: usize,
    actions: Action<'_>,
) -> Result<(), VectorError> {
    let kind_error = |found, expected| Err(VectorError::Kind { found, expected });
    let found = match (space, actions) {
        (ActionSpace::Continuous { .. }, Action::Continuous(given)) => given.len(),
        (ActionSpace::Categorical { .. }, Action::Categorical(given)) => given.len(),
        (ActionSpace::Continuous { .. }, _) => return kind_error("categorical", "continuous"),
        (ActionSpace::Categorical { .. }, _) => return kind_error("continuous", "categorical"),
    };
    check_len("actions", found, n_copies * space.n_dims())
}

pub(super) fn check_len(
    input: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), VectorError> {
    if found == expected {
        Ok(())
    } else {
        Err(VectorError::Shape {
            input,
            found,
            expected,
        })
    }
}
