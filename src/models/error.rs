//! Errors of models and simulated markets.

use crate::market::PanelError;

/// An invalid model or simulated market.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A parameter outside its range.
    #[error("{model}: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Name of the model.
        model: &'static str,
        /// Name of the parameter.
        parameter: &'static str,
        /// Rejected value.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// An invalid model of one asset.
    #[error("asset {asset} ({symbol}): {error}")]
    Asset {
        /// Index of the asset.
        asset: usize,
        /// Symbol of the asset.
        symbol: String,
        /// Error of the asset's model.
        #[source]
        error: Box<Self>,
    },
    /// A matrix of the wrong size.
    #[error(
        "{matrix}: found {found} in row {row}, expected {expected} numbers in each of {expected} \
         rows"
    )]
    Shape {
        /// Name of the matrix.
        matrix: &'static str,
        /// Index of the first wrong, missing or surplus row.
        row: usize,
        /// Length of that row; 0 if the number of rows is wrong.
        found: usize,
        /// Expected number of rows and columns.
        expected: usize,
    },
    /// An invalid entry of a matrix.
    #[error("{matrix}: found {found} in row {row}, column {column}, expected {expected}")]
    Entry {
        /// Name of the matrix.
        matrix: &'static str,
        /// Index of the row.
        row: usize,
        /// Index of the column.
        column: usize,
        /// Rejected value.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// A correlation matrix that is not positive definite.
    #[error(
        "correlation: found a matrix that is not positive definite (squared pivot of row {row} is \
         {found}, expected more than 1e-12); weaken the correlations of that asset"
    )]
    NotPositiveDefinite {
        /// Index of the first row whose pivot is not positive.
        row: usize,
        /// Squared diagonal entry of the Cholesky factor in that row.
        found: f64,
    },
    /// A row of probabilities that does not sum to 1.
    #[error("transition: found a sum of {found} in row {row}, expected 1")]
    RowSum {
        /// Index of the row.
        row: usize,
        /// Sum of the row.
        found: f64,
    },
    /// A chain without a unique stationary distribution.
    #[error(
        "transition: found sets of regimes that never reach each other, expected one set that is \
         reached from every regime; raise a probability that leads there"
    )]
    Reducible,
    /// A count outside its range.
    #[error("{place}: found {found}, expected {expected}")]
    Count {
        /// Name of the count.
        place: &'static str,
        /// Rejected value.
        found: usize,
        /// Admissible values.
        expected: &'static str,
    },
    /// A start so late that the last bar ends beyond the largest timestamp.
    #[error("start: found {found}, expected a time from which all bars end before the year 262143")]
    Start {
        /// Rejected value.
        found: chrono::DateTime<chrono::Utc>,
    },
    /// Invalid symbols.
    #[error("assets: {0}")]
    Symbols(#[source] PanelError),
    /// Prices beyond the range of `f64`.
    #[error(
        "simulated bars: {0}; if a price is zero or infinite, lower the drift, the volatility or \
         the number of bars"
    )]
    Panel(#[from] PanelError),
}
