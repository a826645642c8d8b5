//! What an adversary's inner ascent hands to a regularizer: points and tangents, nothing else.

use crate::policy::{Passed, TangentPoints};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Detached points and directions of an inner ascent, stacked over its steps.
///
/// With shocks in units of the per-step budget, row m holds `φ(h, z_k)` and `B_k u_k` of one sample
/// and one step k: the policy's change along the tangent is its change per full-budget shock. A
/// zero gradient gives a zero tangent, which penalizes nothing. The rows are plain numbers: no
/// gradient ever flows back into the ascent. Where all of them are wanted they stay where the
/// ascent wrote them.
#[derive(Debug, Clone, PartialEq)]
pub struct Ascent<'a> {
    /// `φ(h, z_k)`, `[n_samples * n_steps, n_inputs]`.
    pub points: Cow<'a, [f32]>,
    /// `B_k u_k`, `[n_samples * n_steps, n_inputs]`.
    pub tangents: Cow<'a, [f32]>,
    /// Steps k per sample that were kept.
    pub n_steps: usize,
    /// Passes of the policy through the points, where the ascent kept them: they save time and
    /// change nothing.
    pub passed: &'a [Passed],
}

impl Ascent<'_> {
    /// No points: what a regularizer without an ascent gets.
    pub const EMPTY: Self = Self {
        points: Cow::Borrowed(&[]),
        tangents: Cow::Borrowed(&[]),
        n_steps: 0,
        passed: &[],
    };

    /// Whether there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// As the policy takes them.
    #[must_use]
    pub fn tangent_points(&self) -> TangentPoints<'_> {
        TangentPoints {
            points: &self.points,
            tangents: &self.tangents,
            passed: self.passed,
        }
    }
}

/// Which directions `u_k` an ascent reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Directions {
    /// The normalized gradient of the inner objective.
    Gradient,
    /// Uniform on the unit sphere, at the same points.
    Random,
    /// The normalized sign of the gradient.
    Sign,
}

/// Where shocks live for the ascent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Space {
    /// Price space: B is the exact tangent of the features.
    Price,
    /// A free displacement of the shockable features: B is the identity on them.
    Observation,
}
