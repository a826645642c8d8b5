//! Rules of a trading environment as an env file writes them, without prices and rows.

use super::{Market, error::EnvError, reward::Reward};
use crate::env::{ShockKind, ShockSpec};
use crate::{
    features::{AccountFeature, FeatureSpec, Pipeline},
    market::{Allocation, Bound, Costs, OrderRules, check_bounds},
    units::bps,
};
use serde::{Deserialize, Serialize};

/// Rules of a [`crate::env::TradingEnv`].
///
/// ```
/// use shockproof::{bps, env::{ShockSpec, TradingSpec}, features::FeatureSpec};
///
/// let spec = TradingSpec {
///     horizon: Some(252),
///     shocks: ShockSpec::prints(bps!(50.0)),
///     ..TradingSpec::new(vec![FeatureSpec::Rsi { period: 14 }])
/// };
/// assert!(spec.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct TradingSpec {
    /// Cash at the start of every episode. Unit: quote currency. Range: > 0.
    pub initial_cash: f64,
    /// Costs of trading.
    pub costs: Costs,
    /// Decoding of an action into target weights.
    pub allocation: Allocation,
    /// Rules of orders. Default: none.
    #[serde(default, skip_serializing_if = "OrderRules::is_off")]
    pub orders: OrderRules,
    /// Reward of a step.
    pub reward: Reward,
    /// Steps per episode, which starts at a random row. Range: >= 1. Default: all rows in order.
    /// Try first: 252, or a quarter of the training rows if that is less.
    pub horizon: Option<usize>,
    /// Share of `initial_cash` at or below which equity ends the episode. Range: (0, 1). Try first:
    /// 0.1.
    pub ruin_fraction: f64,
    /// Market features of the observation.
    pub features: Vec<FeatureSpec>,
    /// Account features of the observation.
    pub account: Vec<AccountFeature>,
    /// Admissible shocks.
    pub shocks: ShockSpec,
}

impl TradingSpec {
    /// Rules with the given `features` and the defaults below; change any field afterwards.
    ///
    /// | field | default |
    /// |---|---|
    /// | `initial_cash` | 10,000 |
    /// | `costs` | fee 5 bps, half spread 2 bps, no impact |
    /// | `allocation` | weights in [−1, 1], gross at most 1 |
    /// | `orders` | no band, lots, ticks, smallest order, participation cap or margin |
    /// | `reward` | [`Reward::LogGrowth`] |
    /// | `horizon` | `None`: all rows in order |
    /// | `ruin_fraction` | 0.1 |
    /// | `account` | the weights |
    /// | `shocks` | [`ShockSpec::none`] |
    #[must_use]
    pub fn new(features: Vec<FeatureSpec>) -> Self {
        Self {
            initial_cash: 10_000.0,
            costs: Costs {
                fee: bps!(5.0).into(),
                half_spread: bps!(2.0),
                ..Costs::FREE
            },
            allocation: Allocation::Weights {
                low: -1.0,
                high: 1.0,
                max_gross: 1.0,
            },
            orders: OrderRules::default(),
            reward: Reward::LogGrowth,
            horizon: None,
            ruin_fraction: 0.1,
            features,
            account: vec![AccountFeature::Weights],
            shocks: ShockSpec::none(),
        }
    }

    /// Number of warm-up bars before the first decision, for `features` and any volatility in the
    /// costs.
    #[must_use]
    pub fn warm_up(&self, features: &Pipeline) -> usize {
        let warm_up = features.warm_up();
        if self.costs.needs_depth() {
            warm_up.max(Market::IMPACT_WARM_UP)
        } else {
            warm_up
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`EnvError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), EnvError> {
        check_bounds(&[("initial_cash", self.initial_cash, Bound::Positive)])?;
        let found = self.ruin_fraction;
        if !(found > 0.0 && found < 1.0) {
            return Err(EnvError::RuinFraction { found });
        }
        if self.horizon == Some(0) {
            return Err(EnvError::Horizon);
        }
        self.shocks.space(0).check()?;
        if self.shocks.kind == ShockKind::Drift {
            return Err(EnvError::Drift);
        }
        if self.shocks.has_idle_ending() {
            let kind = self.shocks.kind;
            return Err(EnvError::PrintEnding { kind });
        }
        self.costs.check(self.shocks.max_spread_multiplier)?;
        self.allocation.check()?;
        self.orders.check(self.allocation.max_gross())?;
        Ok(self.reward.check()?)
    }
}
