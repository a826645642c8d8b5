//! Rate of orders that reach a quote, and two rules for the probability of a fill.

use super::QuotingError;
use crate::market::{Bound, check_bounds};
use serde::{Deserialize, Serialize};

/// Unit market orders on each side, which reach a quote at offset δ at rate `Λ(δ) = A e^{−kδ}`.
///
/// Source: Avellaneda, Stoikov (2008), High-frequency trading in a limit order book, eq. 2.13.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct OrderFlow {
    /// A: rate of orders that reach the mid price, per side. Unit: 1 / time. Range: > 0.
    pub arrival_rate: f64,
    /// k: decay of the rate with the offset. Unit: 1 / currency. Range: > 0.
    pub decay: f64,
}

/// Probability of a fill within a step of length dt, as a function of the rate Λ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum FillRule {
    /// `min(Λ dt, 1)`. Pick it to reproduce the tables of Avellaneda and Stoikov ("with probability
    /// λ dt").
    Linear,
    /// `1 − e^{−Λ dt}`: at least one arrival of a Poisson process. Pick it where Λ dt is not small.
    Exponential,
}

impl OrderFlow {
    /// Checks both rates.
    ///
    /// # Errors
    /// [`QuotingError::Bounds`].
    pub fn check(&self) -> Result<(), QuotingError> {
        Ok(check_bounds(&[
            ("arrival_rate", self.arrival_rate, Bound::Positive),
            ("decay", self.decay, Bound::Positive),
        ])?)
    }

    /// Rate of orders that reach a quote, `Λ(δ) = A e^{−kδ}`. Unit: 1 / time.
    #[must_use]
    pub fn rate(&self, offset: f64) -> f64 {
        self.arrival_rate * (-self.decay * offset).exp()
    }

    /// Probability that a quote at `offset` is filled within `dt`.
    #[must_use]
    pub fn fill_probability(&self, rule: FillRule, offset: f64, dt: f64) -> f64 {
        let expected = self.rate(offset) * dt;
        match rule {
            FillRule::Linear => expected.min(1.0),
            FillRule::Exponential => -(-expected).exp_m1(),
        }
    }

    /// Order flow with A and k multiplied by these factors.
    #[must_use]
    pub fn scaled(&self, arrival_multiplier: f64, decay_multiplier: f64) -> Self {
        Self {
            arrival_rate: self.arrival_rate * arrival_multiplier,
            decay: self.decay * decay_multiplier,
        }
    }

    /// Offset 1/k that maximizes the income rate `δ Λ(δ)` when inventory costs nothing.
    #[must_use]
    pub fn risk_neutral_offset(&self) -> f64 {
        1.0 / self.decay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: OrderFlow = OrderFlow {
        arrival_rate: 140.0,
        decay: 1.5,
    };

    #[test]
    fn both_fill_rules_agree_to_first_order_and_stay_probabilities() {
        for offset in [-2.0, 0.0, 0.6, 5.0] {
            let slow = 1e-7;
            let linear = FLOW.fill_probability(FillRule::Linear, offset, slow);
            let exponential = FLOW.fill_probability(FillRule::Exponential, offset, slow);
            // 1 − e^{−x} = x − x²/2 + ...
            let second = 0.5 * linear * linear;
            assert!((linear - exponential - second).abs() <= 1e-3 * second + 1e-18);
            for rule in [FillRule::Linear, FillRule::Exponential] {
                let probability = FLOW.fill_probability(rule, offset, 10.0);
                assert!((0.0..=1.0).contains(&probability));
            }
        }
        let pulled = FLOW.fill_probability(FillRule::Linear, f64::INFINITY, 1.0);
        assert!(pulled.abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn one_over_k_earns_the_most() {
        let best = FLOW.risk_neutral_offset();
        let income = |offset: f64| offset * FLOW.rate(offset);
        assert!(income(best) > income(best * 1.01) && income(best) > income(best * 0.99));
    }

    #[test]
    fn an_invalid_flow_is_refused_by_name() {
        let error = OrderFlow {
            decay: -1.0,
            ..FLOW
        }
        .check()
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "decay: found -1, expected a finite number > 0"
        );
        assert!(
            OrderFlow {
                arrival_rate: f64::NAN,
                ..FLOW
            }
            .check()
            .is_err()
        );
    }
}
