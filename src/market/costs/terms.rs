//! Set of cost terms, as written in a file.

use super::{
    CostError, CostTerm, CostTerms, Each, Funding, TransientImpact,
    built_in::{Fee, HalfSpread, SquareRootImpact},
    holding::{BorrowFee, CashInterest, MarginInterest},
};
use crate::{
    market::{Bound, check_bounds},
    own::{Own, OwnError, Shelf},
    units::Bps,
};
use serde::{Deserialize, Serialize};

/// The cost terms of one market, as written in a file.
///
/// The built-in terms charge a trade of absolute value V of one asset within one bar
///
/// `V · (fee + half_spread · m) + V · Y · σ · √(V / D)`
///
/// with a shock's spread multiplier m >= 1, the impact coefficient Y, the volatility σ of one bar,
/// and D, the traded value of that bar times a shock's liquidity multiplier. Unit of V and D: quote
/// currency. [`Costs::transient_impact`] charges a trade also for the account's earlier trades.
///
/// They charge an account that holds cash C and `u_i` units at the marked prices `p_i` for a time T
///
/// `(−C⁺ · cash_rate + (−C)⁺ · margin_rate + Σ borrow_fee_i · (−u_i p_i)⁺) · T + Σ f_i · u_i p_i`
///
/// with T in years of 365.25 days, weekends included, and the funding rate `f_i` for that time.
/// Proceeds of short sales are cash.
///
/// ```
/// use shockproof::{bps, market::{Costs, Quote, Trade}};
///
/// let costs = Costs { fee: bps!(1.0).into(), half_spread: bps!(2.0), ..Costs::FREE };
/// let quote = Quote { price: 50.0, sigma: 0.0, depth: 0.0, displacement: 0.0 };
/// let trade = Trade { asset: 0, signed_value: -1e4, quote: &quote, spread_multiplier: 3.0 };
/// let charge = costs.terms()?.charge(&trade);
/// assert!((charge.total() - (1.0 + 3.0 * 2.0)).abs() < 1e-12);
/// # Ok::<(), shockproof::market::CostError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Costs {
    /// Fee proportional to the traded value, the taker fee of a venue; one number, or one per
    /// asset. Orders that rest and pay a maker fee are not modeled. Unit: bps. Range: [0, ∞). Try
    /// first: 5.
    pub fee: Each<Bps>,
    /// Half the quoted spread. Unit: bps. Range: [0, ∞). Try first: 2.
    pub half_spread: Bps,
    /// Impact coefficient Y; 0 switches impact off and is the only choice for data without volume.
    /// Range: [0, ∞). Try first: 1.
    pub impact_coefficient: f64,
    /// Impact that outlasts its trade and decays. Default: `None`, off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transient_impact: Option<TransientImpact>,
    /// Interest on positive cash, short-sale proceeds included, an income. Unit: 1 / year. Range:
    /// (-1, 1). Default: 0, off. Try first: 0.02.
    #[serde(default, skip_serializing_if = "is_off")]
    pub cash_rate: f64,
    /// Interest on negative cash. Unit: 1 / year. Range: (-1, 1). Default: 0, off. Try first: 0.06.
    #[serde(default, skip_serializing_if = "is_off")]
    pub margin_rate: f64,
    /// Fee on the value of short positions; one number, or one per asset. Unit: 1 / year. Range:
    /// [0, 10]. Default: 0, off. Try first: 0.005.
    #[serde(default, skip_serializing_if = "is_each_off")]
    pub borrow_fee: Each<f64>,
    /// Funding of perpetual futures, constant or a signal of the prices. Default: `None`, off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding: Option<Funding>,
    /// Cost terms from outside the crate. They lengthen the warm-up as impact does. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<Own<dyn CostTerm>>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_off(rate: &f64) -> bool {
    rate.abs() <= 0.0
}

fn is_each_off(rates: &Each<f64>) -> bool {
    rates.values().iter().all(is_off)
}

impl Costs {
    /// Terms that charge nothing, for tests against closed forms. Never use them in a backtest.
    pub const FREE: Self = Self {
        fee: Each::All(Bps::ZERO),
        half_spread: Bps::ZERO,
        impact_coefficient: 0.0,
        transient_impact: None,
        cash_rate: 0.0,
        margin_rate: 0.0,
        borrow_fee: Each::All(0.0),
        funding: None,
        own: Vec::new(),
    };

    /// Builds the own terms that a file names, with the makers in `parts`.
    ///
    /// # Errors
    /// [`OwnError`] for a name that `parts` lacks, or from the maker.
    pub fn resolve(&mut self, parts: &Shelf<dyn CostTerm>) -> Result<(), OwnError> {
        self.own.iter_mut().try_for_each(|own| own.resolve(parts))
    }

    /// Builds the terms of a market without signals, ready to charge.
    ///
    /// # Errors
    /// Errors of [`Costs::terms_with`].
    pub fn terms(&self) -> Result<CostTerms, CostError> {
        self.terms_with(&[])
    }

    /// Builds the terms of a market with these signals, ready to charge.
    ///
    /// # Errors
    /// [`CostError`] for a number outside its range, a signal that the market lacks, or an
    /// unresolved own term.
    pub fn terms_with(&self, signal_names: &[String]) -> Result<CostTerms, CostError> {
        self.check_rates()?;
        let coefficient = self.impact_coefficient;
        let own = self.own.iter().map(|own| own.part().cloned());
        Ok(CostTerms {
            fee: Fee(self.fee.clone()),
            half_spread: HalfSpread(self.half_spread),
            impact: SquareRootImpact { coefficient },
            transient: self.transient_impact.filter(|t| t.coefficient > 0.0),
            cash: CashInterest(self.cash_rate),
            margin: MarginInterest(self.margin_rate),
            borrow: BorrowFee(self.borrow_fee.clone()),
            funding: self
                .funding
                .as_ref()
                .map(|funding| funding.term(signal_names))
                .transpose()?,
            own: own.collect::<Result<_, _>>()?,
            charges_holding: self.charges_holding(),
        })
    }

    /// Returns true if holding an account can cost or earn something.
    fn charges_holding(&self) -> bool {
        let rates_off = is_off(&self.cash_rate) && is_off(&self.margin_rate);
        let all_off = rates_off && is_each_off(&self.borrow_fee) && self.funding.is_none();
        !all_off || !self.own.is_empty()
    }

    /// Checks transient impact and the rates of holding.
    fn check_rates(&self) -> Result<(), CostError> {
        if let Some(impact) = &self.transient_impact {
            impact.check()?;
        }
        let below_one = Bound::Within(-0.999_999, 0.999_999, "a number in (-1, 1)");
        let fee = Bound::Within(0.0, 10.0, "a number in [0, 10]");
        let impact = Bound::Within(0.0, 1e3, "a number in [0, 1000]");
        let mut found = vec![
            ("costs.impact_coefficient", self.impact_coefficient, impact),
            ("costs.cash_rate", self.cash_rate, below_one),
            ("costs.margin_rate", self.margin_rate, below_one),
        ];
        let fees = self.borrow_fee.values().iter();
        found.extend(fees.map(|&rate| ("costs.borrow_fee", rate, fee)));
        if let Some(funding) = &self.funding {
            let rates = funding.rate_bps.values().iter();
            let bps = Bound::Within(-1e4, 1e4, "a number in [-10000, 10000]");
            found.extend(rates.map(|&rate| ("costs.funding.rate_bps", rate, bps)));
            let period = Bound::Within(0.01, 1e4, "a number in [0.01, 10000]");
            found.push(("costs.funding.period_hours", funding.period_hours, period));
        }
        Ok(check_bounds(&found)?)
    }

    /// Checks the terms against the widest spread that a shock may set. The market's signals are
    /// not known here.
    ///
    /// # Errors
    /// [`CostError`] from [`Costs::terms`], or if the proportional cost of an asset reaches the
    /// traded value.
    pub fn check(&self, max_spread_multiplier: f64) -> Result<(), CostError> {
        let signals = self.funding.as_ref().map(|funding| &funding.signals[..]);
        let terms = self.terms_with(signals.unwrap_or_default())?;
        for asset in 0..self.fee.values().len() {
            let found = terms.proportional(asset, max_spread_multiplier);
            if found >= 1.0 {
                return Err(CostError::Proportional { found });
            }
        }
        Ok(())
    }

    /// Checks that each list of rates has one rate per asset.
    ///
    /// # Errors
    /// [`CostError::Assets`] naming the list with another length.
    pub fn check_assets(&self, n_assets: usize) -> Result<(), CostError> {
        let list = |rates: &Each<f64>| match rates {
            Each::All(_) => n_assets,
            Each::PerAsset(rates) => rates.len(),
        };
        let funding = self.funding.as_ref();
        let names = |funding: &Funding| match funding.signals.len() {
            0 => n_assets,
            found => found,
        };
        let lists = [
            ("fee", list(&self.fee.map(Bps::get))),
            ("borrow_fee", list(&self.borrow_fee)),
            (
                "funding.rate_bps",
                funding.map_or(n_assets, |f| list(&f.rate_bps)),
            ),
            ("funding.signals", funding.map_or(n_assets, names)),
        ];
        match lists.into_iter().find(|(_, found)| *found != n_assets) {
            None => Ok(()),
            Some((field, found)) => Err(CostError::Assets {
                field,
                found,
                expected: n_assets,
            }),
        }
    }

    /// Returns true if a term may read the volatility and depth of a [`Quote`](super::Quote): with
    /// impact or own terms.
    #[must_use]
    pub fn needs_depth(&self) -> bool {
        self.has_impact() || !self.own.is_empty()
    }

    /// Returns true with a term that divides by the volume of a bar.
    pub(crate) fn has_impact(&self) -> bool {
        let transient = self.transient_impact.map_or(0.0, |t| t.coefficient);
        self.impact_coefficient > 0.0 || transient > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Charge, Holding, Quote, Trade};
    use std::sync::Arc;

    fn terms(fee: f64, half_spread: f64, impact_coefficient: f64) -> CostTerms {
        costs(fee, half_spread, impact_coefficient).terms().unwrap()
    }

    fn costs(fee: f64, half_spread: f64, impact_coefficient: f64) -> Costs {
        Costs {
            fee: Bps::new(fee).unwrap().into(),
            half_spread: Bps::new(half_spread).unwrap(),
            impact_coefficient,
            ..Costs::FREE
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
            displacement: 0.0,
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
            displacement: 0.0,
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
            displacement: 0.0,
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
            displacement: 0.0,
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
    fn rates_outside_their_range_are_named() {
        type Edit = fn(&mut Costs);
        let funding = |rate_bps, period_hours| Funding {
            rate_bps: Each::All(rate_bps),
            period_hours,
            signals: Vec::new(),
        };
        let edits: [(&str, Edit); 4] = [
            ("costs.cash_rate", |c| c.cash_rate = 1.0),
            ("costs.margin_rate", |c| c.margin_rate = f64::NAN),
            ("costs.borrow_fee", |c| {
                c.borrow_fee = Each::PerAsset(vec![0.1, -0.1]);
            }),
            ("costs.funding.period_hours", |c| {
                c.funding = Some(Funding {
                    rate_bps: Each::All(1.0),
                    period_hours: 0.0,
                    signals: Vec::new(),
                });
            }),
        ];
        for (field, edit) in edits {
            let mut costs = Costs::FREE;
            edit(&mut costs);
            let refusal = costs.check(1.0).unwrap_err().to_string();
            assert!(refusal.contains(field), "{refusal}");
        }
        let mut costs = Costs::FREE;
        costs.funding = Some(funding(-3.0, 8.0));
        assert!(costs.check(1.0).is_ok(), "funding may be negative");
    }

    #[test]
    fn a_fee_per_asset_is_charged_to_its_asset() {
        let costs = Costs {
            fee: serde_json::from_str("[1.0, 30.0]").unwrap(),
            ..Costs::FREE
        };
        let terms = costs.terms().unwrap();
        let quote = Quote {
            price: 1.0,
            sigma: 0.0,
            depth: 0.0,
            displacement: 0.0,
        };
        for (asset, fee) in [(0, 1.0), (1, 30.0)] {
            let trade = Trade {
                asset,
                signed_value: -1e4,
                quote: &quote,
                spread_multiplier: 1.0,
            };
            assert!((terms.charge(&trade).fee - fee).abs() < 1e-12);
            assert!((terms.marginal(&trade) - fee * 1e-4).abs() < 1e-18);
        }
    }

    #[test]
    fn invalid_costs_are_refused() {
        assert!(costs(1.0, 1.0, 0.1).check(10.0).is_ok());
        assert!(matches!(
            costs(1.0, 1.0, f64::NAN).check(1.0),
            Err(CostError::Rate(_))
        ));
        let mut steep = costs(0.0, 100.0, 0.0);
        assert!(matches!(
            steep.check(100.0),
            Err(CostError::Proportional { .. })
        ));
        assert!(steep.check(99.0).is_ok());
        steep.fee = serde_json::from_str("[1.0, 200.0]").unwrap();
        assert!(steep.check(99.0).is_err(), "the dearest asset counts");
        let refusal = steep.check_assets(3).unwrap_err().to_string();
        assert!(refusal.contains("costs.fee") && refusal.contains("list of 2"));
        assert!(steep.check_assets(2).is_ok() && Costs::FREE.check_assets(7).is_ok());
    }
}
