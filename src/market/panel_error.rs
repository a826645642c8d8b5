//! Errors of a panel.

use super::BarError;
use chrono::{DateTime, TimeDelta, Utc};
use std::ops::Range;

/// An invalid panel.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PanelError {
    /// Lengths that are zero or do not match.
    #[error(
        "found {n_bars} bars, expected {n_symbols} symbols x {n_timestamps} timestamps, none of \
         them zero"
    )]
    Shape {
        /// Number of bars.
        n_bars: usize,
        /// Number of symbols.
        n_symbols: usize,
        /// Number of timestamps.
        n_timestamps: usize,
    },
    /// A symbol that is empty or given twice.
    #[error("asset {asset}: found symbol {found:?}, expected a name that no other asset has")]
    Symbol {
        /// Index of the asset.
        asset: usize,
        /// Rejected symbol.
        found: String,
    },
    /// A bar length that is zero or negative.
    #[error("bar length: found {found}, expected more than zero")]
    BarLength {
        /// Rejected length.
        found: TimeDelta,
    },
    /// Timestamps that do not strictly increase.
    #[error(
        "row {row}: found a bar ending {found}, expected one after {previous}; sort the bars and \
         drop repeats"
    )]
    Order {
        /// Index of the row.
        row: usize,
        /// Timestamp of the row.
        found: DateTime<Utc>,
        /// Timestamp of the previous row.
        previous: DateTime<Utc>,
    },
    /// An invalid bar.
    #[error("row {row} (ends {timestamp}), {symbol}: {error}")]
    Bar {
        /// Index of the row.
        row: usize,
        /// Symbol of the asset.
        symbol: String,
        /// End of the bar.
        timestamp: DateTime<Utc>,
        /// Fault of the bar.
        #[source]
        error: BarError,
    },
    /// Rows outside the panel.
    #[error(
        "found rows {} to {}, expected a range that is not empty within 0 to {n_bars}",
        found.start,
        found.end
    )]
    Slice {
        /// Rejected rows.
        found: Range<usize>,
        /// Number of rows of the panel.
        n_bars: usize,
    },
    /// A number of values that is not signals times bars.
    #[error("signals: found {n_values} values, expected {n_signals} signals x {n_bars} bars")]
    SignalShape {
        /// Number of values.
        n_values: usize,
        /// Number of signals.
        n_signals: usize,
        /// Number of rows of the panel.
        n_bars: usize,
    },
    /// A number of tradability flags that is not symbols times bars.
    #[error("tradable: found {n_flags} flags, expected {n_symbols} symbols x {n_bars} bars")]
    Tradable {
        /// Number of flags.
        n_flags: usize,
        /// Number of symbols.
        n_symbols: usize,
        /// Number of rows of the panel.
        n_bars: usize,
    },
    /// A signal name that is empty or given twice.
    #[error("signal {signal}: found the name {found:?}, expected one that no other signal has")]
    SignalName {
        /// Index of the signal.
        signal: usize,
        /// Rejected name.
        found: String,
    },
    /// A signal that is NaN or infinite.
    #[error("row {row} (ends {timestamp}), signal {name}: found {found}, expected a finite number")]
    Signal {
        /// Index of the row.
        row: usize,
        /// End of the bar.
        timestamp: DateTime<Utc>,
        /// Name of the signal.
        name: String,
        /// Rejected value.
        found: f64,
    },
}
