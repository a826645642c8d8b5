//! The pipeline: all features of all assets behind one flat state.

use super::{FeatureSpec, Field};
use crate::market::Bar;
use chrono::{DateTime, Utc};

/// A scalar that features can be computed in: `f64` or a dual number over it.
pub trait Scalar: num_dual::DualNum<Primitive = f64> + Copy {}
impl<T: num_dual::DualNum<Primitive = f64> + Copy> Scalar for T {}

/// An immutable list of features over `n_assets` assets.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    n_assets: usize,
    specs: Vec<FeatureSpec>,
}

impl Pipeline {
    /// # Errors
    /// [`FeatureError`] naming the spec whose parameters cannot be.
    pub fn new(specs: &[FeatureSpec], symbols: &[String]) -> Result<Self, FeatureError> {
        todo!()
    }
    /// Numbers per observation.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        todo!()
    }
    /// Name, unit, range, shockability and warm-up of each output.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        todo!()
    }
    /// Bars that must have been pushed before `peek` means anything (the maximum over fields).
    #[must_use]
    pub fn warm_up(&self) -> usize {
        todo!()
    }
    /// Length of the flat state.
    #[must_use]
    pub fn state_len(&self) -> usize {
        todo!()
    }
    /// Writes the state that has seen nothing.
    pub fn clear(&self, state: &mut [f64]) {
        todo!()
    }
    /// Commits one row of bars (`[n_assets]`) that ended at `end`.
    pub fn push(&self, state: &mut [f64], bars: &[Bar], end: DateTime<Utc>) {
        todo!()
    }
    /// The features if `bars` closed now on top of the committed history; nothing is committed.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]`, `out [n_outputs]`. `push` then nothing else gives the same history.
    pub fn peek<S: Scalar>(
        &self,
        state: &[f64],
        bars: &[Bar<S>],
        end: DateTime<Utc>,
        out: &mut [S],
    ) {
        todo!()
    }
}

/// A feature that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureError {
    /// A parameter outside its range.
    #[error("feature {index} ({feature}): found {parameter} = {found}, expected {expected}")]
    Parameter {
        /// Position in the list.
        index: usize,
        /// The feature.
        feature: String,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        found: String,
        /// What is admissible.
        expected: &'static str,
    },
}
