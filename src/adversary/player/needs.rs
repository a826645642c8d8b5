//! The view and the freedom that a player needs.

use crate::env::ShockSpace;

/// The view and the freedom that a player needs. Training, evaluation and configuration ask for
/// these and never for the player's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerNeeds {
    /// The quantities that it reads.
    pub sight: PlayerSight,
    /// The quantities that it moves.
    pub freedom: ShockFreedom,
}

/// The quantities that a player reads; each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlayerSight {
    /// The shock space and its own random numbers: such a player can attack a trader of any kind.
    ShockSpace,
    /// The observations and the actions that were decided on them.
    Actions,
    /// The clean next bar, as snapshots for the shock map. An environment without a shock map
    /// refuses the player.
    NextBar,
    /// The networks of the policy.
    Policy,
    /// The next step's profit. Training refuses the player: its shocks would print the future into
    /// the observations that the policy learns from.
    Hindsight,
}

/// The quantities that a player moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShockFreedom {
    /// Nothing.
    Nothing,
    /// Prices, and spreads and liquidity where they can be shocked.
    Prices,
    /// Spreads and liquidity alone.
    Multipliers,
    /// Whatever the shock space admits.
    Any,
}

impl PlayerNeeds {
    /// The freedom that `shocks` must grant and does not: a player without it would do nothing,
    /// silently.
    #[must_use]
    pub fn missing(&self, shocks: &ShockSpace) -> Option<ShockFreedom> {
        let has_prices = shocks.budget_bps.get() > 0.0;
        let has_multipliers = shocks.admits_multipliers();
        let is_free = match self.freedom {
            ShockFreedom::Nothing => true,
            ShockFreedom::Prices => has_prices,
            ShockFreedom::Multipliers => has_multipliers,
            ShockFreedom::Any => has_prices || has_multipliers,
        };
        let missing = match self.freedom {
            ShockFreedom::Multipliers => ShockFreedom::Multipliers,
            _ => ShockFreedom::Prices,
        };
        (!is_free).then_some(missing)
    }
}
