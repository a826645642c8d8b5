//! Loss of the holdings to a jump of the true price, which is part of every objective.

use super::{
    MarketView,
    ball::{normalize, sign},
};
use crate::env::{Exposure, Norm};

/// Holdings of a batch that jumps hit, in the coordinates z' of its chart.
pub(super) struct Holdings<'a> {
    /// Exposure of each row, whose unit is that of z'.
    rows: Vec<Exposure<'a>>,
    /// Weight of the loss beside the objective.
    weight: f64,
}

impl<'a> Holdings<'a> {
    /// Reads the holdings of `n_rows` snapshots; `None` where shocks move no true price. `unit` is
    /// the length of a unit of z' in units of the map's shocks.
    pub(super) fn of(
        market: MarketView<'a>,
        n_rows: usize,
        unit: f64,
        weight: f64,
    ) -> Option<Self> {
        let snapshots = market
            .snapshots
            .chunks_exact(market.map.snapshot_len().max(1));
        let exposure = |snapshot| {
            let exposure = market.map.exposure(snapshot)?;
            let unit_bps = exposure.unit_bps * unit;
            Some(Exposure {
                unit_bps,
                ..exposure
            })
        };
        let rows: Option<_> = snapshots.take(n_rows).map(exposure).collect();
        Some(Self {
            rows: rows?,
            weight,
        })
    }

    /// Adds the weighted losses to `losses [n_rows]`, for `shocks [n_rows, n_coordinates]`.
    pub(super) fn add(&self, losses: &mut [f64], shocks: &[f64]) {
        let n = shocks.len() / losses.len().max(1);
        let rows = losses.iter_mut().zip(shocks.chunks_exact(n.max(1)));
        for ((loss, z), exposure) in rows.zip(&self.rows) {
            *loss += self.weight * exposure.loss(z);
        }
    }

    /// Adds the gradient of the weighted loss of `row` at `z`.
    pub(super) fn add_gradient(&self, row: usize, z: &[f64], gradient: &mut [f64]) {
        let exposure = &self.rows[row];
        for (i, (g, z_i)) in gradient.iter_mut().zip(z).enumerate() {
            *g += self.weight * exposure.slope(i, *z_i);
        }
    }

    /// Point [`against`] the weights of every row, `[n_rows, n_coordinates]`.
    pub(super) fn against(&self, norm: Norm) -> Vec<f64> {
        let mut points = Vec::new();
        for exposure in &self.rows {
            let start = points.len();
            points.extend_from_slice(exposure.weights);
            against(norm, &mut points[start..]);
        }
        points
    }
}

/// Replaces weights by the point z' of the unit ball that maximizes `−Σ_i w_i z'_i`: −sign(w) in
/// the box, −w / ‖w‖₂ in the Euclidean ball. A weight of 0 gives 0.
pub(super) fn against(norm: Norm, weights: &mut [f64]) {
    if norm == Norm::L2 {
        normalize(weights);
    }
    for w in weights {
        *w = match norm {
            Norm::LInf => -sign(*w),
            Norm::L2 => -*w,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adversary::ball::sample_in_ball,
        rng::{Component, Streams},
    };
    use proptest::prelude::*;

    proptest! {
        /// The point against the weights is the maximizer of the loss at first order, and the slope
        /// is the derivative of the loss.
        #[test]
        fn no_point_of_the_ball_costs_the_weights_more(
            weights in prop::array::uniform3(-1.5..1.5_f64), seed in 0_u64..500,
        ) {
            let mut rng = Streams::new(seed).stream(Component::Ascent, 0);
            let held = Exposure { weights: &weights, unit_bps: 150.0 };
            for norm in [Norm::LInf, Norm::L2] {
                let mut worst = weights;
                against(norm, &mut worst);
                prop_assert!((norm.of(&worst) - 1.0).abs() < 1e-12);
                let first_order = |z: &[f64; 3]| -> f64 {
                    weights.iter().zip(z).map(|(w, z)| -w * z).sum()
                };
                let mut z = [0.0; 3];
                sample_in_ball(norm, 1.0, &mut rng, &mut z);
                prop_assert!(first_order(&z) <= first_order(&worst) + 1e-12);
                // In the box this point maximizes the loss itself, because e^z is monotone.
                prop_assert!(norm == Norm::L2 || held.loss(&z) <= held.loss(&worst) + 1e-15);
                for i in 0..3 {
                    let at = |step: f64| {
                        let mut moved = z;
                        moved[i] += step;
                        held.loss(&moved)
                    };
                    let expected = (at(1e-4) - at(-1e-4)) / 2e-4;
                    prop_assert!((held.slope(i, z[i]) - expected).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn weights_of_zero_are_left_alone() {
        for norm in [Norm::LInf, Norm::L2] {
            let mut z = [0.0, -0.4];
            against(norm, &mut z);
            assert!(
                z[0].abs() <= 0.0 && (z[1] - 1.0).abs() < 1e-15,
                "{norm:?} {z:?}"
            );
            let mut flat = [0.0; 2];
            against(norm, &mut flat);
            assert!(flat.iter().all(|z| z.abs() <= 0.0));
        }
    }
}
