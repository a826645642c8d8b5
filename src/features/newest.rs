//! Newest bar of one asset and the committed history before it.

use crate::market::Bar;
use num_dual::DualNum;

/// Input of a [`super::Feature`] for one asset: the newest bar on top of the committed history.
///
/// Only the newest bar can be shocked, so only it is generic over the scalar. Before the first bar
/// is committed, `previous_close` and `lags` are 0 and `log_return` is meaningless; see [`Place`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Newest<'a, S = f64> {
    /// Newest bar: open, high, low, close and volume.
    pub bar: &'a Bar<S>,
    /// Log of the newest bar's close C: ln C.
    pub log_close: S,
    /// `ln C − lags[0]`: the log return of the newest bar.
    pub log_return: S,
    /// Last committed close.
    pub previous_close: f64,
    /// Committed log closes, newest first; at least [`super::Memory::n_lags`] entries.
    pub lags: &'a [f64],
}

impl<'a, S: DualNum<Primitive = f64> + Copy> Newest<'a, S> {
    pub(super) fn new(bar: &'a Bar<S>, previous_close: f64, lags: &'a [f64]) -> Self {
        let log_close = bar.close.ln();
        Self {
            bar,
            log_close,
            log_return: log_close - lags[0],
            previous_close,
            lags,
        }
    }
}

/// Position in the history of the bar that is being committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first bar, which has no return and no previous close.
    First,
    /// Any later bar.
    Later,
}
