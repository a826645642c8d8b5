//! Coordinates of the inner problem: the map from a shock in units of the budget to an
//! observation, and its derivative.

use crate::{
    env::{Norm, ShockMap},
    policy::Real,
};
use std::{borrow::Cow, ops::Range};

/// Coordinates z' of a batch of inner problems, one problem per row.
#[derive(Clone, Copy)]
pub(super) struct Chart<'a> {
    pub(super) moved: Moved<'a>,
    /// Entries per observation.
    pub(super) n_inputs: usize,
    /// Norm of the ball.
    pub(super) norm: Norm,
    /// Length of a unit of z'. Unit: bps for prices, normalized observation units for fields.
    pub(super) unit: f64,
}

/// Quantities that z' moves.
#[derive(Clone, Copy)]
pub(super) enum Moved<'a> {
    /// Prices: the observation is φ(h, z), and its tangent B' = ∂φ/∂z · unit is exact.
    Prices {
        map: &'a dyn ShockMap,
        /// Snapshots, `[n_rows, map.snapshot_len()]`.
        snapshots: &'a [f64],
        n_assets: usize,
    },
    /// Fields of the observation: B' = unit · identity on these fields.
    Fields {
        /// Clean observations, `[n_rows, n_inputs]`.
        nominal: &'a [f32],
        /// Indices of the shockable fields, strictly increasing.
        shockable: &'a [usize],
    },
}

impl Chart<'_> {
    /// Number of coordinates z' per row.
    pub(super) const fn n_coordinates(&self) -> usize {
        match self.moved {
            Moved::Prices { n_assets, .. } => n_assets,
            Moved::Fields { shockable, .. } => shockable.len(),
        }
    }

    /// Length of a row's Jacobian B; zero where B is implicit.
    pub(super) const fn jacobian_len(&self) -> usize {
        match self.moved {
            Moved::Prices { n_assets, .. } => n_assets * self.n_inputs,
            Moved::Fields { .. } => 0,
        }
    }

    /// Observations at z' = 0, `[n_rows, n_inputs]`.
    pub(super) fn clean_observations(&self, n_rows: usize) -> Cow<'_, [f32]> {
        if let Moved::Fields { nominal, .. } = self.moved {
            return nominal.into();
        }
        let n = self.n_coordinates();
        let (origin, mut bps) = (vec![0.0; n], vec![0.0; n]);
        let mut observations = vec![0.0; n_rows * self.n_inputs];
        let rows = observations.chunks_exact_mut(self.n_inputs.max(1));
        for (row, observation) in rows.enumerate() {
            self.observe(row, &origin, &mut bps, observation, None);
        }
        observations.into()
    }

    /// Writes φ(h, z) of `row`, and B (per bp, row-major `[n_inputs, n_coordinates]`) where
    /// `jacobian` is given and B not implicit. `bps [n_coordinates]` is scratch.
    pub(super) fn observe(
        &self,
        row: usize,
        z: &[f64],
        bps: &mut [f64],
        observation: &mut [f32],
        jacobian: Option<&mut [f32]>,
    ) {
        match self.moved {
            Moved::Prices { map, snapshots, .. } => {
                for (bps_i, z_i) in bps.iter_mut().zip(z) {
                    *bps_i = z_i * self.unit;
                }
                let n = map.snapshot_len();
                let snapshot = &snapshots[row * n..(row + 1) * n];
                match jacobian {
                    Some(jacobian) => map.jacobian(snapshot, bps, observation, jacobian),
                    None => map.observe(snapshot, bps, observation),
                }
            }
            Moved::Fields { nominal, shockable } => {
                let n = self.n_inputs;
                observation.copy_from_slice(&nominal[row * n..(row + 1) * n]);
                let moved = |o: f32, z_i: f64| f32::of(f64::from(o) + self.unit * z_i);
                if let Some(range) = contiguous(shockable) {
                    for (o, z_i) in observation[range].iter_mut().zip(z) {
                        *o = moved(*o, *z_i);
                    }
                } else {
                    for (field, z_i) in shockable.iter().zip(z) {
                        observation[*field] = moved(observation[*field], *z_i);
                    }
                }
            }
        }
    }

    /// Writes the gradient ∂g/∂z' = B'ᵀ ∂g/∂o for `gradient` = ∂g/∂o.
    pub(super) fn pull_back(&self, jacobian: &[f32], gradient: &[f32], out: &mut [f64]) {
        match self.moved {
            Moved::Prices { n_assets, .. } => {
                out.fill(0.0);
                for (b_row, g) in jacobian.chunks_exact(n_assets).zip(gradient) {
                    for (out_i, b) in out.iter_mut().zip(b_row) {
                        *out_i += f64::from(*b) * f64::from(*g) * self.unit;
                    }
                }
            }
            Moved::Fields { shockable, .. } => {
                if let Some(range) = contiguous(shockable) {
                    for (out_i, g) in out.iter_mut().zip(&gradient[range]) {
                        *out_i = self.unit * f64::from(*g);
                    }
                } else {
                    for (out_i, field) in out.iter_mut().zip(shockable) {
                        *out_i = self.unit * f64::from(gradient[*field]);
                    }
                }
            }
        }
    }

    /// Writes the tangent B' u, the change of the observation per unit of `u`.
    pub(super) fn push_forward(&self, jacobian: &[f32], u: &[f64], tangent: &mut [f32]) {
        match self.moved {
            Moved::Prices { n_assets, .. } => {
                for (b_row, t) in jacobian.chunks_exact(n_assets).zip(tangent) {
                    let products = b_row.iter().zip(u).map(|(b, u_i)| f64::from(*b) * u_i);
                    *t = f32::of(products.sum::<f64>() * self.unit);
                }
            }
            Moved::Fields { shockable, .. } => {
                tangent.fill(0.0);
                if let Some(range) = contiguous(shockable) {
                    for (t, u_i) in tangent[range].iter_mut().zip(u) {
                        *t = f32::of(self.unit * u_i);
                    }
                } else {
                    for (field, u_i) in shockable.iter().zip(u) {
                        tangent[*field] = f32::of(self.unit * u_i);
                    }
                }
            }
        }
    }
}

/// Range of `fields` if they are contiguous; loops over a range vectorize.
fn contiguous(fields: &[usize]) -> Option<Range<usize>> {
    let range = *fields.first()?..fields.last()? + 1;
    (range.len() == fields.len()).then_some(range)
}
