//! Account features: what the trader knows of its own book. Never shockable.

use serde::{Deserialize, Serialize};

/// One account feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AccountFeature {
    /// Current weight of each asset (n_assets values).
    Weights,
    /// Cash over equity.
    Cash,
    /// Unrealized profit over equity.
    Unrealized,
    /// Remaining share of the episode (1 at its start). Leave it out where a bot trades without an end.
    TimeLeft,
}

/// The account as the observation sees it.
#[derive(Debug, Clone, Copy)]
pub struct AccountView<'a> {
    /// Signed position value over equity per asset.
    pub weights: &'a [f64],
    /// Cash over equity.
    pub cash: f64,
    /// Unrealized profit over equity.
    pub unrealized: f64,
    /// Remaining share of the episode in [0, 1].
    pub time_left: f64,
}
