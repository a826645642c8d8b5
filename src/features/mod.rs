//! Streaming features, generic over the scalar of the newest bar.
//!
//! A [`Pipeline`] is an immutable description; its whole memory is one flat slice of `f64` that the caller owns, so that
//! copying a history is a `memcpy` and an environment copy costs nothing else. [`Pipeline::peek`] gives the observation that
//! would follow if the given bars closed now, *without* committing them; [`Pipeline::push`] commits. The newest bars may be
//! dual numbers: that is how ∂observation/∂shock is exact.

mod account;
mod layout;
mod normalizer;
mod pipeline;
mod spec;

pub use account::{AccountFeature, AccountView};
pub use layout::{Field, Layout};
pub use normalizer::Normalizer;
pub use pipeline::{FeatureError, Pipeline, Scalar};
pub use spec::{Cycle, FeatureSpec};
