//! Bars of one price file with the instants between which each of them traded.

use super::Bar;
use chrono::{DateTime, Utc};

/// Bars of one price file, oldest first, and their open and end instants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BarTimes {
    /// Instants of the first prices, `[n_bars]`.
    pub(crate) opens: Vec<DateTime<Utc>>,
    /// Instants of the last prices, `[n_bars]`.
    pub(crate) ends: Vec<DateTime<Utc>>,
    /// Bars as the file has them, `[n_bars]`.
    pub(crate) bars: Vec<Bar>,
    /// Prices of a bar.
    pub(crate) prices: BarPrices,
}

/// Prices of a bar in a price file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarPrices {
    /// Open, high, low and close.
    Range,
    /// The close, which is also open, high and low.
    CloseOnly,
}
