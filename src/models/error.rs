//! What can be wrong with a model, a market made of models, or what is asked of it.

use crate::market::PanelError;

/// A simulation that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A parameter outside its range.
    #[error("{model}: found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// The model.
        model: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        found: f64,
        /// What is admissible.
        expected: &'static str,
    },
    /// A model of one asset that cannot be.
    #[error("asset {asset} ({symbol}): {error}")]
    Asset {
        /// Position of the asset.
        asset: usize,
        /// Its symbol.
        symbol: String,
        /// What is wrong.
        #[source]
        error: Box<Self>,
    },
    /// A matrix that is not square or does not fit.
    #[error(
        "{matrix}: found {found} in row {row}, expected {expected} numbers in each of {expected} rows"
    )]
    Shape {
        /// Which matrix.
        matrix: &'static str,
        /// First row that is not as expected; the number of rows where rows are missing or too
        /// many.
        row: usize,
        /// Numbers in that row.
        found: usize,
        /// Rows and columns there should be.
        expected: usize,
    },
    /// An entry of a matrix that cannot be.
    #[error("{matrix}: found {found} in row {row}, column {column}, expected {expected}")]
    Entry {
        /// Which matrix.
        matrix: &'static str,
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
        /// What was given.
        found: f64,
        /// What is admissible.
        expected: &'static str,
    },
    /// Correlations that no random vector has.
    #[error(
        "correlation: found a matrix that is not positive definite (what row {row} has of its own is {found}, expected more than 1e-12); \
         weaken the correlations of that asset"
    )]
    NotPositiveDefinite {
        /// The row at which the Cholesky factor ends, from 0.
        row: usize,
        /// Squared diagonal entry of the factor there.
        found: f64,
    },
    /// A row of probabilities that does not add up.
    #[error("transition: found row {row} adding up to {found}, expected 1")]
    RowSum {
        /// Row, from 0.
        row: usize,
        /// Its sum.
        found: f64,
    },
    /// A chain without a unique stationary distribution.
    #[error(
        "transition: found regimes that part for ever, expected a chain in which one set of regimes is reached from everywhere; \
         let the others lead there"
    )]
    Reducible,
    /// A count outside its range.
    #[error("{place}: found {found}, expected {expected}")]
    Count {
        /// Which count.
        place: &'static str,
        /// What was given.
        found: usize,
        /// What is admissible.
        expected: &'static str,
    },
    /// A start so late that the last bar has no timestamp.
    #[error("start: found {found}, expected a time from which all bars end before the year 262143")]
    Start {
        /// What was given.
        found: chrono::DateTime<chrono::Utc>,
    },
    /// Symbols that cannot be.
    #[error("assets: {0}")]
    Symbols(#[source] PanelError),
    /// Prices that left the numbers.
    #[error(
        "the simulated market is no panel: {0}; a price that is zero or infinite means drift or volatility times the span of time is too large"
    )]
    Panel(#[from] PanelError),
}
