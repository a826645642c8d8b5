//! Trait of a per-asset feature, built-in or from outside the crate.

use super::{Field, Newest, Place};
use crate::own::OwnError;
use num_dual::{Dual64, DualNum};
use std::{fmt::Debug, sync::Arc};

/// Callback that receives the index k and the value of a field.
type Emit<'a, S> = &'a mut dyn FnMut(usize, S);

/// Scalar type of features: `f64`, or the dual number `x + x' ε`, `ε² = 0`, with derivative x'.
///
/// Features must write a quotient as `a * b.recip()`, because dual numbers divide that way. The
/// real part of a dual computation then has the same bits as the computation in `f64`.
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

/// Sizes of a feature's memory per asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Number of log closes that the feature reads from [`Newest::lags`], which all features share.
    pub n_lags: usize,
    /// Length of the feature's own state, all zeros before the first bar.
    pub n_state: usize,
}

impl Memory {
    /// A memory of `n_lags` log closes and a state of length `n_state`.
    #[must_use]
    pub const fn new(n_lags: usize, n_state: usize) -> Self {
        Self { n_lags, n_state }
    }
}

/// Feature of one asset: a function of the newest bar, committed log closes and a state.
///
/// ```text
/// x_t = values(bar_t, s_{t−1}, lags)      s_t = push(bar_t, s_{t−1}, lags)
/// ```
///
/// `values` is generic over the [`Scalar`]. A dual number that carries the tangent of a price shock
/// z yields ∂x/∂z exactly, which training with AAJR needs. The feature is immutable and shared by
/// all environments; its memory is `state`, one slice per asset. [`super::FeatureSpec::own`] puts a
/// feature into a list; `examples/own_feature.rs` shows an example.
pub trait Feature: Debug + Send + Sync {
    /// Sizes of the feature's memory.
    fn memory(&self) -> Memory;

    /// Fields of one asset: equally many for every symbol, with names that begin with the symbol.
    fn fields(&self, symbol: &str) -> Vec<Field>;

    /// Commits the newest bar to `state [n_state]`.
    fn push(&self, now: &Newest<'_>, place: Place, state: &mut [f64]);

    /// Calls `out(k, x_k)` once for each field k, with `x_k` as if the newest bar closed now.
    ///
    /// Commits nothing. Values before the warm-up are computed but never used.
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], out: impl FnMut(usize, S));
}

/// Object-safe form of [`Feature`] for shelves and lists; every [`Feature`] implements it.
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
    /// Wraps the feature; fails if its number of fields depends on the symbol.
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
        // A value beyond the declared fields would overwrite the output of another feature.
        S::own_values(&*self.own, now, state, &mut |k, value| {
            if k < self.n_values {
                out(k, value);
            }
        });
    }
}
