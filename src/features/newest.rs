//! The newest bar of one asset on top of the committed history.

use super::scalar::Scalar;
use crate::market::Bar;

/// What a feature sees of one asset.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newest<'a, S = f64> {
    /// Highest price of the newest bar.
    pub(super) high: S,
    /// Lowest price of the newest bar.
    pub(super) low: S,
    /// Close of the newest bar.
    pub(super) close: S,
    /// ln(close).
    pub(super) log_close: S,
    /// ln(close) minus the last committed log close.
    pub(super) log_return: S,
    /// Last committed close.
    pub(super) previous_close: f64,
    /// Committed log closes, the last one first.
    pub(super) lags: &'a [f64],
}

impl<'a, S: Scalar> Newest<'a, S> {
    pub(super) fn new(bar: &Bar<S>, previous_close: f64, lags: &'a [f64]) -> Self {
        let log_close = bar.close.ln();
        Self {
            high: bar.high,
            low: bar.low,
            close: bar.close,
            log_close,
            log_return: log_close - lags[0],
            previous_close,
            lags,
        }
    }
}

/// Whether a committed bar precedes the one that is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The very first bar: there is no return and no previous close.
    First,
    /// Any later bar.
    Later,
}
