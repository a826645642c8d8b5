//! One value per asset, where a single one takes no memory of its own.

use std::ops::{Deref, DerefMut};

/// A slice `[n_assets]` that is owned. One value, the usual case, lies within its owner: beside
/// what is read with it, and not at the end of a pointer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PerAsset<T> {
    One([T; 1]),
    Many(Vec<T>),
}

impl<T: Copy> PerAsset<T> {
    /// `value` for each of `n_assets`.
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
