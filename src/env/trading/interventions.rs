//! Counts of inputs that an environment changed or refused.

use crate::{
    env::Projection,
    market::{Decoded, GrossBound},
};

/// Counts of clipped, scaled or refused inputs since the environment was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interventions {
    /// Number of refused actions (not finite, no such level, other kind), which place no order.
    pub refused_actions: u64,
    /// Number of weights outside [low, high], which were clamped.
    pub clamped_weights: u64,
    /// Number of steps whose weights were scaled down to the gross bound.
    pub scaled_to_gross: u64,
    /// Number of shocks outside their set, which were projected onto it.
    pub projected_shocks: u64,
    /// Number of times that an order for one asset waited for the next bar: the asset could not be
    /// traded, or the participation cap left a part unfilled.
    #[serde(default)]
    pub delayed_orders: u64,
    /// Number of orders for one asset whose part beyond the participation cap was dropped.
    #[serde(default)]
    pub dropped_orders: u64,
    /// Number of liquidations forced by the maintenance margin or by an equity that is used up.
    #[serde(default)]
    pub forced_liquidations: u64,
}

impl Interventions {
    pub(super) fn count(&mut self, decoded: Decoded, projection: Projection) {
        match decoded {
            Decoded::Refused => self.refused_actions += 1,
            Decoded::Targets { n_clamped, gross } => {
                self.clamped_weights += u64::from(n_clamped);
                self.scaled_to_gross += u64::from(gross == GrossBound::Binding);
            }
        }
        self.projected_shocks += u64::from(projection == Projection::Active);
    }
}
