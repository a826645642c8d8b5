//! The shock of one bar.

use crate::{
    adversary::{Player, RowNoise},
    env::{Shock, ShockSpace},
};

/// Prices, spread and liquidity of the next step.
#[derive(Debug, Clone)]
pub(super) struct BarShock {
    /// `[n_assets]`. Unit: bps.
    pub(super) price_bps: Vec<f64>,
    spread_multiplier: f64,
    liquidity_multiplier: f64,
}

impl BarShock {
    /// No shock.
    pub(super) fn clean(n_assets: usize) -> Self {
        Self {
            price_bps: vec![0.0; n_assets],
            spread_multiplier: 1.0,
            liquidity_multiplier: 1.0,
        }
    }

    /// Sets spread and liquidity to the choice of `player`. Call it after the choice of prices.
    pub(super) fn choose_multipliers(
        &mut self,
        player: &Player,
        shocks: &ShockSpace,
        noise: &mut impl RowNoise,
    ) {
        let spread = std::slice::from_mut(&mut self.spread_multiplier);
        let liquidity = std::slice::from_mut(&mut self.liquidity_multiplier);
        player.choose_multipliers(shocks, noise, spread, liquidity);
    }

    pub(super) fn as_shock(&self) -> Shock<'_> {
        Shock {
            price_bps: &self.price_bps,
            spread_multiplier: self.spread_multiplier,
            liquidity_multiplier: self.liquidity_multiplier,
        }
    }
}
