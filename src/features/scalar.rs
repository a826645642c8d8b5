//! Operations that several features share.

use super::Scalar;

/// Lower bound of volatilities and price ranges: 1e-5, i.e. 0.1 bp of log price per bar.
///
/// The floor acts only on stale prices, where it keeps quotients finite and continuous.
pub(super) const VOLATILITY_FLOOR: f64 = 1e-5;

/// max(a, b); a tie takes the value and the derivative of `a`.
#[inline]
pub(super) fn larger<S: Scalar>(a: S, b: S) -> S {
    if b.re() > a.re() { b } else { a }
}

/// min(a, b); a tie takes the value and the derivative of `a`.
#[inline]
pub(super) fn smaller<S: Scalar>(a: S, b: S) -> S {
    if b.re() < a.re() { b } else { a }
}

/// Converts a count to `f64`.
#[allow(
    clippy::cast_precision_loss,
    reason = "windows, periods and numbers of assets are far below 2^52"
)]
#[inline]
pub(super) const fn count(n: usize) -> f64 {
    n as f64
}

/// Weighted mean `committed + weight (x − committed)`.
#[inline]
pub(super) fn blend<S: Scalar>(committed: f64, weight: f64, x: S) -> S {
    (x - committed) * weight + committed
}
