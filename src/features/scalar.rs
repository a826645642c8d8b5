//! The scalar of the newest bar, and the three kinked or guarded operations that features need of
//! it.
//!
//! Quotients are written `a * b.recip()`: that is how dual numbers divide, so the real part of a
//! dual computation has the same bits as the plain `f64` computation.

/// A scalar that features can be computed in: `f64` or a dual number over it.
pub trait Scalar: num_dual::DualNum<Primitive = f64> + Copy {}
impl<T: num_dual::DualNum<Primitive = f64> + Copy> Scalar for T {}

/// Volatilities and price ranges below this are taken to be this: 1e-5 = 0.1 bp of log price per
/// bar.
///
/// It only acts on stale prices, where it keeps quotients finite and continuous.
pub(super) const VOLATILITY_FLOOR: f64 = 1e-5;

/// max(a, b); at a tie the value and the derivative of `a`.
#[inline]
pub(super) fn larger<S: Scalar>(a: S, b: S) -> S {
    if b.re() > a.re() { b } else { a }
}

/// min(a, b); at a tie the value and the derivative of `a`.
#[inline]
pub(super) fn smaller<S: Scalar>(a: S, b: S) -> S {
    if b.re() < a.re() { b } else { a }
}

/// committed + weight (x − committed).
#[inline]
pub(super) fn blend<S: Scalar>(committed: f64, weight: f64, x: S) -> S {
    (x - committed) * weight + committed
}
