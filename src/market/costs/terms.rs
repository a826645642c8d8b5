//! Set of cost terms, as written in a file and ready to charge.

use super::{
    CostTerm, Holding, Trade,
    built_in::{Fee, HalfSpread, SquareRootImpact},
};
use crate::{
    own::{Own, OwnError, Shelf},
    units::Bps,
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

/// The cost terms of one market, as written in a file.
///
/// The built-in terms charge a trade of absolute value V of one asset within one bar
///
/// `V · (fee + half_spread · m) + V · Y · σ · √(V / D)`
///
/// with a shock's spread multiplier m >= 1, the impact coefficient Y, the volatility σ of one bar,
/// and D, the traded value of that bar times a shock's liquidity multiplier. Unit of V and D: quote
/// currency.
///
/// ```
/// use shockproof::{bps, market::{Costs, Quote, Trade}};
///
/// let costs = Costs { fee: bps!(1.0), half_spread: bps!(2.0), ..Costs::FREE };
/// let quote = Quote { price: 50.0, sigma: 0.0, depth: 0.0 };
/// let trade = Trade { asset: 0, signed_value: -1e4, quote: &quote, spread_multiplier: 3.0 };
/// let charge = costs.terms()?.charge(&trade);
/// assert!((charge.total() - (1.0 + 3.0 * 2.0)).abs() < 1e-12);
/// # Ok::<(), shockproof::market::CostError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Costs {
    /// Fee proportional to the traded value. Unit: bps. Range: [0, ∞). Try first: 5.
    pub fee: Bps,
    /// Half the quoted spread. Unit: bps. Range: [0, ∞). Try first: 2.
    pub half_spread: Bps,
    /// Impact coefficient Y; 0 switches impact off and is the only choice for data without volume.
    /// Range: [0, ∞). Try first: 1.
    pub impact_coefficient: f64,
    /// Cost terms from outside the crate. They lengthen the warm-up as impact does. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Own<dyn CostTerm>>,
}

impl Costs {
    /// Terms that charge nothing, for tests against closed forms. Never use them in a backtest.
    pub const FREE: Self = Self {
        fee: Bps::ZERO,
        half_spread: Bps::ZERO,
        impact_coefficient: 0.0,
        own: Vec::new(),
    };

    /// Makes the own terms that a file names, with the makers on the shelf.
    ///
    /// # Errors
    /// [`OwnError`] for a name that is not on the shelf, or from the maker.
    pub fn resolve(&mut self, parts: &Shelf<dyn CostTerm>) -> Result<(), OwnError> {
        self.own.iter_mut().try_for_each(|own| own.resolve(parts))
    }

    /// Builds the terms, ready to charge.
    ///
    /// # Errors
    /// [`CostError`] for a negative or non-finite impact coefficient, or an unresolved own term.
    pub fn terms(&self) -> Result<CostTerms, CostError> {
        let coefficient = self.impact_coefficient;
        if !(coefficient.is_finite() && coefficient >= 0.0) {
            return Err(CostError::ImpactCoefficient { found: coefficient });
        }
        let own = self.own.iter().map(|own| own.part().cloned());
        Ok(CostTerms {
            fee: Fee(self.fee),
            half_spread: HalfSpread(self.half_spread),
            impact: SquareRootImpact { coefficient },
            own: own.collect::<Result<_, _>>()?,
        })
    }

    /// Checks the terms against the widest spread that a shock may set.
    ///
    /// # Errors
    /// [`CostError`] from [`Costs::terms`], or if the proportional cost reaches the traded value.
    pub fn check(&self, max_spread_multiplier: f64) -> Result<(), CostError> {
        let found = self.terms()?.proportional(max_spread_multiplier);
        if found < 1.0 {
            Ok(())
        } else {
            Err(CostError::Proportional { found })
        }
    }

    /// Returns true with impact or own terms, which may need volatility and depth of a
    /// [`Quote`](super::Quote).
    #[must_use]
    pub fn needs_depth(&self) -> bool {
        self.impact_coefficient > 0.0 || !self.own.is_empty()
    }
}

/// The cost terms of one market, ready to charge; made by [`Costs::terms`].
#[derive(Clone)]
pub struct CostTerms {
    fee: Fee,
    half_spread: HalfSpread,
    impact: SquareRootImpact,
    own: Vec<Arc<dyn CostTerm>>,
}

impl CostTerms {
    /// Fee plus half spread, as a fraction of the traded value.
    #[must_use]
    #[inline]
    pub fn proportional(&self, spread_multiplier: f64) -> f64 {
        self.fee.0.fraction() + self.half_spread.0.fraction() * spread_multiplier
    }

    /// Same value as [`Costs::needs_depth`].
    #[must_use]
    #[inline]
    pub fn needs_depth(&self) -> bool {
        self.impact.coefficient > 0.0 || self.has_own()
    }

    /// Returns true if there are terms from outside the crate.
    #[must_use]
    #[inline]
    pub(crate) fn has_own(&self) -> bool {
        !self.own.is_empty()
    }

    /// Cost of a trade, by term.
    #[must_use]
    #[inline]
    pub fn charge(&self, trade: &Trade<'_>) -> Charge {
        Charge {
            fee: self.fee.charge(trade),
            spread: self.half_spread.charge(trade),
            impact: self.impact.charge(trade),
            other: self.sum_own(|term| term.charge(trade)),
        }
    }

    /// Derivative of the total [`CostTerms::charge`] by the absolute traded value.
    #[must_use]
    #[inline]
    pub fn marginal(&self, trade: &Trade<'_>) -> f64 {
        self.fee.marginal(trade)
            + self.half_spread.marginal(trade)
            + self.impact.marginal(trade)
            + self.sum_own(|term| term.marginal(trade))
    }

    /// Cost of holding an account over one bar; the built-in terms charge nothing for holding.
    #[must_use]
    #[inline]
    pub fn holding(&self, account: &Holding<'_>) -> Charge {
        Charge {
            other: self.sum_own(|term| term.holding(account)),
            ..Charge::default()
        }
    }

    #[inline]
    fn sum_own(&self, of: impl Fn(&dyn CostTerm) -> f64) -> f64 {
        self.own.iter().fold(0.0, |sum, term| sum + of(&**term))
    }
}

impl fmt::Debug for CostTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.own.iter().map(|term| term.name());
        f.debug_struct("CostTerms")
            .field("fee", &self.fee)
            .field("half_spread", &self.half_spread)
            .field("impact", &self.impact)
            .field("own", &own.collect::<Vec<_>>())
            .finish()
    }
}

/// Cost of trades or of holding, by term. Unit: currency; fee, spread and impact are >= 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Charge {
    /// Proportional fee.
    pub fee: f64,
    /// Half spread, times a shock's spread multiplier.
    pub spread: f64,
    /// Square-root impact.
    pub impact: f64,
    /// Sum of the own terms, for trades and for holding.
    pub other: f64,
}

impl Charge {
    /// Sum over the terms.
    #[must_use]
    #[inline]
    pub fn total(&self) -> f64 {
        self.fee + self.spread + self.impact + self.other
    }
}

impl std::ops::AddAssign for Charge {
    fn add_assign(&mut self, other: Self) {
        self.fee += other.fee;
        self.spread += other.spread;
        self.impact += other.impact;
        self.other += other.other;
    }
}

/// Costs that cannot be charged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CostError {
    /// A negative or non-finite impact coefficient.
    #[error("costs.impact_coefficient: found {found}, expected a finite number >= 0")]
    ImpactCoefficient {
        /// Rejected coefficient.
        found: f64,
    },
    /// A proportional cost that reaches or exceeds the traded value.
    #[error(
        "costs: fee plus half spread at the widest admissible spread is {found} of the traded \
         value, expected less than 1; lower fee, half_spread or shocks.max_spread_multiplier"
    )]
    Proportional {
        /// Proportional cost as a fraction of the traded value.
        found: f64,
    },
    /// A term from outside the crate that cannot be made.
    #[error("costs: {0}")]
    Own(#[from] OwnError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Quote;

    fn terms(fee: f64, half_spread: f64, impact_coefficient: f64) -> CostTerms {
        costs(fee, half_spread, impact_coefficient).terms().unwrap()
    }

    fn costs(fee: f64, half_spread: f64, impact_coefficient: f64) -> Costs {
        Costs {
            fee: Bps::new(fee).unwrap(),
            half_spread: Bps::new(half_spread).unwrap(),
            impact_coefficient,
            own: Vec::new(),
        }
    }

    fn charge(terms: &CostTerms, signed_value: f64, quote: &Quote) -> Charge {
        terms.charge(&Trade {
            asset: 0,
            signed_value,
            quote,
            spread_multiplier: 3.0,
        })
    }

    /// A tax on purchases, and interest on cash.
    struct Tax;

    impl CostTerm for Tax {
        fn name(&self) -> &'static str {
            "tax"
        }
        fn charge(&self, trade: &Trade<'_>) -> f64 {
            0.01 * trade.signed_value.max(0.0)
        }
        fn marginal(&self, trade: &Trade<'_>) -> f64 {
            if trade.signed_value > 0.0 { 0.01 } else { 0.0 }
        }
        fn holding(&self, account: &Holding<'_>) -> f64 {
            -0.001 * account.cash
        }
    }

    #[test]
    fn charges_equal_their_formulas() {
        let quote = Quote {
            price: 50.0,
            sigma: 0.02,
            depth: 4e6,
        };
        let charge = charge(&terms(1.0, 2.0, 0.5), -1e4, &quote);
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
        let terms = terms(0.0, 0.0, 1.0);
        let ratio = charge(&terms, 4e3, &quote).impact / charge(&terms, 1e3, &quote).impact;
        assert!((ratio - 8.0).abs() < 1e-12);
    }

    #[test]
    fn zero_coefficient_charges_no_impact_even_without_volume() {
        let quote = Quote {
            price: 1.0,
            sigma: 0.01,
            depth: 0.0,
        };
        let impact = charge(&terms(1.0, 1.0, 0.0), 1e3, &quote).impact;
        assert_eq!(impact.to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn marginal_is_the_derivative_of_the_charge() {
        let quote = Quote {
            price: 1.0,
            sigma: 0.02,
            depth: 1e6,
        };
        let mut costs = costs(3.0, 2.0, 0.7);
        costs.own = vec![Own::new("tax", [("rate", 0.01)], Arc::new(Tax))];
        let terms = costs.terms().unwrap();
        for side in [1.0, -1.0] {
            let total = |value: f64| charge(&terms, side * value, &quote).total();
            let slope = (total(1e4 + 1.0) - total(1e4 - 1.0)) / 2.0;
            let marginal = terms.marginal(&Trade {
                asset: 0,
                signed_value: side * 1e4,
                quote: &quote,
                spread_multiplier: 3.0,
            });
            assert!((slope - marginal).abs() < 1e-9, "{slope} {marginal}");
        }
    }

    #[test]
    fn files_without_own_terms_do_not_mention_them() {
        let mut costs = costs(1.0, 2.0, 0.5);
        let text = r#"{"fee":1.0,"half_spread":2.0,"impact_coefficient":0.5}"#;
        assert_eq!(serde_json::to_string(&costs).unwrap(), text);
        assert_eq!(serde_json::from_str::<Costs>(text).unwrap(), costs);
        costs.own = vec![Own::new("tax", [("rate", 0.01)], Arc::new(Tax))];
        let mut read: Costs =
            serde_json::from_str(&serde_json::to_string(&costs).unwrap()).unwrap();
        assert!(matches!(read.check(1.0), Err(CostError::Own(_))));
        let mut shelf = Shelf::<dyn CostTerm>::default();
        shelf.add("tax", |_| Ok(Arc::new(Tax)));
        read.resolve(&shelf).unwrap();
        assert!(read.check(1.0).is_ok() && read == costs);
    }

    #[test]
    fn invalid_costs_are_refused() {
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
