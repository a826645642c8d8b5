//! Built-in players that read only the shock space.

use super::{
    PlayerNeeds, PlayerSight, PlayerView, RowNoise, ShockFreedom, ShockMoves, ShockPlayer,
};
use crate::{
    adversary::{AdversaryError, ball::sample_in_ball},
    rng::Rng,
};
use rand::Rng as _;

/// A player that reads only the shock space.
pub(super) enum Blind {
    /// Leaves the market clean.
    Clean,
    /// Draws price shocks uniformly from the ball of the budget, then spreads and liquidity
    /// uniformly from their ranges.
    Random,
    /// Plays the widest spread and the least liquidity; leaves prices clean.
    Starve,
}

impl ShockPlayer for Blind {
    fn needs(&self) -> PlayerNeeds {
        PlayerNeeds {
            sight: PlayerSight::ShockSpace,
            freedom: match self {
                Self::Clean => ShockFreedom::Nothing,
                Self::Random => ShockFreedom::Any,
                Self::Starve => ShockFreedom::Multipliers,
            },
        }
    }

    fn choose(
        &self,
        view: &PlayerView<'_>,
        noise: &mut dyn RowNoise,
        moves: &mut ShockMoves<'_>,
    ) -> Result<(), AdversaryError> {
        let shocks = view.shocks;
        let (widest, thinnest) = (
            shocks.max_spread_multiplier,
            shocks.min_liquidity_multiplier,
        );
        match self {
            Self::Clean => {}
            Self::Random => {
                let rows = moves.price_bps.chunks_exact_mut(shocks.n_assets.max(1));
                for (row, z) in rows.enumerate() {
                    let budget = shocks.budget_bps.get();
                    sample_in_ball(shocks.norm, budget, noise.of_row(row), z);
                }
                let spreads = moves.spread_multipliers.iter_mut();
                let liquidities = moves.liquidity_multipliers.iter_mut();
                for (row, (spread, liquidity)) in spreads.zip(liquidities).enumerate() {
                    let rng = noise.of_row(row);
                    *spread = between(rng, 1.0, widest);
                    *liquidity = between(rng, thinnest, 1.0);
                }
            }
            Self::Starve => {
                moves.spread_multipliers.fill(widest);
                moves.liquidity_multipliers.fill(thinnest);
            }
        }
        Ok(())
    }
}

/// Uniform draw from [low, high]; no random number is drawn if low = high.
fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    if low < high {
        rng.gen_range(low..=high)
    } else {
        low
    }
}
