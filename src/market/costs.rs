//! What a trade costs: proportional fee, half spread, square-root impact.

use crate::units::Bps;
use serde::{Deserialize, Serialize};

/// The cost model of one market.
///
/// Cost of trading the value V (quote currency) of one asset within one bar:
///
/// `V · (fee + half_spread · m) + V · Y · σ · √(V / D)`
///
/// with the spread multiplier m >= 1 of a shock, Y the impact coefficient, σ the volatility of one
/// bar and D the traded value of that bar times the liquidity multiplier of a shock. The
/// square-root law is the empirical one (Almgren et al. 2005; Tóth et al. 2011, arXiv 1105.1694);
/// the fill itself happens at the quoted price and the impact is charged in cash, so that the price
/// path stays the data's own.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// Proportional fee. Unit: bps of the traded value.
    pub fee: Bps,
    /// Half the quoted spread. Unit: bps of the traded value.
    pub half_spread: Bps,
    /// Y: 0 switches impact off (the only choice for data without volume); about 1 in liquid
    /// markets.
    pub impact_coefficient: f64,
}

impl Costs {
    /// Trading for nothing: for closed-form tests, never for a backtest.
    pub const FREE: Self = Self {
        fee: Bps::ZERO,
        half_spread: Bps::ZERO,
        impact_coefficient: 0.0,
    };

    /// # Errors
    /// [`CostError`] when the impact coefficient is negative or not finite, or when the
    /// proportional cost at the widest admissible spread reaches the traded value itself.
    pub fn check(&self, max_spread_multiplier: f64) -> Result<(), CostError> {
        if !(self.impact_coefficient.is_finite() && self.impact_coefficient >= 0.0) {
            return Err(CostError::ImpactCoefficient {
                found: self.impact_coefficient,
            });
        }
        let found = self.proportional(max_spread_multiplier);
        if found < 1.0 {
            Ok(())
        } else {
            Err(CostError::Proportional { found })
        }
    }

    /// Fee plus half spread, as a fraction of the traded value.
    #[must_use]
    #[inline]
    pub fn proportional(&self, spread_multiplier: f64) -> f64 {
        self.fee.fraction() + self.half_spread.fraction() * spread_multiplier
    }

    /// Whether a trade has an impact: only then the volatility and the depth of a [`Quote`] matter.
    #[must_use]
    #[inline]
    pub fn has_impact(&self) -> bool {
        self.impact_coefficient > 0.0
    }

    /// The cost of trading `traded_value >= 0` against `quote`. Unit: currency.
    #[must_use]
    #[inline]
    pub fn charge(&self, traded_value: f64, quote: &Quote, spread_multiplier: f64) -> Charge {
        Charge {
            fee: traded_value * self.fee.fraction(),
            spread: traded_value * self.half_spread.fraction() * spread_multiplier,
            impact: traded_value * self.impact_rate(traded_value, quote),
        }
    }

    /// What the next unit of value would cost on top of `traded_value`: the derivative of the
    /// [`Costs::charge`]d total.
    #[must_use]
    #[inline]
    pub fn marginal(&self, traded_value: f64, quote: &Quote, spread_multiplier: f64) -> f64 {
        self.proportional(spread_multiplier) + 1.5 * self.impact_rate(traded_value, quote)
    }

    /// Impact as a fraction of the traded value.
    #[inline]
    fn impact_rate(&self, traded_value: f64, quote: &Quote) -> f64 {
        if self.has_impact() && traded_value > 0.0 {
            self.impact_coefficient * quote.sigma * (traded_value / quote.depth).sqrt()
        } else {
            0.0
        }
    }
}

/// What a trade in one asset meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quote {
    /// Fill price before costs. Unit: currency, > 0.
    pub price: f64,
    /// Volatility of one bar's log return, known before the fill; not read where impact is switched
    /// off.
    pub sigma: f64,
    /// Traded value of the bar times the liquidity multiplier; > 0 wherever impact is switched on.
    /// Unit: currency.
    pub depth: f64,
}

/// The parts of a cost. Unit: currency, each >= 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Charge {
    /// Proportional fee.
    pub fee: f64,
    /// Half spread, shocked or not.
    pub spread: f64,
    /// Square-root impact.
    pub impact: f64,
}

impl Charge {
    /// The whole cost.
    #[must_use]
    #[inline]
    pub fn total(&self) -> f64 {
        self.fee + self.spread + self.impact
    }
}

impl std::ops::AddAssign for Charge {
    fn add_assign(&mut self, other: Self) {
        self.fee += other.fee;
        self.spread += other.spread;
        self.impact += other.impact;
    }
}

/// A cost model that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A negative or non-finite impact coefficient.
    #[error("costs.impact_coefficient: found {found}, expected a finite number >= 0")]
    ImpactCoefficient {
        /// What was given.
        found: f64,
    },
    /// A proportional cost of the whole traded value or more.
    #[error(
        "costs: fee plus half spread at the widest admissible spread is {found} of the traded value, expected less than 1; lower fee, half_spread or shocks.max_spread_multiplier"
    )]
    Proportional {
        /// The fraction.
        found: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(fee: f64, half_spread: f64, impact_coefficient: f64) -> Costs {
        Costs {
            fee: Bps::new(fee).unwrap(),
            half_spread: Bps::new(half_spread).unwrap(),
            impact_coefficient,
        }
    }

    #[test]
    fn closed_values() {
        let quote = Quote {
            price: 50.0,
            sigma: 0.02,
            depth: 4e6,
        };
        let charge = costs(1.0, 2.0, 0.5).charge(1e4, &quote, 3.0);
        assert!((charge.fee - 1.0).abs() < 1e-12);
        assert!((charge.spread - 6.0).abs() < 1e-12);
        // 1e4 * .5 * .02 * sqrt(1e4 / 4e6) = 100 * .05
        assert!((charge.impact - 5.0).abs() < 1e-12);
        assert!((charge.total() - 12.0).abs() < 1e-12);
    }

    #[test]
    fn impact_grows_with_the_power_three_halves() {
        let quote = Quote {
            price: 1.0,
            sigma: 0.01,
            depth: 1e6,
        };
        let model = costs(0.0, 0.0, 1.0);
        let ratio = model.charge(4e3, &quote, 1.0).impact / model.charge(1e3, &quote, 1.0).impact;
        assert!((ratio - 8.0).abs() < 1e-12);
    }

    #[test]
    fn no_impact_without_coefficient_even_without_volume() {
        let quote = Quote {
            price: 1.0,
            sigma: 0.01,
            depth: 0.0,
        };
        let impact = costs(1.0, 1.0, 0.0).charge(1e3, &quote, 1.0).impact;
        assert_eq!(impact.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn impossible_costs_are_refused() {
        assert!(costs(1.0, 1.0, 0.1).check(10.0).is_ok());
        assert!(matches!(
            costs(1.0, 1.0, f64::NAN).check(1.0),
            Err(CostError::ImpactCoefficient { .. })
        ));
        assert!(matches!(
            costs(0.0, 100.0, 0.0).check(100.0),
            Err(CostError::Proportional { .. })
        ));
    }
}
