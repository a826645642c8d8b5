//! Objectives that use no future data, see [`Objective`](super::Objective).

use super::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
use crate::{adversary::target::Network, agent::Head, policy::Real};

const CLEAN_OUTPUT: ObjectiveNeeds = ObjectiveNeeds {
    clean_output: true,
    ..ObjectiveNeeds::OUTPUT
};

/// Squared distance `Σ_i (π_i(o') − π_i(o))² / σ_i²` from the clean action.
pub(super) struct ActionDeviation;

impl AttackObjective for ActionDeviation {
    fn needs(&self) -> ObjectiveNeeds {
        CLEAN_OUTPUT
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        scaled_distance(row, 1.0, gradient)
    }
}

/// Divergence KL(π(o) ‖ π(o')). For a Gaussian head with the same σ in every state it is half the
/// squared distance in units of σ.
pub(super) struct Divergence;

impl AttackObjective for Divergence {
    fn needs(&self) -> ObjectiveNeeds {
        CLEAN_OUTPUT
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        if let Head::Gaussian { .. } = row.head {
            return scaled_distance(row, 0.5, gradient);
        }
        let mut loss = 0.0;
        for ((g, p), q) in gradient.iter_mut().zip(row.clean_output).zip(row.output) {
            // The smallest positive number replaces a probability that underflowed to zero.
            let (p, q) = (f64::from(*p), f64::from(q.max(f32::MIN_POSITIVE)));
            if p > 0.0 {
                loss += p * (p / q).ln();
            }
            *g = f32::of(-p / q);
        }
        loss
    }
}

/// Negative value estimate −V(o').
pub(super) struct Value;

impl AttackObjective for Value {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds {
            network: Network::Value,
            ..ObjectiveNeeds::OUTPUT
        }
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        gradient[0] = -1.0;
        -f64::from(row.output[0])
    }
}

/// Distance `factor Σ_i (y_i − clean_i)² / σ_i²` and its gradient.
fn scaled_distance(row: &ObjectiveRow<'_>, factor: f32, gradient: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    for (i, g) in gradient.iter_mut().enumerate() {
        let distance = row.output[i] - row.clean_output[i];
        let precision = row.precision[i] * factor;
        loss += f64::from(distance) * f64::from(distance) * f64::from(precision);
        *g = 2.0 * distance * precision;
    }
    loss
}
