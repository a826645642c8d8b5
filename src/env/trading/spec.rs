//! What a trading environment is, as written in an env file: everything but the prices and the
//! rows.

use crate::env::{EnvError, Norm, Reward, ShockKind, ShockSpace};
use crate::{
    features::{AccountFeature, FeatureSpec},
    market::{Allocation, Costs},
    units::Bps,
};
use serde::{Deserialize, Serialize};

/// The rules of a [`crate::env::TradingEnv`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradingSpec {
    /// Cash at the start of every episode, > 0. Unit: quote currency.
    pub initial_cash: f64,
    /// What trades cost.
    pub costs: Costs,
    /// From an action to target weights.
    pub allocation: Allocation,
    /// What a step is worth.
    pub reward: Reward,
    /// Steps per episode, started at random within the rows; `None` plays all rows in order.
    pub horizon: Option<usize>,
    /// The episode terminates when equity is at most this fraction of `initial_cash`; in (0, 1).
    pub ruin_fraction: f64,
    /// Market features.
    pub features: Vec<FeatureSpec>,
    /// Account features.
    pub account: Vec<AccountFeature>,
    /// Admissible shocks.
    pub shocks: ShockSpec,
}

/// A [`ShockSpace`] without the number of assets, which the panel knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShockSpec {
    /// What a shock does.
    pub kind: ShockKind,
    /// Norm of the price move.
    pub norm: Norm,
    /// Bound of one step's log-price move in `norm`.
    pub budget_bps: Bps,
    /// Bound on the sum over an episode of the norms of the price moves; `None` is unbounded.
    pub episode_budget_bps: Option<Bps>,
    /// Largest spread multiplier, >= 1 (1: spreads cannot be shocked). No budget bounds how often
    /// it is played.
    pub max_spread_multiplier: f64,
    /// Smallest liquidity multiplier in (0, 1] (1: liquidity cannot be shocked). No budget bounds
    /// how often it is played.
    pub min_liquidity_multiplier: f64,
}

impl ShockSpec {
    /// Nothing but the clean market.
    #[must_use]
    pub const fn none(kind: ShockKind) -> Self {
        Self {
            kind,
            norm: Norm::LInf,
            budget_bps: Bps::ZERO,
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        }
    }

    /// The set over `n_assets`.
    #[must_use]
    pub fn space(&self, n_assets: usize) -> ShockSpace {
        ShockSpace {
            kind: self.kind,
            n_assets,
            norm: self.norm,
            budget_bps: self.budget_bps,
            episode_budget_bps: self.episode_budget_bps,
            max_spread_multiplier: self.max_spread_multiplier,
            min_liquidity_multiplier: self.min_liquidity_multiplier,
        }
    }
}

impl TradingSpec {
    /// # Errors
    /// [`EnvError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), EnvError> {
        let positive = self.initial_cash.is_finite() && self.initial_cash > 0.0;
        if !positive {
            return Err(EnvError::InitialCash {
                found: self.initial_cash,
            });
        }
        if !(self.ruin_fraction > 0.0 && self.ruin_fraction < 1.0) {
            return Err(EnvError::RuinFraction {
                found: self.ruin_fraction,
            });
        }
        if self.horizon == Some(0) {
            return Err(EnvError::Horizon);
        }
        self.shocks.space(0).check()?;
        if self.shocks.kind == ShockKind::Drift {
            return Err(EnvError::Drift);
        }
        self.costs.check(self.shocks.max_spread_multiplier)?;
        self.allocation.check()?;
        self.reward.check()?;
        Ok(())
    }
}
