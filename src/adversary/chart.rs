//! Coordinates of the inner problem: from a shock in units of the budget to an observation, and
//! back.

use crate::env::{Norm, ShockMap};
use std::{borrow::Cow, fmt};

/// The coordinates z' of a batch of inner problems, one per row.
#[derive(Clone, Copy)]
pub enum Chart<'a> {
    /// z' = price shock / budget; the observation is φ(h, z), its tangent B' = ∂φ/∂z · budget is
    /// exact.
    Price {
        /// φ and ∂φ/∂z.
        map: &'a dyn ShockMap,
        /// One per row, `[n_rows, map.snapshot_len()]`.
        snapshots: &'a [f64],
        /// Coordinates per row.
        n_assets: usize,
        /// Numbers per observation.
        n_inputs: usize,
        /// Norm of the ball.
        norm: Norm,
        /// Length of a unit of z'. Unit: bps.
        budget_bps: f64,
    },
    /// z' = free displacement of the shockable fields / radius; B' = radius · identity on those
    /// fields.
    Observation {
        /// Undisplaced observations, `[n_rows, n_inputs]`.
        nominal: &'a [f32],
        /// Indices of the fields that move.
        shockable: &'a [usize],
        /// Numbers per observation.
        n_inputs: usize,
        /// Norm of the ball.
        norm: Norm,
        /// Length of a unit of z'. Unit: normalized observation units (standard deviations of the
        /// training span).
        radius: f64,
    },
}

impl Chart<'_> {
    /// Coordinates per row.
    #[must_use]
    pub const fn n_coordinates(&self) -> usize {
        match self {
            Self::Price { n_assets, .. } => *n_assets,
            Self::Observation { shockable, .. } => shockable.len(),
        }
    }

    /// Numbers per observation.
    #[must_use]
    pub const fn n_inputs(&self) -> usize {
        match self {
            Self::Price { n_inputs, .. } | Self::Observation { n_inputs, .. } => *n_inputs,
        }
    }

    /// Norm of the ball.
    #[must_use]
    pub const fn norm(&self) -> Norm {
        match self {
            Self::Price { norm, .. } | Self::Observation { norm, .. } => *norm,
        }
    }

    /// The observations at z' = 0, `[n_rows, n_inputs]`.
    pub(super) fn undisturbed(&self, n_rows: usize) -> Cow<'_, [f32]> {
        match self {
            Self::Observation { nominal, .. } => Cow::Borrowed(nominal),
            Self::Price { n_inputs, .. } => {
                let (rows, origin) = (self.rows(), vec![0.0; self.n_coordinates()]);
                let (mut observations, mut shock_bps) =
                    (vec![0.0; n_rows * n_inputs], origin.clone());
                for (row, out) in observations.chunks_exact_mut(*n_inputs).enumerate() {
                    rows.observe(row, &origin, &mut shock_bps, out);
                }
                Cow::Owned(observations)
            }
        }
    }

    /// The chart as the loops over rows want it.
    pub(super) fn rows(&self) -> Rows<'_> {
        let moving = match self {
            Self::Observation { shockable, .. } => run_of(shockable),
            Self::Price { .. } => None,
        };
        Rows {
            chart: self,
            moving,
        }
    }
}

/// The first of fields that follow each other without a gap.
fn run_of(fields: &[usize]) -> Option<usize> {
    let first = *fields.first()?;
    (first..).zip(fields).all(|(i, f)| i == *f).then_some(first)
}

/// A [`Chart`] row by row.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    chart: &'a Chart<'a>,
    /// The first field that moves, where those that move are neighbors: their loops vectorize.
    moving: Option<usize>,
}

impl Rows<'_> {
    /// Length of one row's linearization (zero where it is implicit).
    pub(super) const fn jacobian_len(&self) -> usize {
        match self.chart {
            Chart::Price {
                n_assets, n_inputs, ..
            } => *n_assets * *n_inputs,
            Chart::Observation { .. } => 0,
        }
    }

    /// φ(h, z) of `row`.
    pub(super) fn observe(
        &self,
        row: usize,
        z: &[f64],
        shock_bps: &mut [f64],
        observation: &mut [f32],
    ) {
        match self.chart {
            Chart::Price {
                map,
                snapshots,
                budget_bps,
                ..
            } => {
                scale_into(z, *budget_bps, shock_bps);
                map.observe(snapshot(*map, snapshots, row), shock_bps, observation);
            }
            Chart::Observation {
                nominal,
                shockable,
                n_inputs,
                radius,
                ..
            } => {
                let nominal = &nominal[row * n_inputs..(row + 1) * n_inputs];
                if let Some(first) = self.moving {
                    let moving = first..first + z.len();
                    observation[..first].copy_from_slice(&nominal[..first]);
                    observation[moving.end..].copy_from_slice(&nominal[moving.end..]);
                    let pairs = nominal[moving.clone()].iter().zip(z);
                    for (out, (o, z_i)) in observation[moving].iter_mut().zip(pairs) {
                        *out = narrow(f64::from(*o) + radius * z_i);
                    }
                } else {
                    observation.copy_from_slice(nominal);
                    for (z_i, field) in z.iter().zip(*shockable) {
                        let o = &mut observation[*field];
                        *o = narrow(f64::from(*o) + radius * z_i);
                    }
                }
            }
        }
    }

    /// φ(h, z) of `row`, and B (per bp, row-major `[n_inputs, n_assets]`) where it is not implicit.
    pub(super) fn linearize(
        &self,
        row: usize,
        z: &[f64],
        shock_bps: &mut [f64],
        observation: &mut [f32],
        jacobian: &mut [f32],
    ) {
        match self.chart {
            Chart::Price {
                map,
                snapshots,
                budget_bps,
                ..
            } => {
                scale_into(z, *budget_bps, shock_bps);
                map.jacobian(
                    snapshot(*map, snapshots, row),
                    shock_bps,
                    observation,
                    jacobian,
                );
            }
            Chart::Observation { .. } => self.observe(row, z, shock_bps, observation),
        }
    }

    /// B'ᵀ g: the gradient with respect to z' from that with respect to the observation.
    pub(super) fn pull_back(&self, jacobian: &[f32], gradient: &[f32], out: &mut [f64]) {
        match self.chart {
            Chart::Price {
                n_assets,
                budget_bps,
                ..
            } => {
                out.fill(0.0);
                for (b_row, g) in jacobian.chunks_exact(*n_assets).zip(gradient) {
                    for (out_i, b) in out.iter_mut().zip(b_row) {
                        *out_i += f64::from(*b) * f64::from(*g) * budget_bps;
                    }
                }
            }
            Chart::Observation {
                shockable, radius, ..
            } => {
                if let Some(first) = self.moving {
                    let pairs = out.iter_mut().zip(&gradient[first..]);
                    pairs.for_each(|(out_i, g)| *out_i = radius * f64::from(*g));
                } else {
                    for (out_i, field) in out.iter_mut().zip(*shockable) {
                        *out_i = radius * f64::from(gradient[*field]);
                    }
                }
            }
        }
    }

    /// B' u: the change of the observation per unit of `u`.
    pub(super) fn push_forward(&self, jacobian: &[f32], u: &[f64], tangent: &mut [f32]) {
        match self.chart {
            Chart::Price {
                n_assets,
                budget_bps,
                ..
            } => {
                for (b_row, t) in jacobian.chunks_exact(*n_assets).zip(tangent) {
                    let sum: f64 = b_row
                        .iter()
                        .zip(u)
                        .map(|(b, u_i)| f64::from(*b) * u_i)
                        .sum();
                    *t = narrow(sum * budget_bps);
                }
            }
            Chart::Observation {
                shockable, radius, ..
            } => {
                if let Some(first) = self.moving {
                    let (before, rest) = tangent.split_at_mut(first);
                    let (moving, after) = rest.split_at_mut(u.len());
                    before.fill(0.0);
                    after.fill(0.0);
                    let pairs = moving.iter_mut().zip(u);
                    pairs.for_each(|(t, u_i)| *t = narrow(radius * u_i));
                } else {
                    tangent.fill(0.0);
                    for (u_i, field) in u.iter().zip(*shockable) {
                        tangent[*field] = narrow(radius * u_i);
                    }
                }
            }
        }
    }
}

fn snapshot<'a>(map: &dyn ShockMap, snapshots: &'a [f64], row: usize) -> &'a [f64] {
    let n = map.snapshot_len();
    &snapshots[row * n..(row + 1) * n]
}

fn scale_into(z: &[f64], scale: f64, out: &mut [f64]) {
    for (out_i, z_i) in out.iter_mut().zip(z) {
        *out_i = z_i * scale;
    }
}

#[allow(clippy::cast_possible_truncation, reason = "observations are f32")]
const fn narrow(x: f64) -> f32 {
    x as f32
}

impl fmt::Debug for Chart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Price { .. } => "Chart::Price",
            Self::Observation { .. } => "Chart::Observation",
        };
        f.debug_struct(name)
            .field("n_coordinates", &self.n_coordinates())
            .field("n_inputs", &self.n_inputs())
            .field("norm", &self.norm())
            .finish_non_exhaustive()
    }
}
