//! What can be wrong with a crash or its replay.

use crate::market::PanelError;

/// A crash that cannot be, or cannot come to a market.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrashError {
    /// A name that cannot be one.
    #[error("name: found {found:?}, expected letters, digits, `_` and `-`; rename the crash")]
    Name {
        /// The name.
        found: String,
    },
    /// No bar.
    #[error("bars of {crash}: found none, expected at least one; write its bars")]
    NoBar {
        /// The crash.
        crash: String,
    },
    /// A move that cannot be.
    #[error(
        "bars[{bar}].{field} of {crash}: found {found}, expected {expected}; moves are log moves from the close before, in \
         volatilities"
    )]
    Move {
        /// The crash.
        crash: String,
        /// Its bar, from 0.
        bar: usize,
        /// Which move.
        field: &'static str,
        /// What it is.
        found: f64,
        /// What is admissible.
        expected: &'static str,
    },
    /// A volatility that moves cannot be divided by.
    #[error(
        "source.volatility of {crash}: found {found}, expected a finite number > 0; cut the crash again"
    )]
    SourceVolatility {
        /// The crash.
        crash: String,
        /// What it is.
        found: f64,
    },
    /// History asked of a crash that has none.
    #[error(
        "scale of {crash}: found AsHistory for a crash without a source, expected ToVolatility; nobody knows its volatility"
    )]
    NoHistory {
        /// The crash.
        crash: String,
    },
    /// History of bars of another length.
    #[error(
        "scale of {crash}: found AsHistory for bars of {found} s, expected bars of {expected} s as in its source; use ToVolatility"
    )]
    BarLength {
        /// The crash.
        crash: String,
        /// Bar length of the panel. Unit: seconds.
        found: i64,
        /// That of the source. Unit: seconds.
        expected: i64,
    },
    /// A factor that moves cannot be multiplied with.
    #[error(
        "factor of {crash}: found {found}, expected a finite number other than 0; 1 leaves the moves as they are"
    )]
    Factor {
        /// The crash.
        crash: String,
        /// What it is.
        found: f64,
    },
    /// Rows that the panel has not, or too early for a volatility.
    #[error(
        "rows of {crash}: found {first} to {end}, expected a range that is not empty within {earliest} to {n_bars}; {} bars \
         before the first one tell the volatility",
        super::VOLATILITY_BARS + 1
    )]
    Rows {
        /// The crash.
        crash: String,
        /// First row.
        first: usize,
        /// The row after the last.
        end: usize,
        /// First admissible row.
        earliest: usize,
        /// Rows of the panel.
        n_bars: usize,
    },
    /// No such asset, or none at all.
    #[error("assets of {crash}: found {found:?}, expected one of {}; use the panel's symbols", symbols.join(", "))]
    Asset {
        /// The crash.
        crash: String,
        /// The symbol; empty where none was given.
        found: String,
        /// Those of the panel.
        symbols: Vec<String>,
    },
    /// Prices stood still before.
    #[error(
        "{symbol} before row {row}: found a volatility of 0, expected prices that move; replay at another row, or leave the \
         asset out"
    )]
    Still {
        /// The asset.
        symbol: String,
        /// The row at which a crash was to begin.
        row: usize,
    },
    /// Prices that leave what a number can hold.
    #[error("replay of {crash}: {source}; use a smaller factor")]
    Prices {
        /// The crash.
        crash: String,
        /// The first bar that cannot be.
        source: Box<PanelError>,
    },
}
