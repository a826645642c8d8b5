//! Costs of holding cash and positions: interest, borrow fee, funding.
//!
//! Each accrues on the account's cash and positions over time, in years of 365.25 days
//! ([`Holding::years`]). The gap before a bar (a night, a weekend) is charged on the position held
//! before the fill at the bar's open, at the previous closes; the bar itself is charged on the
//! position after the fill, at its own closes.

use super::{CostError, CostTerm, Each, Holding, Trade};
use crate::market::Panel;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// Interest on positive cash, an income: `−cash⁺ · rate · T`.
///
/// Proceeds of short sales are cash and earn it too, so the rate minus [`BorrowFee`] is the rebate
/// of a short position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CashInterest(pub(super) f64);

/// Interest on negative cash: `(−cash)⁺ · rate · T`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MarginInterest(pub(super) f64);

/// Fee on the value of short positions: `Σ rate_i · (−u_i)⁺ · p_i · T`, `u_i` the units and `p_i`
/// the marked price of asset i.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BorrowFee(pub(super) Each<f64>);

/// Funding of perpetual futures: `Σ rate_i · u_i · p_i · T / period`.
///
/// A long position pays a positive rate and a short position receives it, so the funding of a long
/// and a short of equal size sums to zero. Funding accrues in proportion to time, whereas a venue
/// pays at fixed times. A variable rate is a signal of the prices, read at the end of the bar for
/// which it is paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct Funding {
    /// Funding per period that a long position pays and a short position receives; one number, or
    /// one per asset. Unit: bps of the position's value. Range: [-10000, 10000]. Default: 0. Try
    /// first: 1.
    #[serde(default)]
    pub rate_bps: Each<f64>,
    /// Signals added to `rate_bps`, one name per asset; a value of 0.0001 is 1 bp per period.
    /// Range: [-1, 1]. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signals: Vec<String>,
    /// Length of a period. Unit: hours. Range: [0.01, 10000]. Try first: 8.
    pub period_hours: f64,
}

/// [`Funding`] with the columns of its signals.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FundingTerm {
    rate_bps: Each<f64>,
    period_hours: f64,
    /// Column of each asset's signal; empty for constant rates.
    columns: Vec<usize>,
}

/// A term that charges for holding only: trades cost nothing.
macro_rules! holding_term {
    ($Term:ty, $name:literal, |$me:ident, $account:ident| $cost:expr) => {
        impl CostTerm for $Term {
            fn name(&self) -> &'static str {
                $name
            }
            fn charge(&self, _: &Trade<'_>) -> f64 {
                0.0
            }
            fn marginal(&self, _: &Trade<'_>) -> f64 {
                0.0
            }
            fn holding(&$me, $account: &Holding<'_>) -> f64 {
                $cost
            }
        }
    };
}

holding_term!(CashInterest, "cash_rate", |self, account| {
    -account.cash.max(0.0) * self.0 * account.years()
});
holding_term!(MarginInterest, "margin_rate", |self, account| {
    (-account.cash).max(0.0) * self.0 * account.years()
});
holding_term!(BorrowFee, "borrow_fee", |self, account| {
    let fee = |(asset, value): (usize, f64)| self.0.get(asset) * (-value).max(0.0);
    account.values().enumerate().map(fee).sum::<f64>() * account.years()
});
holding_term!(FundingTerm, "funding", |self, account| {
    let rate = |asset| self.rate(asset, account.elapsed, account.signals);
    let values = account.values().enumerate();
    values.fold(0.0, |sum, (asset, value)| sum + rate(asset) * value)
});

impl Funding {
    /// Finds the signals among the columns of a market.
    pub(super) fn term(&self, signal_names: &[String]) -> Result<FundingTerm, CostError> {
        let column = |signal: &String| {
            let column = signal_names.iter().position(|name| name == signal);
            column.ok_or_else(|| CostError::Signal {
                found: signal.clone(),
                expected: signal_names.to_vec(),
            })
        };
        Ok(FundingTerm {
            rate_bps: self.rate_bps.clone(),
            period_hours: self.period_hours,
            columns: self.signals.iter().map(column).collect::<Result<_, _>>()?,
        })
    }
}

impl FundingTerm {
    /// Requires that the signals are rates in [−1, 1] in every bar of a market.
    pub(super) fn check_signals(&self, panel: &Panel) -> Result<(), CostError> {
        for &column in &self.columns {
            for row in 0..panel.n_bars() {
                let found = panel.signals(row)[column];
                if found.abs() > 1.0 {
                    return Err(CostError::FundingRate {
                        name: panel.signal_names()[column].clone(),
                        end: panel.timestamps()[row],
                        found,
                    });
                }
            }
        }
        Ok(())
    }

    /// Funding of `asset` over the time `elapsed`, as a fraction of the position's value. `signals`
    /// are those known at the end of the bar for which it is paid.
    pub(super) fn rate(&self, asset: usize, elapsed: TimeDelta, signals: &[f64]) -> f64 {
        let column = self.columns.get(asset);
        let signal = column
            .and_then(|&column| signals.get(column))
            .unwrap_or(&0.0);
        let per_period = self.rate_bps.get(asset) * 1e-4 + signal;
        per_period * (elapsed.as_seconds_f64() / 3_600.0 / self.period_hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Bar, Costs, Portfolio, Quote};
    use chrono::{DateTime, TimeDelta};
    use proptest::prelude::*;

    fn free() -> Costs {
        Costs::FREE
    }

    fn holding<'a>(cash: f64, units: &'a [f64], prices: &'a [f64], hours: i64) -> Holding<'a> {
        Holding {
            cash,
            units,
            prices,
            signals: &[],
            end: DateTime::UNIX_EPOCH,
            elapsed: TimeDelta::hours(hours),
        }
    }

    #[test]
    fn cash_of_one_compounds_from_bar_to_bar() {
        let terms = Costs {
            cash_rate: 0.05,
            ..free()
        }
        .terms()
        .unwrap();
        let mut portfolio = Portfolio::new(1, 1.0);
        for bar in 1..=400 {
            let (end, day) = (
                DateTime::UNIX_EPOCH + TimeDelta::days(bar),
                TimeDelta::days(1),
            );
            let charge = portfolio.pay_holding(&[10.0], end.into(), day, &terms);
            assert!(charge.cash_interest < 0.0 && charge.total() < 0.0);
        }
        let expected = (1.0 + 0.05 / 365.25_f64).powi(400);
        assert!((portfolio.cash() / expected - 1.0).abs() < 1e-13);
    }

    #[test]
    fn debt_pays_the_margin_rate_and_a_weekend_counts_three_days() {
        let costs = Costs {
            cash_rate: 0.02,
            margin_rate: 0.08,
            ..free()
        };
        let charge = costs
            .terms()
            .unwrap()
            .holding(&holding(-5e3, &[15.0], &[1e3], 72));
        assert!((charge.margin_interest - 5e3 * 0.08 * 3.0 / 365.25).abs() < 1e-12);
        assert_eq!(charge.cash_interest.to_bits() << 1, 0, "debt earns nothing");
    }

    #[test]
    fn a_short_position_pays_its_fee_and_a_long_one_does_not() {
        let borrow_fee = Each::PerAsset(vec![0.1, 0.03, 0.5]);
        let terms = Costs {
            borrow_fee,
            ..free()
        }
        .terms()
        .unwrap();
        let account = holding(0.0, &[-2.0, -10.0, 7.0], &[50.0, 20.0, 9.0], 24);
        let expected = (0.1 * 100.0 + 0.03 * 200.0) / 365.25;
        assert!((terms.holding(&account).borrow - expected).abs() < 1e-13);
    }

    #[test]
    fn funding_of_a_long_and_a_short_sums_to_zero() {
        let funding = Some(Funding {
            rate_bps: Each::All(1.5),
            period_hours: 8.0,
            signals: Vec::new(),
        });
        let terms = Costs { funding, ..free() }.terms().unwrap();
        let of = |units: f64| terms.holding(&holding(0.0, &[units], &[40.0], 24)).funding;
        assert!((of(25.0) - 3.0 * 1.5e-4 * 1e3).abs() < 1e-13);
        assert!((of(25.0) + of(-25.0)).abs() < 1e-15);
    }

    #[test]
    fn a_signal_is_the_rate_of_its_asset() {
        let funding = Funding {
            rate_bps: Each::All(0.0),
            period_hours: 8.0,
            signals: vec!["b".to_owned(), "a".to_owned()],
        };
        let costs = Costs {
            funding: Some(funding),
            ..free()
        };
        let names = ["a", "b"].map(str::to_owned);
        let terms = costs.terms_with(&names).unwrap();
        let account = Holding {
            signals: &[2e-4, -1e-4],
            ..holding(0.0, &[10.0, 10.0], &[100.0, 1.0], 4)
        };
        // Half a period: asset 0 receives 1 bp of 1000, asset 1 pays 2 bps of 10.
        let expected = 0.5 * (-1e-4 * 1e3 + 2e-4 * 10.0);
        assert!((terms.holding(&account).funding - expected).abs() < 1e-15);
        let refusal = costs.terms().unwrap_err().to_string();
        assert!(refusal.contains("costs.funding.signals") && refusal.contains("`b`"));
    }

    #[test]
    fn a_funding_signal_in_percent_is_refused_by_name() {
        let funding = Funding {
            rate_bps: Each::All(0.0),
            period_hours: 8.0,
            signals: vec!["f".to_owned()],
        };
        let costs = Costs {
            funding: Some(funding),
            ..free()
        };
        let bar = Bar {
            open: 1.0,
            high: 1.0,
            low: 1.0,
            close: 1.0,
            volume: 1.0,
        };
        let ends = (1..=2)
            .map(|h| DateTime::UNIX_EPOCH + TimeDelta::hours(h))
            .collect();
        let panel = Panel::new(vec!["A".into()], ends, vec![bar; 2], TimeDelta::hours(1)).unwrap();
        let panel = panel
            .with_signals(vec!["f".to_owned()], vec![0.01, 1.5])
            .unwrap();
        let terms = costs.terms_with(panel.signal_names()).unwrap();
        let refusal = terms.check_signals(&panel).unwrap_err().to_string();
        assert!(
            refusal.contains("1.5 for f in the bar that ends 1970-01-01 02:00"),
            "{refusal}"
        );
    }

    proptest! {
        #[test]
        fn holding_changes_equity_by_its_charge_only(
            targets in prop::array::uniform2(-2.0..2.0_f64),
            moves in prop::collection::vec((prop::array::uniform2(0.9..1.1_f64), 1_i64..100), 20),
            rates in prop::array::uniform4(-0.1..0.3_f64),
        ) {
            let costs = Costs {
                cash_rate: rates[0],
                margin_rate: rates[1],
                borrow_fee: Each::PerAsset(vec![rates[2].abs(), 0.02]),
                funding: Some(Funding {
                    rate_bps: Each::All(100.0 * rates[3]),
                    period_hours: 8.0,
                    signals: Vec::new(),
                }),
                ..free()
            };
            let terms = costs.terms().unwrap();
            let mut prices = [10.0, 300.0];
            let quote = |price| Quote {
                price,
                sigma: 0.0,
                depth: 0.0,
                displacement: 0.0,
            };
            let mut portfolio = Portfolio::new(2, 1e5);
            let (quotes, mut units) = (prices.map(quote), [0.0; 2]);
            portfolio.size(&targets, 1e5, &quotes, &terms, &mut units);
            portfolio.fill(&units, &quotes, &terms, 1.0);
            let mut end = DateTime::UNIX_EPOCH;
            for (factors, hours) in moves {
                for (price, factor) in prices.iter_mut().zip(factors) {
                    *price *= factor;
                }
                let (elapsed, before) = (TimeDelta::hours(hours), portfolio.equity(&prices));
                end += elapsed;
                let charge = portfolio.pay_holding(&prices, end.into(), elapsed, &terms);
                let after = portfolio.equity(&prices);
                prop_assert!((before - charge.total() - after).abs() < 1e-12 * 1e5);
                prop_assert_eq!(portfolio.units(), &units[..]);
                let parts: f64 = charge.to_array().iter().sum();
                prop_assert!((parts - charge.total()).abs() < 1e-9);
            }
        }
    }
}
