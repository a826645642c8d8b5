//! Errors of crashes and replays.

use crate::market::PanelError;

/// An invalid crash or replay.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrashError {
    /// An invalid name.
    #[error("name: found {found:?}, expected letters, digits, `_` and `-`; rename the crash")]
    Name {
        /// Rejected name.
        found: String,
    },
    /// A crash without bars.
    #[error("bars of {crash}: found none, expected at least one; write its bars")]
    NoBar {
        /// Name of the crash.
        crash: String,
    },
    /// An invalid move.
    #[error(
        "bars[{bar}].{field} of {crash}: found {found}, expected {expected}; moves are log moves \
         from the close before, in volatilities"
    )]
    Move {
        /// Name of the crash.
        crash: String,
        /// Index of the bar.
        bar: usize,
        /// Name of the move.
        field: &'static str,
        /// Rejected value.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// A volatility of the source or a factor outside its range.
    #[error("{place} of {crash}: found {found}, expected {expected}")]
    Number {
        /// Name of the field.
        place: &'static str,
        /// Name of the crash.
        crash: String,
        /// Rejected value.
        found: f64,
        /// Admissible values.
        expected: &'static str,
    },
    /// The scale `AsHistory` for a crash without a source.
    #[error(
        "scale of {crash}: found AsHistory for a crash without a source, expected ToVolatility; \
         its volatility in history is unknown"
    )]
    NoHistory {
        /// Name of the crash.
        crash: String,
    },
    /// The scale `AsHistory` for bars of another length.
    #[error(
        "scale of {crash}: found AsHistory for bars of {found} s, expected bars of {expected} s as \
         in its source; use ToVolatility"
    )]
    BarLength {
        /// Name of the crash.
        crash: String,
        /// Bar length of the panel. Unit: seconds.
        found: i64,
        /// Bar length of the source. Unit: seconds.
        expected: i64,
    },
    /// Rows outside the panel, or too early for a volatility estimate.
    #[error(
        "rows of {crash}: found {first} to {end}, expected a range that is not empty within \
         {earliest} to {n_bars}; the volatility needs {} bars before the first one",
        super::VOLATILITY_BARS + 1
    )]
    Rows {
        /// Name of the crash.
        crash: String,
        /// First row of the range.
        first: usize,
        /// End of the range, exclusive.
        end: usize,
        /// First admissible row.
        earliest: usize,
        /// Number of rows of the panel.
        n_bars: usize,
    },
    /// An unknown asset, or an empty list of assets.
    #[error(
        "assets of {crash}: found {found:?}, expected one of {}; use the panel's symbols",
        symbols.join(", ")
    )]
    Asset {
        /// Name of the crash.
        crash: String,
        /// Unknown symbol; empty for an empty list.
        found: String,
        /// Symbols of the panel.
        symbols: Vec<String>,
    },
    /// Constant prices before the crash.
    #[error(
        "{symbol} before row {row}: found a volatility of 0, expected prices that move; replay at \
         another row, or leave the asset out"
    )]
    Still {
        /// Symbol of the asset.
        symbol: String,
        /// First row of the crash.
        row: usize,
    },
    /// Prices beyond the range of `f64`.
    #[error("replay of {crash}: {source}; use a smaller factor")]
    Prices {
        /// Name of the crash.
        crash: String,
        /// First invalid bar.
        source: Box<PanelError>,
    },
}
