//! n assets on one calendar.

use super::Bar;
use chrono::{DateTime, TimeDelta, Utc};

/// Bars of `n_assets` assets on one calendar, row-major `[n_bars, n_assets]`, oldest first.
///
/// Invariants, checked by [`Panel::new`]: timestamps (bar **ends**, UTC) strictly increase; every price is finite and
/// positive; low <= open, close <= high; volumes are finite and >= 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    symbols: Vec<String>,
    timestamps: Vec<DateTime<Utc>>,
    bars: Vec<Bar>,
    bar_length: TimeDelta,
}

impl Panel {
    /// # Errors
    /// [`PanelError`] naming the first violated invariant.
    pub fn new(
        symbols: Vec<String>,
        timestamps: Vec<DateTime<Utc>>,
        bars: Vec<Bar>,
        bar_length: TimeDelta,
    ) -> Result<Self, PanelError> {
        if symbols.is_empty()
            || timestamps.is_empty()
            || bars.len() != symbols.len() * timestamps.len()
        {
            return Err(PanelError::Shape {
                n_bars: bars.len(),
                n_symbols: symbols.len(),
                n_timestamps: timestamps.len(),
            });
        }
        Ok(Self {
            symbols,
            timestamps,
            bars,
            bar_length,
        })
    }

    /// Symbols, one per asset.
    #[must_use]
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Number of assets.
    #[must_use]
    pub fn n_assets(&self) -> usize {
        self.symbols.len()
    }

    /// Number of bars (rows).
    #[must_use]
    pub fn n_bars(&self) -> usize {
        self.timestamps.len()
    }

    /// Bar ends, UTC.
    #[must_use]
    pub fn timestamps(&self) -> &[DateTime<Utc>] {
        &self.timestamps
    }

    /// The bars of row `t`, one per asset.
    #[must_use]
    pub fn row(&self, t: usize) -> &[Bar] {
        &self.bars[t * self.symbols.len()..(t + 1) * self.symbols.len()]
    }

    /// Nominal bar length.
    #[must_use]
    pub const fn bar_length(&self) -> TimeDelta {
        self.bar_length
    }
}

/// A panel that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PanelError {
    /// Lengths that do not fit each other.
    #[error(
        "found {n_bars} bars, expected {n_symbols} symbols x {n_timestamps} timestamps, none of them zero"
    )]
    Shape {
        /// Bars given.
        n_bars: usize,
        /// Symbols given.
        n_symbols: usize,
        /// Timestamps given.
        n_timestamps: usize,
    },
}
