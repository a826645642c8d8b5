//! The choice of an objective in a configuration.

use super::{
    AttackObjective,
    causal::{ActionDeviation, Divergence, Value},
    one_step_pnl::OneStepPnl,
};
use crate::own::{Own, OwnError, Shelf};
use serde::{Deserialize, Serialize};

/// Inner objective g(z) = L(π(φ(h, z))) that an adversary raises.
///
/// Under jumps, a player also raises the loss of the weights that the jump hits
/// ([`AttackObjective::holdings_weight`]). The regularizer, which penalizes the policy's reaction,
/// does not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Objective {
    /// Maximizes `Σ_i (π_i(o') − π_i(o))² / σ_i²` (the MAD attack, 2003.08938), o = φ(h, 0), σ the
    /// policy's standard deviation (1 for a categorical head, whose output is probabilities). Pick
    /// it first; its gradient vanishes at z = 0, so start at random.
    ActionDeviation,
    /// Maximizes KL(π(o) ‖ π(o')) of the action distributions (SA-PPO, 2003.08938): `Σ p (ln p −
    /// ln p')` for a categorical head, half of `ActionDeviation` for a Gaussian one. Pick it for
    /// categorical actions; its gradient vanishes at z = 0, so start at random.
    Divergence,
    /// Maximizes −V(o'), the negative value estimate. Pick it to attack through the critic.
    Value,
    /// Maximizes `−(Σ_i w̃_i r_i − Σ_i c_i |w̃_i − w⁻_i|)`, minus the next step's profit net of
    /// proportional cost and funding. `w̃` are the weights as executed: w = π(o') clamped to the
    /// action space (the expected level of a categorical head), then `w̃ = w min(1, G / Σ|w|)`, G
    /// the bound on gross leverage. Pick it as a yardstick: it knows the next return.
    OneStepPnl,
    /// Maximizes an objective from outside the crate. Pick it where no built-in objective fits.
    Own(Own<dyn AttackObjective>),
}

impl Objective {
    /// The [`AttackObjective`] behind this choice.
    ///
    /// # Errors
    /// [`OwnError::Unresolved`] for an own objective that no shelf has resolved.
    pub fn part(&self) -> Result<&dyn AttackObjective, OwnError> {
        Ok(match self {
            Self::ActionDeviation => &ActionDeviation,
            Self::Divergence => &Divergence,
            Self::Value => &Value,
            Self::OneStepPnl => &OneStepPnl,
            Self::Own(own) => own.part()?.as_ref(),
        })
    }

    /// Makes an own objective from the shelf; built-in objectives do not change.
    ///
    /// # Errors
    /// [`OwnError`] of the shelf.
    pub fn resolve(&mut self, parts: &Shelf<dyn AttackObjective>) -> Result<(), OwnError> {
        match self {
            Self::Own(own) => own.resolve(parts),
            _ => Ok(()),
        }
    }

    /// Returns true if the objective knows the next step's profit. An unresolved own objective
    /// counts as causal.
    #[must_use]
    pub fn uses_hindsight(&self) -> bool {
        self.part().is_ok_and(|part| part.needs().hindsight)
    }
}
