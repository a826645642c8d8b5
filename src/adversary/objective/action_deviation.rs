//! Squared distance from the clean action.

use super::{AttackObjective, ObjectiveNeeds, ObjectiveRow};

/// `Σ_i (π_i(o') − π_i(o))² / σ_i²`, see [`Objective`](super::Objective).
pub(super) struct ActionDeviation;

impl AttackObjective for ActionDeviation {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds {
            clean_output: true,
            ..ObjectiveNeeds::OUTPUT
        }
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        scaled_distance(row, 1.0, gradient)
    }
}

/// `factor Σ_i (y_i − clean_i)² / σ_i²` and its gradient.
pub(super) fn scaled_distance(row: &ObjectiveRow<'_>, factor: f32, gradient: &mut [f32]) -> f64 {
    let mut loss = 0.0;
    for (i, g) in gradient.iter_mut().enumerate() {
        let distance = row.output[i] - row.clean_output[i];
        let precision = row.precision[i] * factor;
        loss += f64::from(distance) * f64::from(distance) * f64::from(precision);
        *g = 2.0 * distance * precision;
    }
    loss
}
