//! Errors of cost terms.

use crate::{market::OutOfBounds, own::OwnError};

/// Costs that cannot be charged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A negative or non-finite impact coefficient.
    #[error("costs.impact_coefficient: found {found}, expected a finite number >= 0")]
    ImpactCoefficient {
        /// Rejected coefficient.
        found: f64,
    },
    /// A proportional cost that reaches or exceeds the traded value.
    #[error(
        "costs: fee plus half spread at the widest admissible spread is {found} of the traded \
         value, expected less than 1; lower fee, half_spread or shocks.max_spread_multiplier"
    )]
    Proportional {
        /// Proportional cost as a fraction of the traded value.
        found: f64,
    },
    /// A rate outside its range.
    #[error(transparent)]
    Rate(#[from] OutOfBounds),
    /// A list of rates whose length is not the number of assets.
    #[error(
        "costs.{field}: found a list of {found}, expected {expected}, one per asset in the order \
         of the env's assets"
    )]
    Assets {
        /// Name of the list.
        field: &'static str,
        /// Number of rates.
        found: usize,
        /// Number of assets.
        expected: usize,
    },
    /// A signal that the market does not have.
    #[error(
        "costs.funding.signals: found `{found}`, expected a signal of the prices (they have: {})",
        if expected.is_empty() { "none".to_owned() } else { expected.join(", ") }
    )]
    Signal {
        /// Name of the signal.
        found: String,
        /// Signals of the market.
        expected: Vec<String>,
    },
    /// A term from outside the crate that cannot be made.
    #[error("costs: {0}")]
    Own(#[from] OwnError),
}
