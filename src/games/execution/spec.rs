//! What an execution market is.

use super::almgren_chriss::{Liquidation, LiquidationError};
use crate::{
    env::{ShockError, ShockKind, ShockSpec},
    games::Sight,
};
use serde::{Deserialize, Serialize};

/// The rules of an [`super::Execution`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecutionSpec {
    /// What is to be sold, when, at what impact.
    pub liquidation: Liquidation,
    /// > 0, what bps of price shocks are relative to. Unit: currency / share.
    pub initial_price: f64,
    /// λ >= 0 of the reward. Unit: 1 / currency.
    pub risk_aversion: f64,
    /// What is observed besides the account.
    pub sight: Sight,
    /// Admissible shocks; kind `Drift` or `Jump`.
    pub shocks: ShockSpec,
}

/// An execution market that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// A liquidation that cannot be.
    #[error(transparent)]
    Liquidation(#[from] LiquidationError),
    /// No volatility to measure moves by.
    #[error(
        "liquidation.volatility: found 0, expected > 0 where sight is LastMove; observe the account only"
    )]
    Volatility,
    /// Shocks that cannot be.
    #[error(transparent)]
    Shocks(#[from] ShockError),
    /// A misprint in a market that trades at the true price.
    #[error("shocks.kind: found Print, expected Drift or Jump; the price is observed as it is")]
    Print,
    /// Prices that shocks cannot be measured by.
    #[error("initial_price: found {found}, expected a finite number > 0")]
    InitialPrice {
        /// What was given.
        found: f64,
    },
}

impl ExecutionSpec {
    /// The example of Almgren and Chriss (2000), section 3.4: a million shares at 50 in five days;
    /// no shocks.
    #[must_use]
    pub const fn almgren_chriss() -> Self {
        Self {
            liquidation: Liquidation {
                shares: 1e6,
                horizon: 5.0,
                n_steps: 5,
                volatility: 0.95,
                half_spread: 0.0625,
                permanent_impact: 2.5e-7,
                temporary_impact: 2.5e-6,
            },
            initial_price: 50.0,
            risk_aversion: 1e-6,
            sight: Sight::Account,
            shocks: ShockSpec {
                kind: ShockKind::Drift,
                ..ShockSpec::none()
            },
        }
    }

    /// # Errors
    /// [`ExecutionError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), ExecutionError> {
        // Checks the liquidation and the aversion.
        self.liquidation.urgency(self.risk_aversion)?;
        let found = self.initial_price;
        if !(found.is_finite() && found > 0.0) {
            return Err(ExecutionError::InitialPrice { found });
        }
        if self.sight == Sight::LastMove && self.liquidation.volatility <= 0.0 {
            return Err(ExecutionError::Volatility);
        }
        if self.shocks.kind == ShockKind::Print {
            return Err(ExecutionError::Print);
        }
        Ok(self.shocks.space(1).check()?)
    }

    /// What a drift (currency / share / time) moves the price by in one step. Unit: bps of
    /// `initial_price`.
    #[must_use]
    pub fn drift_bps(&self, drift: f64) -> f64 {
        drift * self.liquidation.step_time() / self.initial_price * 1e4
    }

    /// The share of the holdings that action `a` sells: 0 at −1, all at 1, linear between; numbers
    /// outside are moved to the nearer end.
    #[must_use]
    pub fn share(&self, a: f32) -> f64 {
        0.5 * (f64::from(a).clamp(-1.0, 1.0) + 1.0)
    }

    /// The action that sells this share of the holdings.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "actions are f32 by contract"
    )]
    pub fn action(&self, share: f64) -> [f32; 1] {
        [(2.0 * share.clamp(0.0, 1.0) - 1.0) as f32]
    }
}
