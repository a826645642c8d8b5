//! Points and tangents of an adversary's inner ascent, for a regularizer.

use crate::policy::{Passed, TangentPoints};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Detached points and directions of an inner ascent, stacked over its steps.
///
/// With shocks in units of the per-step budget, row m holds `φ(h, z_k)` and `B_k u_k` of one sample
/// and one step k, so the policy's change along a tangent is its change per full-budget shock. A
/// zero direction gives a zero tangent, which penalizes nothing. The rows are plain numbers: no
/// gradient flows back into the ascent.
#[derive(Debug, Clone, PartialEq)]
pub struct Ascent<'a> {
    /// Points `φ(h, z_k)`, `[n_samples * n_steps, n_inputs]`.
    pub points: Cow<'a, [f32]>,
    /// Tangents `B_k u_k`, `[n_samples * n_steps, n_inputs]`.
    pub tangents: Cow<'a, [f32]>,
    /// Number of steps k per sample.
    pub n_steps: usize,
    /// Cached passes of the policy through the points; may be empty, changes no result.
    pub passed: &'a [Passed],
}

impl Ascent<'_> {
    /// An ascent without points, for regularizers that need no ascent.
    pub const EMPTY: Self = Self {
        points: Cow::Borrowed(&[]),
        tangents: Cow::Borrowed(&[]),
        n_steps: 0,
        passed: &[],
    };

    /// Returns true if the ascent has no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// Points and tangents in the form of [`crate::policy::ActorCritic::tangent_penalty`].
    #[must_use]
    pub fn tangent_points(&self) -> TangentPoints<'_> {
        TangentPoints {
            points: &self.points,
            tangents: &self.tangents,
            passed: self.passed,
        }
    }
}

/// Directions `u_k` of an ascent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Directions {
    /// Takes the normalized gradient of the inner objective. Pick it for AAJR.
    Gradient,
    /// Takes random directions, uniform on the unit sphere. Pick it as an ablation.
    Random,
    /// Takes the normalized sign of the gradient. Pick it as an ablation.
    Sign,
}

/// Space of the ascent's shocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Space {
    /// Shocks move prices: B is the exact tangent of the features. Pick it for markets.
    Price,
    /// Shocks displace the shockable features freely: B is the identity on them. Pick it to compare
    /// with the classical attack on observations.
    Observation,
}
