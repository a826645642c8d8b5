//! A misprinted bar: what a print shock makes of the newest bar.

use super::scalar::{Scalar, larger, smaller};
use crate::market::Bar;

/// The bar whose close is printed as C e^z, `log_move` z; high and low widen to contain it, open and volume stay.
///
/// high' = max(H, C e^z), low' = min(L, C e^z). Kinks: where C e^z equals H (or L) exactly, the clean price wins and with it
/// derivative 0, which is the left-hand derivative at the high and the right-hand one at the low.
#[must_use]
pub fn print_bar<S: Scalar>(bar: &Bar, log_move: S) -> Bar<S> {
    let close = log_move.exp() * bar.close;
    Bar {
        open: S::from(bar.open),
        high: larger(S::from(bar.high), close),
        low: smaller(S::from(bar.low), close),
        close,
        volume: bar.volume,
    }
}

/// [`print_bar`] for a row. Shapes: `row [n_assets]`, `log_moves [n_assets]`, `out [n_assets]`.
pub fn print_bars<S: Scalar>(row: &[Bar], log_moves: &[S], out: &mut [Bar<S>]) {
    debug_assert!(row.len() == log_moves.len() && row.len() == out.len());
    for ((bar, &log_move), out) in row.iter().zip(log_moves).zip(out) {
        *out = print_bar(bar, log_move);
    }
}
