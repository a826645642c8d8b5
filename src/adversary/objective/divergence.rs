//! KL divergence from the clean action distribution.

use super::{AttackObjective, ObjectiveNeeds, ObjectiveRow, action_deviation::scaled_distance};
use crate::{adversary::ball::narrow, agent::Head};

/// KL(π(o) ‖ π(o')), see [`Objective`](super::Objective). For a Gaussian head with the same σ in
/// every state it is half the squared distance in units of σ.
pub(super) struct Divergence;

impl AttackObjective for Divergence {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds {
            clean_output: true,
            ..ObjectiveNeeds::OUTPUT
        }
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        if let Head::Gaussian { .. } = row.head {
            return scaled_distance(row, 0.5, gradient);
        }
        let mut loss = 0.0;
        for ((g, p), q) in gradient.iter_mut().zip(row.clean_output).zip(row.output) {
            // The smallest positive number stands in for a probability that underflowed to zero.
            let (p, q) = (f64::from(*p), f64::from(q.max(f32::MIN_POSITIVE)));
            if p > 0.0 {
                loss += p * (p / q).ln();
            }
            *g = narrow(-p / q);
        }
        loss
    }
}
