//! Errors of quoting problems and strategies.

use crate::market::OutOfBounds;

/// An invalid or too large quoting problem, or an invalid strategy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuotingError {
    /// A quantity outside its range.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// An inventory bound of 0, or too large for a table.
    #[error("max_inventory: found {found}, expected 1 to {limit} units")]
    MaxInventory {
        /// Rejected bound.
        found: u32,
        /// Largest admissible bound.
        limit: u32,
    },
    /// A number of steps outside its range.
    #[error("n_steps: found {found}, expected 1 to {limit}; take longer or shorter steps")]
    Steps {
        /// Rejected number of steps.
        found: u32,
        /// Largest admissible number of steps.
        limit: u32,
    },
    /// A table larger than the limit.
    #[error(
        "n_steps: found a table of {found} numbers, expected at most {limit}; take fewer steps or \
         a smaller max_inventory"
    )]
    Table {
        /// Size of the table, (`n_steps` + 1) (2 `max_inventory` + 1).
        found: u64,
        /// Largest admissible size.
        limit: u64,
    },
    /// A problem that needs more work than the limit.
    #[error(
        "quoting problem: found {found:.3e} substeps, expected at most {limit:.3e}; shorten the \
         horizon, or lower the arrival rate, the decay times the penalty, or max_inventory"
    )]
    TooFast {
        /// Number of substeps needed.
        found: f64,
        /// Largest admissible number of substeps.
        limit: f64,
    },
}

/// Checks that the number of steps is 1 to `limit`.
pub(in crate::games::quoting) fn check_steps(n_steps: u32, limit: u32) -> Result<(), QuotingError> {
    if (1..=limit).contains(&n_steps) {
        Ok(())
    } else {
        Err(QuotingError::Steps {
            found: n_steps,
            limit,
        })
    }
}
