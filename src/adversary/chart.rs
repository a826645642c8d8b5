//! Coordinates of the inner problem: the map from a shock in units of the budget to an
//! observation, and its derivative.

use crate::env::Norm;
use std::borrow::Cow;

/// Sizes of a chart.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChartShape {
    /// Coordinates z' per row.
    pub(super) n_coordinates: usize,
    /// Numbers per observation.
    pub(super) n_inputs: usize,
    /// Norm of the ball.
    pub(super) norm: Norm,
    /// Length of one row's B; zero where B is implicit.
    pub(super) jacobian_len: usize,
}

/// The coordinates z' of a batch of inner problems, one per row.
pub(super) trait Chart {
    fn shape(&self) -> ChartShape;

    /// The observations at z' = 0, `[n_rows, n_inputs]`.
    fn clean_observations(&self, n_rows: usize) -> Cow<'_, [f32]>;

    /// Writes φ(h, z) of `row`. `bps [n_coordinates]` is scratch.
    fn observe(&self, row: usize, z: &[f64], bps: &mut [f64], observation: &mut [f32]);

    /// [`Chart::observe`], and B (per bp, row-major `[n_inputs, n_coordinates]`) where it is not
    /// implicit.
    fn linearize(
        &self,
        row: usize,
        z: &[f64],
        bps: &mut [f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    );

    /// Writes B'ᵀ g, the gradient with respect to z', from the gradient with respect to the
    /// observation.
    fn pull_back(&self, jacobian: &[f32], gradient: &[f32], out: &mut [f64]);

    /// Writes B' u, the change of the observation per unit of `u`.
    fn push_forward(&self, jacobian: &[f32], u: &[f64], tangent: &mut [f32]);
}
