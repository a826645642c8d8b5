//! Shocks in observation space: z' = free displacement of the shockable fields / radius.

use super::{
    ball::narrow,
    chart::{Chart, ChartShape},
};
use crate::env::Norm;
use std::borrow::Cow;

/// B' = radius · identity on the shockable fields.
#[derive(Clone, Copy)]
pub(super) struct ObservationChart<'a> {
    /// Clean observations, `[n_rows, n_inputs]`.
    pub(super) nominal: &'a [f32],
    /// Indices of the fields that move.
    pub(super) shockable: &'a [usize],
    pub(super) n_inputs: usize,
    pub(super) norm: Norm,
    /// Length of a unit of z' in normalized observation units.
    pub(super) radius: f64,
}

impl Chart for ObservationChart<'_> {
    fn shape(&self) -> ChartShape {
        ChartShape {
            n_coordinates: self.shockable.len(),
            n_inputs: self.n_inputs,
            norm: self.norm,
            jacobian_len: 0,
        }
    }

    fn clean_observations(&self, _n_rows: usize) -> Cow<'_, [f32]> {
        self.nominal.into()
    }

    fn observe(&self, row: usize, z: &[f64], _bps: &mut [f64], observation: &mut [f32]) {
        observation.copy_from_slice(&self.nominal[row * self.n_inputs..(row + 1) * self.n_inputs]);
        for (field, z_i) in self.shockable.iter().zip(z) {
            let o = &mut observation[*field];
            *o = narrow(f64::from(*o) + self.radius * z_i);
        }
    }

    fn linearize(
        &self,
        row: usize,
        z: &[f64],
        bps: &mut [f64],
        observation: &mut [f32],
        _jacobian: &mut [f32],
    ) {
        self.observe(row, z, bps, observation);
    }

    fn pull_back(&self, _jacobian: &[f32], gradient: &[f32], out: &mut [f64]) {
        for (out_i, field) in out.iter_mut().zip(self.shockable) {
            *out_i = self.radius * f64::from(gradient[*field]);
        }
    }

    fn push_forward(&self, _jacobian: &[f32], u: &[f64], tangent: &mut [f32]) {
        tangent.fill(0.0);
        for (field, u_i) in self.shockable.iter().zip(u) {
            tangent[*field] = narrow(self.radius * u_i);
        }
    }
}
