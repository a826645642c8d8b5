//! Counts of clipped or refused inputs of a simulated market.

use crate::env::{Action, Projection};

/// Counts of clipped or refused inputs since the environment was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedInterventions {
    /// Actions, quotes or sales refused because they are NaN or outside the action space.
    pub refused_actions: u64,
    /// Action components outside [−1, 1] and sales outside the holdings, clamped.
    pub clamped_numbers: u64,
    /// Shocks outside their set, projected onto it.
    pub projected_shocks: u64,
}

impl SimulatedInterventions {
    /// Counts the components of `action` outside [−1, 1].
    pub(super) fn count_action(&mut self, action: Action<'_>) {
        if let Action::Continuous(numbers) = action {
            let outside = numbers.iter().filter(|a| a.is_finite() && a.abs() > 1.0);
            self.clamped_numbers += outside.map(|_| 1).sum::<u64>();
        }
    }

    pub(super) fn count_shock(&mut self, projection: Projection) {
        self.projected_shocks += u64::from(projection == Projection::Active);
    }
}
