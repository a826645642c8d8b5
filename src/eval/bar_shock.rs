use crate::{
    adversary::{AdversaryError, Player, PlayerView, RowNoise, ShockMoves},
    env::{Shock, ShockSpace},
};

/// Shock to prices, spread and liquidity of the next step.
#[derive(Debug, Clone)]
pub(super) struct BarShock {
    /// Price shock per asset, `[n_assets]`. Unit: bps.
    pub(super) price_bps: Vec<f64>,
    pub(super) spread_multiplier: f64,
    pub(super) liquidity_multiplier: f64,
}

impl BarShock {
    /// Shock that changes nothing.
    pub(super) fn clean(n_assets: usize) -> Self {
        Self {
            price_bps: vec![0.0; n_assets],
            spread_multiplier: 1.0,
            liquidity_multiplier: 1.0,
        }
    }

    /// Sets the shock that `player` chooses, given only the shock space.
    pub(super) fn choose(
        &mut self,
        player: &Player,
        shocks: &ShockSpace,
        noise: &mut dyn RowNoise,
    ) -> Result<(), AdversaryError> {
        let moves = ShockMoves {
            price_bps: &mut self.price_bps,
            spread_multipliers: std::slice::from_mut(&mut self.spread_multiplier),
            liquidity_multipliers: std::slice::from_mut(&mut self.liquidity_multiplier),
        };
        player.choose(&PlayerView::blind(shocks), noise, moves)
    }

    pub(super) fn as_shock(&self) -> Shock<'_> {
        Shock {
            price_bps: &self.price_bps,
            spread_multiplier: self.spread_multiplier,
            liquidity_multiplier: self.liquidity_multiplier,
        }
    }
}
