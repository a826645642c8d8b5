//! The emptiest book in every step.

use super::{PlayerNeeds, PlayerSight, PlayerView, ShockFreedom, ShockMoves, ShockPlayer};
use crate::adversary::{AdversaryError, RowNoise};

/// Plays the widest spread and the least liquidity; leaves prices clean.
pub(super) struct Starve;

impl ShockPlayer for Starve {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::ShockSpace,
            freedom: ShockFreedom::Multipliers,
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        _noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let shocks = view.shocks;
        moves.spread_multipliers.fill(shocks.max_spread_multiplier);
        let thinnest = shocks.min_liquidity_multiplier;
        moves.liquidity_multipliers.fill(thinnest);
        Ok(())
    }
}
