//! Shocks in price space: z' = price shock / budget.

use super::{
    ball::narrow,
    chart::{Chart, ChartShape},
};
use crate::env::{Norm, ShockMap};
use std::borrow::Cow;

/// The observation is φ(h, z), and its tangent B' = ∂φ/∂z · budget is exact.
#[derive(Clone, Copy)]
pub(super) struct PriceChart<'a> {
    pub(super) map: &'a dyn ShockMap,
    /// `[n_rows, map.snapshot_len()]`.
    pub(super) snapshots: &'a [f64],
    /// Coordinates per row.
    pub(super) n_assets: usize,
    pub(super) n_inputs: usize,
    pub(super) norm: Norm,
    /// Length of a unit of z'. Unit: bps.
    pub(super) budget_bps: f64,
}

impl Chart for PriceChart<'_> {
    fn shape(&self) -> ChartShape {
        ChartShape {
            n_coordinates: self.n_assets,
            n_inputs: self.n_inputs,
            norm: self.norm,
            jacobian_len: self.n_assets * self.n_inputs,
        }
    }

    fn clean_observations(&self, n_rows: usize) -> Cow<'_, [f32]> {
        let (origin, mut bps) = (vec![0.0; self.n_assets], vec![0.0; self.n_assets]);
        let mut observations = vec![0.0; n_rows * self.n_inputs];
        let rows = observations.chunks_exact_mut(self.n_inputs.max(1));
        for (row, observation) in rows.enumerate() {
            self.observe(row, &origin, &mut bps, observation);
        }
        observations.into()
    }

    fn observe(&self, row: usize, z: &[f64], bps: &mut [f64], observation: &mut [f32]) {
        self.scale_into(z, bps);
        self.map.observe(self.snapshot(row), bps, observation);
    }

    fn linearize(
        &self,
        row: usize,
        z: &[f64],
        bps: &mut [f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        self.scale_into(z, bps);
        let snapshot = self.snapshot(row);
        self.map.jacobian(snapshot, bps, observation, jacobian);
    }

    fn pull_back(&self, jacobian: &[f32], gradient: &[f32], out: &mut [f64]) {
        out.fill(0.0);
        for (b_row, g) in jacobian.chunks_exact(self.n_assets).zip(gradient) {
            for (out_i, b) in out.iter_mut().zip(b_row) {
                *out_i += f64::from(*b) * f64::from(*g) * self.budget_bps;
            }
        }
    }

    fn push_forward(&self, jacobian: &[f32], u: &[f64], tangent: &mut [f32]) {
        for (b_row, t) in jacobian.chunks_exact(self.n_assets).zip(tangent) {
            let products = b_row.iter().zip(u).map(|(b, u_i)| f64::from(*b) * u_i);
            *t = narrow(products.sum::<f64>() * self.budget_bps);
        }
    }
}

impl PriceChart<'_> {
    fn snapshot(&self, row: usize) -> &[f64] {
        let n = self.map.snapshot_len();
        &self.snapshots[row * n..(row + 1) * n]
    }

    fn scale_into(&self, z: &[f64], bps: &mut [f64]) {
        for (bps_i, z_i) in bps.iter_mut().zip(z) {
            *bps_i = z_i * self.budget_bps;
        }
    }
}
