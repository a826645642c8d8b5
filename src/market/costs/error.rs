//! Errors of cost terms.

use crate::{market::OutOfBounds, own::OwnError};
use chrono::{DateTime, Utc};

/// Costs that cannot be charged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A proportional cost that reaches or exceeds the traded value.
    #[error(
        "costs: fee plus half spread at the widest admissible spread is {found} of the traded \
         value, expected less than 1; lower fee, half_spread or shocks.max_spread_multiplier"
    )]
    Proportional {
        /// Proportional cost as a fraction of the traded value.
        found: f64,
    },
    /// A number outside its range.
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
    /// A value of a funding signal that no venue charges.
    #[error(
        "costs.funding.signals: found {found} for {name} in the bar that ends {end}, expected a \
         rate in [-1, 1] per period, 0.0001 for 1 bp; scale the column"
    )]
    FundingRate {
        /// Name of the signal.
        name: String,
        /// End of the bar.
        end: DateTime<Utc>,
        /// Rejected rate.
        found: f64,
    },
    /// A term from outside the crate that cannot be made.
    #[error("costs: {0}")]
    Own(#[from] OwnError),
}
