//! Refusals of feature lists and of what is built from them.

use crate::own::OwnError;

/// An inadmissible list of features, table or normalizer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// An empty list.
    #[error("found an empty list of features, expected at least one; name one under `features`")]
    Empty,
    /// A parameter outside its range.
    #[error("feature {index} ({feature}): found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Position in the list.
        index: usize,
        /// Name of the feature.
        feature: String,
        /// Name of the parameter.
        parameter: &'static str,
        /// Value found.
        found: String,
        /// Admissible values.
        expected: String,
    },
    /// A feature from outside the crate that is not registered.
    #[error("feature {index}: {fault}")]
    Own {
        /// Position in the list.
        index: usize,
        /// Cause of the error.
        fault: OwnError,
    },
    /// Two observation fields with the same name.
    #[error(
        "found two observation fields named `{name}`, expected unique names; remove the repeated \
         feature or symbol"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Symbols or signals other than the pipeline's.
    #[error(
        "{place}: found {kind} {found:?}, expected {expected:?} as in the feature pipeline, in \
         that order"
    )]
    Columns {
        /// `panel` or `observation layout`.
        place: &'static str,
        /// `symbols` or `signals`.
        kind: &'static str,
        /// Names found.
        found: Vec<String>,
        /// The pipeline's names.
        expected: Vec<String>,
    },
    /// A signal that the market does not yield.
    #[error(
        "feature {index} ({feature}): found {found}, expected {expected}; correct the name, leave \
         this feature out, or take a market with signals (`market::Panel::with_signals`, \
         `models::SignalMarket`)"
    )]
    Signal {
        /// Position in the list.
        index: usize,
        /// Name of the feature.
        feature: String,
        /// The signal in the list, or the market.
        found: String,
        /// The market's signals.
        expected: String,
    },
    /// Rows that a normalizer cannot be fitted on.
    #[error(
        "rows to fit the normalizer on: found {from}..{to}, expected at least two rows within \
         {warm_up}..{n_rows} (after the warm-up of {warm_up} bars); move the training span or \
         shorten the longest window"
    )]
    Rows {
        /// First row.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Warm-up of the features. Unit: bars.
        warm_up: usize,
        /// Rows of the table.
        n_rows: usize,
    },
    /// NaN or infinity as a feature value.
    #[error(
        "feature `{field}` at row {row}: found {found}, expected a finite number; check the prices \
         around that row"
    )]
    NotFinite {
        /// Row of the table.
        row: usize,
        /// Name of the field.
        field: String,
        /// The value.
        found: f64,
    },
    /// A normalizer that does not fit the features.
    #[error(
        "normalizer.{part}: found {found}, expected {expected}; the file does not belong to these \
         features"
    )]
    Normalizer {
        /// `mean` or `scale`, with an index for a single number.
        part: String,
        /// Part found.
        found: String,
        /// The admissible part.
        expected: String,
    },
}
