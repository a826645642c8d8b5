//! The trait of a per-asset feature. Features from outside the crate implement it, and so do the
//! built-in ones.

use super::{Field, Newest, Place};
use num_dual::{Dual64, DualNum};
use std::{fmt::Debug, sync::Arc};

/// A scalar that features are computed in: `f64`, or the dual number `x + x' ε` with `ε² = 0` that
/// carries a derivative.
///
/// A quotient is written `a * b.recip()`. Dual numbers divide like that, so the real part of a dual
/// computation has the same bits as the computation in `f64`.
pub trait Scalar: DualNum<Primitive = f64> + Copy {
    /// Computes the values of a feature from outside the crate in this scalar.
    #[doc(hidden)]
    fn own_values(
        feature: &dyn OwnFeature,
        newest: &Newest<'_, Self>,
        state: &[f64],
        emit: &mut dyn FnMut(usize, Self),
    );
}

impl Scalar for f64 {
    fn own_values(
        feature: &dyn OwnFeature,
        newest: &Newest<'_>,
        state: &[f64],
        emit: &mut dyn FnMut(usize, Self),
    ) {
        feature.own_values(newest, state, emit);
    }
}

impl Scalar for Dual64 {
    fn own_values(
        feature: &dyn OwnFeature,
        newest: &Newest<'_, Self>,
        state: &[f64],
        emit: &mut dyn FnMut(usize, Self),
    ) {
        feature.own_dual_values(newest, state, emit);
    }
}

/// Length of what a feature remembers of one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Committed log closes that it reads from [`Newest::lags`], shared by all features.
    pub n_lags: usize,
    /// Numbers of its own state, all zero before the first bar.
    pub n_state: usize,
}

/// A feature of one asset: a function of the newest bar, of committed log closes and of a state.
///
/// ```text
/// x_t = values(bar_t, s_{t−1}, lags)      s_t = push(bar_t, s_{t−1}, lags)
/// ```
///
/// `values` is generic over the [`Scalar`]. With a dual number that carries the tangent of a price
/// shock z it yields ∂x/∂z exactly, which training with AAJR needs. The feature itself is immutable
/// and shared by all environments; what it remembers lies in `state`, one slice per asset.
/// [`super::FeatureSpec::own`] puts a feature into a list.
///
/// ```
/// use shockproof::features::{Feature, FeatureSpec, Field, Memory, Newest, Pipeline, Place, Scalar};
///
/// /// Momentum: x = ln(C_t / C_{t−n}), ∂x/∂z = 1.
/// #[derive(Debug)]
/// struct Momentum(usize);
///
/// impl Feature for Momentum {
///     fn memory(&self) -> Memory {
///         Memory { n_lags: self.0, n_state: 0 }
///     }
///     fn fields(&self, symbol: &str) -> Vec<Field> {
///         vec![Field::shockable(format!("{symbol}.momentum({})", self.0), "log return", self.0)]
///     }
///     fn push(&self, _: &Newest<'_>, _: Place, _: &mut [f64]) {}
///     fn values<S: Scalar>(
///         &self,
///         newest: &Newest<'_, S>,
///         _: &[f64],
///         mut emit: impl FnMut(usize, S),
///     ) {
///         emit(0, newest.log_close - newest.lags[self.0 - 1]);
///     }
/// }
///
/// let spec = FeatureSpec::own("momentum", [("n", 5.0)], Momentum(5));
/// let pipeline = Pipeline::new(&[spec], &["BTC".to_owned()])?;
/// assert_eq!(pipeline.fields()[0].name, "BTC.momentum(5)");
/// assert_eq!(pipeline.warm_up(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Feature: Debug + Send + Sync {
    /// Length of what it remembers.
    fn memory(&self) -> Memory;

    /// The fields that it yields for one asset: the same number for every symbol, under names that
    /// begin with the symbol.
    fn fields(&self, symbol: &str) -> Vec<Field>;

    /// Commits the newest bar to `state [n_state]`.
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]);

    /// Calls `emit(k, x_k)` once for each field k with its value if the newest bar closed now.
    ///
    /// Nothing is committed. Values before the warm-up are computed but never used.
    fn values<S: Scalar>(&self, newest: &Newest<'_, S>, state: &[f64], emit: impl FnMut(usize, S));
}

/// The object-safe form of [`Feature`], for shelves and lists. Every `Feature` implements it;
/// nothing else need.
pub trait OwnFeature: Debug + Send + Sync {
    #[doc(hidden)]
    fn own_memory(&self) -> Memory;
    #[doc(hidden)]
    fn own_fields(&self, symbol: &str) -> Vec<Field>;
    #[doc(hidden)]
    fn own_push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]);
    #[doc(hidden)]
    fn own_values(&self, newest: &Newest<'_>, state: &[f64], emit: &mut dyn FnMut(usize, f64));
    #[doc(hidden)]
    fn own_dual_values(
        &self,
        newest: &Newest<'_, Dual64>,
        state: &[f64],
        emit: &mut dyn FnMut(usize, Dual64),
    );
}

impl<T: Feature> OwnFeature for T {
    fn own_memory(&self) -> Memory {
        self.memory()
    }
    fn own_fields(&self, symbol: &str) -> Vec<Field> {
        self.fields(symbol)
    }
    fn own_push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]) {
        self.push(newest, place, state);
    }
    fn own_values(&self, newest: &Newest<'_>, state: &[f64], emit: &mut dyn FnMut(usize, f64)) {
        self.values(newest, state, emit);
    }
    fn own_dual_values(
        &self,
        newest: &Newest<'_, Dual64>,
        state: &[f64],
        emit: &mut dyn FnMut(usize, Dual64),
    ) {
        self.values(newest, state, emit);
    }
}

/// A feature from outside the crate, in place of a built-in one.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    feature: Arc<dyn OwnFeature>,
    n_values: usize,
}

impl Brought {
    pub(super) fn new(feature: Arc<dyn OwnFeature>) -> Self {
        Self {
            n_values: feature.own_fields("").len(),
            feature,
        }
    }
}

impl Feature for Brought {
    fn memory(&self) -> Memory {
        self.feature.own_memory()
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let mut fields = self.feature.own_fields(symbol);
        fields.truncate(self.n_values);
        fields
    }
    fn push(&self, newest: &Newest<'_>, place: Place, state: &mut [f64]) {
        self.feature.own_push(newest, place, state);
    }
    fn values<S: Scalar>(
        &self,
        newest: &Newest<'_, S>,
        state: &[f64],
        mut emit: impl FnMut(usize, S),
    ) {
        // A value beyond the announced fields would land in another feature's output.
        S::own_values(&*self.feature, newest, state, &mut |k, value| {
            if k < self.n_values {
                emit(k, value);
            }
        });
    }
}
