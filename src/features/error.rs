//! What can be wrong with a list of features and what is built from it.

/// Features, a table or a normalizer that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// Nothing to observe.
    #[error("found an empty list of features, expected at least one; name one under `features`")]
    Empty,
    /// A parameter outside its range.
    #[error("feature {index} ({feature}): found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Position in the list.
        index: usize,
        /// The feature.
        feature: String,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        found: String,
        /// What is admissible.
        expected: &'static str,
    },
    /// Two numbers of one observation would bear the same name.
    #[error(
        "found two observation fields named `{name}`, expected unique names; remove the repeated feature or symbol"
    )]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Symbols that are not the pipeline's.
    #[error(
        "{place}: found symbols {found:?}, expected {expected:?} as in the feature pipeline, in that order"
    )]
    Symbols {
        /// Where the symbols came from.
        place: &'static str,
        /// What was given.
        found: Vec<String>,
        /// The pipeline's symbols.
        expected: Vec<String>,
    },
    /// Signals asked of a market that yields none.
    #[error(
        "feature {index} ({feature}): found a market without signals, expected one that yields them; leave this feature out, or take \
         a market with signals (`market::Panel::with_signals`, `models::SignalMarket`)"
    )]
    NoSignals {
        /// Position in the list.
        index: usize,
        /// The feature.
        feature: String,
    },
    /// A signal that the market does not yield.
    #[error(
        "feature {index} (Signal): found `{found}`, expected one of the market's signals {expected:?}; correct the name or leave \
         this feature out"
    )]
    UnknownSignal {
        /// Position in the list.
        index: usize,
        /// What was asked for.
        found: String,
        /// The market's signals.
        expected: Vec<String>,
    },
    /// Signals that are not those the pipeline reads from.
    #[error(
        "{place}: found signals {found:?}, expected {expected:?} as in the feature pipeline, in that order"
    )]
    Signals {
        /// Where the signals came from.
        place: &'static str,
        /// What was given.
        found: Vec<String>,
        /// The pipeline's signals.
        expected: Vec<String>,
    },
    /// Rows that a normalizer cannot be fitted on.
    #[error(
        "rows to fit the normalizer on: found {from}..{to}, expected at least two rows within {warm_up}..{n_rows} \
         (after the warm-up of {warm_up} bars); move the training span or shorten the longest window"
    )]
    Rows {
        /// First row.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Bars the features need before their first value.
        warm_up: usize,
        /// Rows of the table.
        n_rows: usize,
    },
    /// A feature that is not a number.
    #[error(
        "feature `{field}` at row {row}: found {found}, expected a finite number; check the prices around that row"
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
        "normalizer.{part}: found {found}, expected {expected}; the file does not belong to these features"
    )]
    Normalizer {
        /// `mean` or `scale`, with the index where there is one.
        part: String,
        /// What was found.
        found: String,
        /// What is admissible.
        expected: String,
    },
}
