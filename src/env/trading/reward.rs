//! What a step is worth.

use serde::{Deserialize, Serialize};

/// The reward of a step from equity `E_t` to `E_{t+1}`, both marked at closes after costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum Reward {
    /// `log(E_{t+1} / E_t)`: its sum over an episode is the log growth of the account. The ratio is
    /// floored at [`Reward::GROWTH_FLOOR`], because a ruined account may owe money; such a step
    /// always terminates the episode.
    LogGrowth,
    /// `x − (λ/2) x²` with the simple return `x = E_{t+1} / E_t − 1`: a quadratic utility of the
    /// step.
    PnlMinusRisk {
        /// λ >= 0.
        risk_aversion: f64,
    },
}

impl Reward {
    /// Smallest growth ratio that [`Reward::LogGrowth`] tells apart: a loss of 99.9 % within one
    /// bar.
    pub const GROWTH_FLOOR: f64 = 1e-3;

    /// # Errors
    /// [`RewardError`] when the risk aversion is negative or not finite.
    pub fn check(&self) -> Result<(), RewardError> {
        match *self {
            Self::PnlMinusRisk { risk_aversion }
                if !(risk_aversion.is_finite() && risk_aversion >= 0.0) =>
            {
                Err(RewardError::RiskAversion {
                    found: risk_aversion,
                })
            }
            _ => Ok(()),
        }
    }

    /// The reward. `equity_t` is positive: an account without equity takes no further step.
    #[must_use]
    #[inline]
    pub fn of(&self, equity_t: f64, equity_tp1: f64) -> f64 {
        let ratio = equity_tp1 / equity_t;
        match *self {
            Self::LogGrowth => ratio.max(Self::GROWTH_FLOOR).ln(),
            Self::PnlMinusRisk { risk_aversion } => {
                let simple_return = ratio - 1.0;
                simple_return - 0.5 * risk_aversion * simple_return * simple_return
            }
        }
    }
}

/// A reward that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RewardError {
    /// A negative or non-finite risk aversion.
    #[error("reward.risk_aversion: found {found}, expected a finite number >= 0")]
    RiskAversion {
        /// What was given.
        found: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_growth_adds_up_to_the_log_of_the_whole() {
        let equity = [100.0, 120.0, 90.0, 135.0];
        let sum: f64 = equity
            .windows(2)
            .map(|pair| Reward::LogGrowth.of(pair[0], pair[1]))
            .sum();
        assert!((sum - 1.35_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn risk_costs_half_lambda_times_the_square() {
        let reward = Reward::PnlMinusRisk { risk_aversion: 4.0 };
        assert!((reward.of(100.0, 110.0) - (0.1 - 0.02)).abs() < 1e-14);
        assert!((reward.of(100.0, 90.0) - (-0.1 - 0.02)).abs() < 1e-14);
    }

    #[test]
    fn ruin_has_a_finite_reward() {
        assert!((Reward::LogGrowth.of(100.0, -50.0) - 1e-3_f64.ln()).abs() < 1e-14);
    }

    #[test]
    fn negative_risk_aversion_is_refused() {
        assert!(
            Reward::PnlMinusRisk {
                risk_aversion: -1.0
            }
            .check()
            .is_err()
        );
        assert!(Reward::LogGrowth.check().is_ok());
    }
}
