//! Trades of a forced liquidation.

use crate::market::PerAsset;

/// Trades of a forced liquidation within the newest bar; zeros without one. A bar has at most one
/// per asset, because nothing is bought after it.
#[derive(Debug, Clone)]
pub(super) struct ForcedTrades {
    /// Changes of units, `[n_assets]`.
    pub(super) units: PerAsset<f64>,
    /// Prices before costs, `[n_assets]`.
    pub(super) prices: PerAsset<f64>,
}

impl ForcedTrades {
    pub(super) fn new(n_assets: usize) -> Self {
        Self {
            units: PerAsset::new(0.0, n_assets),
            prices: PerAsset::new(0.0, n_assets),
        }
    }

    pub(super) fn clear(&mut self) {
        self.units.fill(0.0);
        self.prices.fill(0.0);
    }
}
