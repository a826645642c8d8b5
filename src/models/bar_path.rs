//! A bar built from the prices of a simulated path.

use crate::market::Bar;
use serde::{Deserialize, Serialize};

/// Price at which a simulated bar opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Opening {
    /// Opens at the price after the first step, one step after the close of the decision. Pick it
    /// for bars that resemble real data; with one step per bar, a bar is a single price.
    #[default]
    FirstStep,
    /// Opens at the previous close, so a fill at the open has the price of the decision. Pick it to
    /// compare with closed forms in continuous time.
    PreviousClose,
}

/// Log prices of an unfinished bar.
#[derive(Debug, Clone, Copy)]
pub(super) struct BarPath {
    open: Option<f64>,
    high: f64,
    low: f64,
    close: f64,
}

impl BarPath {
    pub(super) fn new(opening: Opening, previous_close: f64) -> Self {
        let open = (opening == Opening::PreviousClose).then_some(previous_close);
        Self {
            open,
            high: open.unwrap_or(f64::NEG_INFINITY),
            low: open.unwrap_or(f64::INFINITY),
            close: previous_close,
        }
    }

    pub(super) fn log_price(&self) -> f64 {
        self.close
    }

    pub(super) fn push(&mut self, log_price: f64) {
        self.open.get_or_insert(log_price);
        self.high = self.high.max(log_price);
        self.low = self.low.min(log_price);
        self.close = log_price;
    }

    pub(super) fn bar(&self, volume: f64) -> Bar {
        let (open, close) = (self.open.unwrap_or(self.close).exp(), self.close.exp());
        Bar {
            open,
            // `exp` may round a larger argument to a smaller result.
            high: self.high.exp().max(open).max(close),
            low: self.low.exp().min(open).min(close),
            close,
            volume,
        }
    }
}
