//! The player that jumps against the position.

use super::{
    PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
    blind::Blind,
};
use crate::adversary::{AdversaryError, holdings::against};

/// Plays the price move that does the most harm to the weights held during the step, with the
/// widest spread and least liquidity.
pub(super) struct AgainstPosition;

impl ShockPlayer for AgainstPosition {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::NextBar,
            freedom: ShockFreedom::Jumps,
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let shocks = view.shocks;
        let no_jumps = || AdversaryError::NoJumps {
            player: "AgainstPosition".to_owned(),
        };
        let market = view.market.ok_or_else(no_jumps)?;
        let n_snapshot = market.map.snapshot_len().max(1);
        let rows = moves.price_bps.chunks_exact_mut(shocks.n_assets.max(1));
        for (z, snapshot) in rows.zip(market.snapshots.chunks_exact(n_snapshot)) {
            let exposure = market.map.exposure(snapshot);
            z.copy_from_slice(exposure.ok_or_else(no_jumps)?.weights);
            against(shocks.norm, z);
            for z_i in z {
                *z_i *= shocks.budget_bps.get();
            }
        }
        Blind::Starve.choose(view, noise, moves)
    }
}
