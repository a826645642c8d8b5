//! A bar from the prices on its way.

use crate::market::Bar;
use serde::{Deserialize, Serialize};

/// What the open of a simulated bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
pub enum Opening {
    /// The price after the first step: the first price that the bar itself sees, as in a file of
    /// trades. A fill at the open comes one step after the close that was decided on. With one step
    /// per bar a bar is a single price.
    #[default]
    FirstStep,
    /// The close before: the price at the instant at which the bar begins. A fill at the open is a
    /// fill at the very price that was decided on, as closed forms in continuous time assume.
    PreviousClose,
}

/// A bar in the making: log prices of its path so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct BarPath {
    open: Option<f64>,
    high: f64,
    low: f64,
    close: f64,
}

impl BarPath {
    pub(super) fn new(opening: Opening, previous_close: f64) -> Self {
        let empty = Self {
            open: None,
            high: f64::NEG_INFINITY,
            low: f64::INFINITY,
            close: previous_close,
        };
        match opening {
            Opening::FirstStep => empty,
            Opening::PreviousClose => Self {
                open: Some(previous_close),
                high: previous_close,
                low: previous_close,
                ..empty
            },
        }
    }

    /// The newest log price.
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
            // An exponential may round a larger argument to the smaller number.
            high: self.high.exp().max(open).max(close),
            low: self.low.exp().min(open).min(close),
            close,
            volume,
        }
    }
}
