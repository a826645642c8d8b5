//! Uniform shocks.

use super::{PlayerNeeds, PlayerSight, PlayerView, ShockFreedom, ShockMoves, ShockPlayer};
use crate::{
    adversary::{AdversaryError, RowNoise, ball::sample_in_ball},
    rng::Rng,
};
use rand::Rng as _;

/// Draws prices uniformly from the ball of the budget, then spreads and liquidity uniformly from
/// their ranges.
pub(super) struct Random;

impl ShockPlayer for Random {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::ShockSpace,
            freedom: ShockFreedom::Any,
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let (shocks, budget) = (view.shocks, view.shocks.budget_bps.get());
        let rows = moves.price_bps.chunks_exact_mut(shocks.n_assets.max(1));
        for (row, z) in rows.enumerate() {
            sample_in_ball(shocks.norm, budget, noise.of_row(row), z);
        }
        let spreads = moves.spread_multipliers.iter_mut();
        let liquidities = moves.liquidity_multipliers.iter_mut();
        for (row, (spread, liquidity)) in spreads.zip(liquidities).enumerate() {
            let rng = noise.of_row(row);
            *spread = between(rng, 1.0, shocks.max_spread_multiplier);
            *liquidity = between(rng, shocks.min_liquidity_multiplier, 1.0);
        }
        Ok(())
    }
}

/// Uniform in [low, high]; costs no random number where the range holds a single one.
fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    if low < high {
        rng.gen_range(low..=high)
    } else {
        low
    }
}
