//! Errors of feature lists, feature tables and normalizers.

use crate::own::OwnError;

/// An inadmissible list of features, table or normalizer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// An empty list of features or of assets.
    #[error("found an empty list of features, expected at least one; name one under `features`")]
    Empty,
    /// A parameter outside its range.
    #[error("feature {index} ({feature}): found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Index of the feature in the list.
        index: usize,
        /// Name of the feature.
        feature: String,
        /// Name of the parameter.
        parameter: &'static str,
        /// Rejected value.
        found: String,
        /// Admissible values.
        expected: String,
    },
    /// A feature from outside the crate that cannot be made.
    #[error("feature {index}: {fault}")]
    Own {
        /// Index of the feature in the list.
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
        /// Repeated name.
        name: String,
    },
    /// Symbols or signals that differ from the pipeline's.
    #[error(
        "{place}: found {kind} {found:?}, expected {expected:?} as in the feature pipeline, in \
         that order"
    )]
    Columns {
        /// Place that differs: `panel` or `observation layout`.
        place: &'static str,
        /// Kind of the names: `symbols` or `signals`.
        kind: &'static str,
        /// Names found.
        found: Vec<String>,
        /// Names of the pipeline.
        expected: Vec<String>,
    },
    /// A signal that the market does not yield.
    #[error(
        "feature {index} ({feature}): found {found}, expected {expected}; correct the name, leave \
         this feature out, or take a market with signals (`market::Panel::with_signals`, \
         `models::SignalMarket`)"
    )]
    Signal {
        /// Index of the feature in the list.
        index: usize,
        /// Name of the feature.
        feature: String,
        /// Name of the signal, or a note that the market has none.
        found: String,
        /// Signals of the market, or a note that signals are needed.
        expected: String,
    },
    /// Rows on which a normalizer cannot be fitted.
    #[error(
        "rows to fit the normalizer on: found {from}..{to}, expected at least two rows within \
         {warm_up}..{n_rows} (after the warm-up of {warm_up} bars); move the training span or \
         shorten the longest window"
    )]
    Rows {
        /// First row to fit.
        from: usize,
        /// One past the last row to fit.
        to: usize,
        /// Warm-up of the features. Unit: bars.
        warm_up: usize,
        /// Number of rows of the table.
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
        /// Rejected value.
        found: f64,
    },
    /// A normalizer that does not fit the features.
    #[error(
        "normalizer.{part}: found {found}, expected {expected}; the file does not belong to these \
         features"
    )]
    Normalizer {
        /// `mean` or `scale`, with an index for a single entry.
        part: String,
        /// Rejected entry or length.
        found: String,
        /// Admissible entries or length.
        expected: String,
    },
}
