//! The trait of a per-asset feature. Features from outside the crate implement it, and so do the
//! built-in ones.

use super::{Field, Newest, Place};
use crate::own::OwnError;
use num_dual::{Dual64, DualNum};
use std::{fmt::Debug, sync::Arc};

/// Receiver of values: field `k` and its value.
type Emit<'a, S> = &'a mut dyn FnMut(usize, S);

/// A scalar that features are computed in: `f64`, or the dual number `x + x' ε` with `ε² = 0` that
/// carries a derivative.
///
/// A quotient is written `a * b.recip()`. Dual numbers divide like that, so the real part of a dual
/// computation has the same bits as the computation in `f64`.
pub trait Scalar: DualNum<Primitive = f64> + Copy {
    /// Computes the values of a feature from outside the crate in this scalar.
    #[doc(hidden)]
    fn own_values(own: &dyn OwnFeature, now: &Newest<'_, Self>, state: &[f64], out: Emit<'_, Self>);
}

impl Scalar for f64 {
    fn own_values(own: &dyn OwnFeature, now: &Newest<'_>, state: &[f64], out: Emit<'_, Self>) {
        own.own_values(now, state, out);
    }
}

impl Scalar for Dual64 {
    fn own_values(
        own: &dyn OwnFeature,
        now: &Newest<'_, Self>,
        state: &[f64],
        out: Emit<'_, Self>,
    ) {
        own.own_tangents(now, state, out);
    }
}

/// Length of the memory that a feature has of one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Committed log closes that it reads from [`Newest::lags`], which all features share.
    pub n_lags: usize,
    /// Numbers of its own state, all zero before the first bar.
    pub n_state: usize,
}

impl Memory {
    /// A memory of `n_lags` log closes and `n_state` numbers.
    #[must_use]
    pub const fn new(n_lags: usize, n_state: usize) -> Self {
        Self { n_lags, n_state }
    }
}

/// A feature of one asset: a function of the newest bar, of committed log closes and of a state.
///
/// ```text
/// x_t = values(bar_t, s_{t−1}, lags)      s_t = push(bar_t, s_{t−1}, lags)
/// ```
///
/// `values` is generic over the [`Scalar`]. With a dual number that carries the tangent of a price
/// shock z it yields ∂x/∂z exactly, which training with AAJR needs. The feature itself is immutable
/// and shared by all environments; its memory lies in `state`, one slice per asset.
/// [`super::FeatureSpec::own`] puts a feature into a list; `examples/own_feature.rs` shows one.
pub trait Feature: Debug + Send + Sync {
    /// Length of its memory.
    fn memory(&self) -> Memory;

    /// The fields that it yields for one asset: the same number for every symbol, under names that
    /// begin with the symbol.
    fn fields(&self, symbol: &str) -> Vec<Field>;

    /// Commits the newest bar to `state [n_state]`.
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]);

    /// Calls `out(k, x_k)` once for each field k with its value if the newest bar closed now.
    ///
    /// Nothing is committed. Values before the warm-up are computed but never used.
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], out: impl FnMut(usize, S));
}

/// The object-safe form of [`Feature`], for shelves and lists. Every [`Feature`] has it.
pub trait OwnFeature: Debug + Send + Sync {
    #[doc(hidden)]
    fn own_memory(&self) -> Memory;
    #[doc(hidden)]
    fn own_fields(&self, symbol: &str) -> Vec<Field>;
    #[doc(hidden)]
    fn own_push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]);
    #[doc(hidden)]
    fn own_values(&self, now: &Newest<'_>, state: &[f64], out: Emit<'_, f64>);
    #[doc(hidden)]
    fn own_tangents(&self, now: &Newest<'_, Dual64>, state: &[f64], out: Emit<'_, Dual64>);
}

impl<T: Feature> OwnFeature for T {
    fn own_memory(&self) -> Memory {
        self.memory()
    }
    fn own_fields(&self, symbol: &str) -> Vec<Field> {
        self.fields(symbol)
    }
    fn own_push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        self.push(now, place, state);
    }
    fn own_values(&self, now: &Newest<'_>, state: &[f64], out: Emit<'_, f64>) {
        self.values(now, state, out);
    }
    fn own_tangents(&self, now: &Newest<'_, Dual64>, state: &[f64], out: Emit<'_, Dual64>) {
        self.values(now, state, out);
    }
}

/// A feature from outside the crate, wrapped for use in a pipeline.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    own: Arc<dyn OwnFeature>,
    n_values: usize,
}

impl Brought {
    /// Fails if the number of fields depends on the symbol.
    pub(super) fn new(own: Arc<dyn OwnFeature>, symbols: &[String]) -> Result<Self, OwnError> {
        let n_values = own.own_fields("").len();
        for symbol in symbols {
            let found = own.own_fields(symbol).len();
            if found != n_values {
                return Err(OwnError::Refused(format!(
                    "found {found} fields for {symbol}, expected {n_values} as for every symbol"
                )));
            }
        }
        Ok(Self { own, n_values })
    }
}

impl Feature for Brought {
    fn memory(&self) -> Memory {
        self.own.own_memory()
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        self.own.own_fields(symbol)
    }
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]) {
        self.own.own_push(now, place, state);
    }
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        // A value beyond the announced fields would land in another feature's output.
        S::own_values(&*self.own, now, state, &mut |k, value| {
            if k < self.n_values {
                out(k, value);
            }
        });
    }
}
