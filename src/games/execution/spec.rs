//! Rules of an execution market, as an env file states them.

use super::almgren_chriss::{Liquidation, LiquidationError};
use crate::{
    env::{ShockKind, ShockSpec},
    games::ObservedPrice,
    market::{Bound, OutOfBounds, check_bounds},
};
use serde::{Deserialize, Serialize};

/// Rules of an [`super::Execution`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct ExecutionSpec {
    /// Block, horizon and impact.
    pub liquidation: Liquidation,
    /// Price at the start; shocks are in bps of it. Unit: currency / share. Range: > 0.
    pub initial_price: f64,
    /// Risk aversion λ of the reward. Unit: 1 / currency. Range: >= 0. Try first: 1e-6.
    pub risk_aversion: f64,
    /// Observed part of the price.
    pub sight: ObservedPrice,
    /// Admissible shocks, of kind `Drift` or `Jump`.
    pub shocks: ShockSpec,
}

/// Invalid rules of an execution market.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecutionError {
    /// An invalid liquidation.
    #[error(transparent)]
    Liquidation(#[from] LiquidationError),
    /// A volatility of 0 although moves are observed in multiples of the volatility.
    #[error(
        "liquidation.volatility: found 0, expected > 0 where sight is LastMove; set sight to \
         Account"
    )]
    Volatility,
    /// A quantity outside its range.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// Shocks of kind `Print`: this market trades at the true price.
    #[error("shocks.kind: found Print, expected Drift or Jump; the price is observed as it is")]
    Print,
    /// Shocks with `print_ending: Kept`, although this market has no misprints.
    #[error("shocks.print_ending: found Kept, expected Corrected; leave print_ending out")]
    PrintEnding,
}

impl ExecutionSpec {
    /// Example of Almgren and Chriss (2000), section 3.4: 10⁶ shares at 50 in five days; no shocks.
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
            sight: ObservedPrice::Account,
            shocks: ShockSpec {
                kind: ShockKind::Drift,
                ..ShockSpec::none()
            },
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// [`ExecutionError`] naming the field outside its range.
    pub fn check(&self) -> Result<(), ExecutionError> {
        // Checks the liquidation and the risk aversion.
        self.liquidation.urgency(self.risk_aversion)?;
        check_bounds(&[("initial_price", self.initial_price, Bound::Positive)])?;
        if self.sight == ObservedPrice::LastMove && self.liquidation.volatility <= 0.0 {
            return Err(ExecutionError::Volatility);
        }
        if self.shocks.kind == ShockKind::Print {
            return Err(ExecutionError::Print);
        }
        if self.shocks.has_idle_ending() {
            return Err(ExecutionError::PrintEnding);
        }
        Ok(self.shocks.space(1).check()?)
    }

    /// Price move of a step under a drift (currency / share / time). Unit: bps of `initial_price`.
    #[must_use]
    pub fn drift_bps(&self, drift: f64) -> f64 {
        drift * self.liquidation.step_time() / self.initial_price * 1e4
    }

    /// Share of the holdings that action `a` sells, linear from 0 at −1 to all at 1; `a` is
    /// clamped.
    #[must_use]
    pub fn share(&self, a: f32) -> f64 {
        0.5 * (f64::from(a).clamp(-1.0, 1.0) + 1.0)
    }

    /// Action that sells this share of the holdings.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "actions are f32 by contract"
    )]
    pub fn action(&self, share: f64) -> [f32; 1] {
        [(2.0 * share.clamp(0.0, 1.0) - 1.0) as f32]
    }
}
