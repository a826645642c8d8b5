//! One value per asset, without a heap allocation or a loop for a single asset.

use std::ops::{Deref, DerefMut};

/// An owned slice `[n_assets]`. A single value, the usual case, is stored inline, so reading it
/// does not follow a pointer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PerAsset<T> {
    One([T; 1]),
    Many(Vec<T>),
}

impl<T: Copy> PerAsset<T> {
    /// Slice with `value` for each of `n_assets`.
    pub(crate) fn new(value: T, n_assets: usize) -> Self {
        if n_assets == 1 {
            Self::One([value])
        } else {
            Self::Many(vec![value; n_assets])
        }
    }
}

impl<T> Deref for PerAsset<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

impl<T> DerefMut for PerAsset<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

/// Calls `act(0..n_assets)` in order. A single asset takes no loop: the prologue of a vectorized
/// loop costs more than the work on one asset.
#[inline]
pub(crate) fn each_asset(n_assets: usize, mut act: impl FnMut(usize)) {
    if n_assets == 1 {
        act(0);
    } else {
        for asset in 0..n_assets {
            act(asset);
        }
    }
}
