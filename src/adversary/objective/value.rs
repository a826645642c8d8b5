//! The value estimate, to be lowered.

use super::{AttackObjective, ObjectiveNeeds, ObjectiveRow};
use crate::adversary::target::Network;

/// −V(o'), see [`Objective`](super::Objective).
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
