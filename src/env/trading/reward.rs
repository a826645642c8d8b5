//! Reward of a step: a trait, two built-in rules, and the choice in an env file.

use crate::{
    env::Outcome,
    market::{Bound, Charge, OutOfBounds, check_bounds},
    own::{Own, OwnError, Shelf},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One step of a [`crate::env::TradingEnv`] as a reward reads it.
///
/// `t` is the close of the decision, `tp1` the next close. A liquidation belongs to the last step.
#[derive(Debug, Clone, Copy)]
pub struct StepView<'a> {
    /// Equity at t, > 0. Unit: currency.
    pub equity_t: f64,
    /// Equity at t+1 after all costs. Unit: currency.
    pub equity_tp1: f64,
    /// Highest equity of the episode up to t. Unit: currency.
    pub peak_equity_t: f64,
    /// Weights at t, before the trades, `[n_assets]`. Unit: fraction of equity.
    pub weights_t: &'a [f64],
    /// Weights at t+1, after the trades and before any liquidation, `[n_assets]`. Unit: fraction of
    /// equity.
    pub weights_tp1: &'a [f64],
    /// True closes at t, `[n_assets]`.
    pub closes_t: &'a [f64],
    /// True closes at t+1: a `Jump` is in them, a `Print` is not, `[n_assets]`.
    pub closes_tp1: &'a [f64],
    /// Sum over assets of the absolute traded value. Unit: currency.
    pub traded_value: f64,
    /// Costs of the step by kind, for its trades and for holding. Unit: currency.
    pub charge: Charge,
    /// State of the episode after the step.
    pub outcome: Outcome,
}

impl StepView<'_> {
    /// Simple return `E_{t+1} / E_t − 1`.
    #[must_use]
    pub fn simple_return(&self) -> f64 {
        self.equity_tp1 / self.equity_t - 1.0
    }

    /// Traded value over the equity at t.
    #[must_use]
    pub fn turnover(&self) -> f64 {
        self.traded_value / self.equity_t
    }
}

/// A reward as a function of a step.
///
/// ```
/// use shockproof::env::{LogGrowth, RewardRule, StepView};
///
/// #[derive(Debug)]
/// struct GrowthMinusTurnover {
///     price: f64,
/// }
///
/// impl RewardRule for GrowthMinusTurnover {
///     fn reward(&self, step: &StepView<'_>) -> f64 {
///         LogGrowth.reward(step) - self.price * step.turnover()
///     }
/// }
/// ```
pub trait RewardRule: Send + Sync {
    /// Computes the reward of one step, a finite number. Not called after an episode's end.
    fn reward(&self, step: &StepView<'_>) -> f64;
}

/// Log growth `log(E_{t+1} / E_t)`: its sum over an episode is the log growth of the account.
///
/// The ratio is floored at [`LogGrowth::FLOOR`], because a ruined account may owe money; such a
/// step always terminates the episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogGrowth;

impl LogGrowth {
    /// Smallest growth ratio: a loss of 99.9 % within one bar.
    pub const FLOOR: f64 = 1e-3;
}

impl RewardRule for LogGrowth {
    #[inline]
    fn reward(&self, step: &StepView<'_>) -> f64 {
        (step.equity_tp1 / step.equity_t).max(Self::FLOOR).ln()
    }
}

/// Quadratic utility `x − (λ/2) x²` of the simple return `x = E_{t+1} / E_t − 1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PnlMinusRisk {
    /// Risk aversion λ >= 0.
    pub risk_aversion: f64,
}

impl RewardRule for PnlMinusRisk {
    #[inline]
    fn reward(&self, step: &StepView<'_>) -> f64 {
        let x = step.simple_return();
        x - 0.5 * self.risk_aversion * x * x
    }
}

/// Reward of a step from equity `E_t` to `E_{t+1}`, both marked at closes after costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Reward {
    /// `log(E_{t+1} / E_t)`, floored at a loss of 99.9 %. Pick it to maximize long-run growth.
    LogGrowth,
    /// `x − (λ/2) x²` with `x = E_{t+1} / E_t − 1`. Pick it to set the aversion to risk yourself.
    PnlMinusRisk {
        /// Risk aversion λ. Range: >= 0. Try first: 1.
        risk_aversion: f64,
    },
    /// A rule from outside the crate. Pick it for a reward that is not listed here.
    Own(Own<dyn RewardRule>),
}

impl Reward {
    /// Builds an own rule with the makers in `parts`; built-in rewards do not change.
    ///
    /// # Errors
    /// [`OwnError`] for a name that `parts` lacks, or of the rule's maker.
    pub fn resolve(&mut self, parts: &Shelf<dyn RewardRule>) -> Result<(), OwnError> {
        match self {
            Self::Own(own) => own.resolve(parts),
            Self::LogGrowth | Self::PnlMinusRisk { .. } => Ok(()),
        }
    }

    /// Checks the parameters of the rule.
    ///
    /// # Errors
    /// [`RewardError::Bounds`] when the risk aversion is negative or not finite.
    pub fn check(&self) -> Result<(), RewardError> {
        if let Self::PnlMinusRisk { risk_aversion } = *self {
            check_bounds(&[("reward.risk_aversion", risk_aversion, Bound::NotNegative)])?;
        }
        Ok(())
    }

    /// Rule that computes the rewards of an episode.
    pub(super) fn scorer(&self) -> Result<Scorer, RewardError> {
        self.check()?;
        Ok(match self {
            Self::LogGrowth => Scorer::LogGrowth(LogGrowth),
            Self::PnlMinusRisk { risk_aversion } => Scorer::PnlMinusRisk(PnlMinusRisk {
                risk_aversion: *risk_aversion,
            }),
            Self::Own(own) => Scorer::Own(Arc::clone(own.part()?)),
        })
    }
}

/// A rule ready for use; built-in rules need no virtual call.
pub(super) enum Scorer {
    LogGrowth(LogGrowth),
    PnlMinusRisk(PnlMinusRisk),
    Own(Arc<dyn RewardRule>),
}

impl Scorer {
    #[inline]
    pub(super) fn reward(&self, step: &StepView<'_>) -> f64 {
        match self {
            Self::LogGrowth(rule) => rule.reward(step),
            Self::PnlMinusRisk(rule) => rule.reward(step),
            Self::Own(rule) => rule.reward(step),
        }
    }
}

/// An invalid reward.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RewardError {
    /// A parameter outside its range.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// A rule from outside the crate that cannot be made.
    #[error("reward: {0}")]
    Own(#[from] OwnError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(equity_t: f64, equity_tp1: f64) -> StepView<'static> {
        StepView {
            equity_t,
            equity_tp1,
            peak_equity_t: equity_t,
            weights_t: &[],
            weights_tp1: &[],
            closes_t: &[],
            closes_tp1: &[],
            traded_value: 0.0,
            charge: Charge::default(),
            outcome: Outcome::Running,
        }
    }

    #[test]
    fn log_growth_of_steps_adds_up_to_the_log_growth_of_the_whole() {
        let equity = [100.0, 120.0, 90.0, 135.0];
        let sum: f64 = equity
            .windows(2)
            .map(|pair| LogGrowth.reward(&step(pair[0], pair[1])))
            .sum();
        assert!((sum - 1.35_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn risk_costs_half_lambda_times_the_square_of_the_return() {
        let rule = PnlMinusRisk { risk_aversion: 4.0 };
        assert!((rule.reward(&step(100.0, 110.0)) - (0.1 - 0.02)).abs() < 1e-14);
        assert!((rule.reward(&step(100.0, 90.0)) - (-0.1 - 0.02)).abs() < 1e-14);
    }

    #[test]
    fn ruin_has_a_finite_reward() {
        let reward = LogGrowth.reward(&step(100.0, -50.0));
        assert!((reward - 1e-3_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn negative_risk_aversion_is_refused() {
        let risk_aversion = -1.0;
        assert!(Reward::PnlMinusRisk { risk_aversion }.check().is_err());
        assert!(Reward::LogGrowth.check().is_ok());
    }

    #[test]
    fn an_own_reward_is_an_error_until_a_shelf_resolves_it() {
        let mut reward: Reward = serde_json::from_str(r#"{"Own": {"name": "growth"}}"#).unwrap();
        assert!(matches!(reward.scorer(), Err(RewardError::Own(_))));
        let mut shelf = Shelf::<dyn RewardRule>::default();
        shelf.add("growth", |_| Ok(Arc::new(LogGrowth)));
        reward.resolve(&shelf).unwrap();
        let own = reward.scorer().unwrap().reward(&step(100.0, 120.0));
        assert_eq!(
            own.to_bits(),
            LogGrowth.reward(&step(100.0, 120.0)).to_bits()
        );
    }
}
