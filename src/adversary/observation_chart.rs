//! Shocks in observation space: z' = free displacement of the shockable fields / radius.

use super::ball::narrow;
use crate::env::Norm;

/// B' = radius · identity on the shockable fields.
#[derive(Clone, Copy)]
pub(super) struct ObservationChart<'a> {
    /// Clean observations, `[n_rows, n_inputs]`.
    pub(super) nominal: &'a [f32],
    /// Indices of the fields that move.
    shockable: &'a [usize],
    /// First of the moving fields where they are contiguous: their loops vectorize.
    first: Option<usize>,
    pub(super) n_inputs: usize,
    pub(super) norm: Norm,
    radius: f64,
}

impl<'a> ObservationChart<'a> {
    /// `radius`: length of a unit of z' in normalized observation units.
    pub(super) fn new(
        nominal: &'a [f32],
        shockable: &'a [usize],
        n_inputs: usize,
        norm: Norm,
        radius: f64,
    ) -> Self {
        let first = shockable.first().copied();
        let is_run = |first: &usize| (*first..).zip(shockable).all(|(i, f)| i == *f);
        Self {
            nominal,
            shockable,
            first: first.filter(is_run),
            n_inputs,
            norm,
            radius,
        }
    }

    pub(super) const fn n_coordinates(&self) -> usize {
        self.shockable.len()
    }

    pub(super) fn observe(&self, row: usize, z: &[f64], observation: &mut [f32]) {
        observation.copy_from_slice(&self.nominal[row * self.n_inputs..(row + 1) * self.n_inputs]);
        let displaced = |o: f32, z_i: &f64| narrow(f64::from(o) + self.radius * z_i);
        if let Some(first) = self.first {
            for (o, z_i) in observation[first..].iter_mut().zip(z) {
                *o = displaced(*o, z_i);
            }
        } else {
            for (field, z_i) in self.shockable.iter().zip(z) {
                observation[*field] = displaced(observation[*field], z_i);
            }
        }
    }

    pub(super) fn pull_back(&self, gradient: &[f32], out: &mut [f64]) {
        if let Some(first) = self.first {
            for (out_i, g) in out.iter_mut().zip(&gradient[first..]) {
                *out_i = self.radius * f64::from(*g);
            }
        } else {
            for (out_i, field) in out.iter_mut().zip(self.shockable) {
                *out_i = self.radius * f64::from(gradient[*field]);
            }
        }
    }

    pub(super) fn push_forward(&self, u: &[f64], tangent: &mut [f32]) {
        tangent.fill(0.0);
        if let Some(first) = self.first {
            for (t, u_i) in tangent[first..].iter_mut().zip(u) {
                *t = narrow(self.radius * u_i);
            }
        } else {
            for (field, u_i) in self.shockable.iter().zip(u) {
                tangent[*field] = narrow(self.radius * u_i);
            }
        }
    }
}
