//! The only accounting: cash, units, trades and marks.

use super::{Charge, CostTerms, Holding, Moment, PerAsset, Quote, Trade, each_asset};
use chrono::TimeDelta;

/// Account of a trader: cash and signed, fractional units of each asset.
///
/// Conservation: a trade at prices p changes `cash + Σ units·p` by minus its [`Charge`] only. The
/// proceeds of a short sale are cash. [`Portfolio::pay_holding`] changes cash by minus its charge.
///
/// ```
/// use shockproof::{bps, market::{Costs, Portfolio, Quote}};
///
/// let costs = Costs { fee: bps!(100.0).into(), ..Costs::FREE }.terms()?;
/// let mut portfolio = Portfolio::new(1, 1010.0);
/// let quote = Quote { price: 10.0, sigma: 0.0, depth: 0.0, displacement: 0.0 };
/// let mut units = [0.0];
/// portfolio.size(&[1.0], 1010.0, &[quote], &costs, &mut units); // all that costs leave
/// let fill = portfolio.fill(&units, &[quote], &costs, 1.0);
/// assert!((portfolio.units()[0] - 100.0).abs() < 1e-9 && (fill.charge.fee - 10.0).abs() < 1e-9);
/// # Ok::<(), shockproof::market::CostError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    cash: f64,
    units: PerAsset<f64>,
    entry_prices: PerAsset<f64>,
}

/// Traded value and charge of one or more trades. Unit: currency.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fill {
    /// Sum of the absolute traded values over assets.
    pub traded_value: f64,
    /// Costs of the trades.
    pub charge: Charge,
}

impl std::ops::AddAssign for Fill {
    fn add_assign(&mut self, other: Self) {
        self.traded_value += other.traded_value;
        self.charge += other.charge;
    }
}

impl Portfolio {
    /// An account that holds `cash` and no units.
    #[must_use]
    pub fn new(n_assets: usize, cash: f64) -> Self {
        Self {
            cash,
            units: PerAsset::new(0.0, n_assets),
            entry_prices: PerAsset::new(0.0, n_assets),
        }
    }

    /// Resets to `cash` and no units.
    pub fn reset(&mut self, cash: f64) {
        self.cash = cash;
        self.units.fill(0.0);
        self.entry_prices.fill(0.0);
    }

    /// Copies `other`, which has the same number of assets, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.cash = other.cash;
        self.units.copy_from_slice(&other.units);
        self.entry_prices.copy_from_slice(&other.entry_prices);
    }

    /// Cash. Unit: currency.
    #[must_use]
    pub const fn cash(&self) -> f64 {
        self.cash
    }

    /// Signed units held, `[n_assets]`.
    #[must_use]
    pub fn units(&self) -> &[f64] {
        &self.units
    }

    /// Equity `cash + Σ units·price`.
    #[must_use]
    #[inline]
    pub fn equity(&self, prices: &[f64]) -> f64 {
        let (mut equity, units) = (self.cash, &*self.units);
        each_asset(units.len(), |i| equity += units[i] * prices[i]);
        equity
    }

    /// Unrealized profit: Σ units · (price − average entry price).
    #[must_use]
    #[inline]
    pub fn unrealized(&self, prices: &[f64]) -> f64 {
        let (mut profit, units, entry_prices) = (0.0, &*self.units, &*self.entry_prices);
        each_asset(units.len(), |i| {
            profit += units[i] * (prices[i] - entry_prices[i]);
        });
        profit
    }

    /// Marks the account at `prices`: returns the equity and writes `weights [n_assets]`, the
    /// signed position value over equity (0 if the equity is not positive).
    #[inline]
    pub fn mark(&self, prices: &[f64], weights: &mut [f64]) -> f64 {
        let (equity, units) = (self.equity(prices), &*self.units);
        each_asset(units.len(), |i| {
            let weight = units[i] * prices[i] / equity;
            weights[i] = if equity > 0.0 { weight } else { 0.0 };
        });
        equity
    }

    /// Sizes an order of an account with this `equity`: writes the `units [n_assets]` whose values
    /// at the quotes are `targets` times the equity *after* the costs of the trade without a shock,
    /// so a bound on gross leverage also holds after the trade. Writes zeros if no equity would be
    /// left.
    #[inline]
    pub fn size(
        &self,
        targets: &[f64],
        equity: f64,
        quotes: &[Quote],
        costs: &CostTerms,
        units: &mut [f64],
    ) {
        let terms = Terms {
            quotes,
            costs,
            spread_multiplier: 1.0,
        };
        let left = self.equity_after_costs(targets, equity, &terms);
        each_asset(units.len(), |i| {
            units[i] = targets[i] * left / quotes[i].price;
        });
    }

    /// Trades to exactly `units [n_assets]` and pays the charges.
    #[inline]
    pub fn fill(
        &mut self,
        units: &[f64],
        quotes: &[Quote],
        costs: &CostTerms,
        spread_multiplier: f64,
    ) -> Fill {
        let terms = Terms {
            quotes,
            costs,
            spread_multiplier,
        };
        self.holdings().trade_to(|i| units[i], &terms)
    }

    /// Closes all positions.
    pub fn liquidate(
        &mut self,
        quotes: &[Quote],
        costs: &CostTerms,
        spread_multiplier: f64,
    ) -> Fill {
        let terms = Terms {
            quotes,
            costs,
            spread_multiplier,
        };
        self.holdings().trade_to(|_| 0.0, &terms)
    }

    /// Pays for holding the account over a period of length `elapsed` that ends at `moment`, at
    /// `prices`.
    pub fn pay_holding(
        &mut self,
        prices: &[f64],
        moment: Moment<'_>,
        elapsed: TimeDelta,
        costs: &CostTerms,
    ) -> Charge {
        let charge = costs.holding(&Holding {
            cash: self.cash,
            units: &self.units,
            prices,
            signals: moment.signals,
            end: moment.end,
            elapsed,
        });
        self.cash -= charge.total();
        charge
    }

    /// Largest x in [0, equity] with `x + cost(x) = equity`, where `cost(x)` is the charge for
    /// moving every position to `target·x`; 0 without a root, the equity if the trade is an income.
    ///
    /// The left-hand side is convex, so Newton's method from the right converges to that root: in
    /// one step for proportional costs if no trade changes direction, quadratically with impact.
    #[inline]
    fn equity_after_costs(&self, targets: &[f64], equity: f64, terms: &Terms<'_>) -> f64 {
        let (quotes, units) = (terms.quotes, &*self.units);
        let mut left = equity;
        for _ in 0..MAX_NEWTON_STEPS {
            let (mut excess, mut slope) = (left - equity, 1.0);
            for (i, target) in targets.iter().enumerate() {
                let value = units[i] * quotes[i].price;
                let trade = terms.trade(i, target * left - value);
                let (cost, marginal) = terms.costs.cost_and_marginal(&trade);
                excess += cost;
                slope += marginal * 1.0_f64.copysign(trade.signed_value) * target;
            }
            if excess <= PRECISION * equity {
                return left.max(0.0);
            }
            left -= excess / slope;
            if !(slope > 0.0 && left > 0.0) {
                return 0.0;
            }
        }
        left
    }

    #[inline]
    fn holdings(&mut self) -> Holdings<'_> {
        Holdings {
            cash: &mut self.cash,
            units: &mut self.units,
            entry_prices: &mut self.entry_prices,
        }
    }
}

struct Holdings<'a> {
    cash: &'a mut f64,
    units: &'a mut [f64],
    entry_prices: &'a mut [f64],
}

struct Terms<'a> {
    quotes: &'a [Quote],
    costs: &'a CostTerms,
    spread_multiplier: f64,
}

impl Terms<'_> {
    #[inline]
    const fn trade(&self, asset: usize, signed_value: f64) -> Trade<'_> {
        Trade {
            asset,
            signed_value,
            quote: &self.quotes[asset],
            spread_multiplier: self.spread_multiplier,
        }
    }
}

impl Holdings<'_> {
    /// Trades each asset i to `units(i)` and pays the charges.
    #[inline]
    fn trade_to(&mut self, units: impl Fn(usize) -> f64, terms: &Terms<'_>) -> Fill {
        let mut fill = Fill::default();
        for (i, quote) in terms.quotes.iter().enumerate() {
            let trade = terms.trade(i, (units(i) - self.units[i]) * quote.price);
            self.set_units(i, units(i), quote.price);
            fill.traded_value += trade.value();
            fill.charge.add_trade(&terms.costs.charge(&trade));
        }
        *self.cash -= fill.charge.total();
        fill
    }

    /// Sets the units of asset `i` at `price` before costs and updates the average entry price.
    #[inline]
    fn set_units(&mut self, i: usize, units: f64, price: f64) {
        let held = self.units[i];
        self.entry_prices[i] = entry_price(held, self.entry_prices[i], units, price);
        *self.cash -= (units - held) * price;
        self.units[i] = units;
    }
}

/// Average entry price after a trade at `price` from `held` units, entered at `before`, to `units`.
#[inline]
fn entry_price(held: f64, before: f64, units: f64, price: f64) -> f64 {
    // Computed even if unused, because a division is cheaper than a mispredicted branch.
    let average = price + (before - price) * (held / units);
    let kept = if units.abs() > held.abs() {
        average
    } else {
        before
    };
    if units * held <= 0.0 { price } else { kept }
}

/// Relative precision of the equity after costs; the accounting is exact at any precision.
const PRECISION: f64 = 1e-13;

/// Maximum number of Newton steps; not reached if costs are below the traded value.
const MAX_NEWTON_STEPS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{market::Costs, units::Bps};
    use proptest::prelude::*;

    fn quote(price: f64) -> Quote {
        Quote {
            price,
            sigma: 0.02,
            depth: 1e6,
            displacement: 0.0,
        }
    }

    fn costs(fee: f64, half_spread: f64, impact_coefficient: f64) -> CostTerms {
        let costs = Costs {
            fee: Bps::new(fee).unwrap().into(),
            half_spread: Bps::new(half_spread).unwrap(),
            impact_coefficient,
            ..Costs::FREE
        };
        costs.terms().unwrap()
    }

    /// Sizes an order at the quotes and fills it there.
    fn rebalance<const N: usize>(
        portfolio: &mut Portfolio,
        targets: [f64; N],
        quotes: [Quote; N],
        costs: &CostTerms,
        spread_multiplier: f64,
    ) -> Fill {
        let mut units = [0.0; N];
        let equity = portfolio.equity(&quotes.map(|quote| quote.price));
        portfolio.size(&targets, equity, &quotes, costs, &mut units);
        portfolio.fill(&units, &quotes, costs, spread_multiplier)
    }

    #[test]
    fn full_investment_with_a_fee_has_a_closed_form() {
        // Buying one asset with all cash E at cost rate c: x (1 + c) = E.
        let mut portfolio = Portfolio::new(1, 1000.0);
        let fill = rebalance(
            &mut portfolio,
            [1.0],
            [quote(10.0)],
            &costs(100.0, 0.0, 0.0),
            1.0,
        );
        let left = 1000.0 / 1.01;
        assert!((portfolio.units()[0] - left / 10.0).abs() < 1e-10);
        assert!(portfolio.cash().abs() < 1e-9);
        assert!((fill.charge.fee - left * 0.01).abs() < 1e-9);
        assert!((fill.traded_value - left).abs() < 1e-9);
    }

    #[test]
    fn entry_price_averages_purchases_and_restarts_when_the_sign_changes() {
        let mut portfolio = Portfolio::new(1, 0.0);
        portfolio.holdings().set_units(0, 2.0, 10.0);
        portfolio.holdings().set_units(0, 4.0, 20.0);
        assert!((portfolio.unrealized(&[15.0])).abs() < 1e-12);
        portfolio.holdings().set_units(0, 1.0, 30.0);
        assert!((portfolio.unrealized(&[16.0]) - 1.0).abs() < 1e-12);
        portfolio.holdings().set_units(0, -1.0, 30.0);
        assert!((portfolio.unrealized(&[29.0]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_order_of_an_account_without_equity_is_zero() {
        let mut portfolio = Portfolio::new(1, 100.0);
        let (gratis, dear) = (costs(0.0, 0.0, 0.0), costs(10.0, 0.0, 0.0));
        rebalance(&mut portfolio, [-1.0], [quote(10.0)], &gratis, 1.0);
        rebalance(&mut portfolio, [-1.0], [quote(25.0)], &dear, 1.0);
        assert!(portfolio.units()[0].abs() < f64::MIN_POSITIVE);
        assert!(portfolio.cash() < 0.0);
    }

    #[test]
    fn an_order_is_filled_with_the_units_of_its_decision() {
        let mut portfolio = Portfolio::new(1, 1000.0);
        let fee = costs(100.0, 0.0, 0.0);
        let mut units = [0.0];
        portfolio.size(&[0.5], 1000.0, &[quote(10.0)], &fee, &mut units);
        // x (1 + 0.5 · 0.01) = 1000
        assert!((units[0] - 0.5 * 1000.0 / 1.005 / 10.0).abs() < 1e-10);
        let fill = portfolio.fill(&units, &[quote(12.0)], &fee, 1.0);
        assert_eq!(portfolio.units()[0].to_bits(), units[0].to_bits());
        assert!((fill.charge.fee - 0.01 * 12.0 * units[0]).abs() < 1e-10);
        assert!((portfolio.cash() - (1000.0 - 1.01 * 12.0 * units[0])).abs() < 1e-9);
    }

    #[test]
    fn steep_costs_have_a_closed_form() {
        let mut portfolio = Portfolio::new(1, 1000.0);
        let steep = costs(0.0, 9500.0, 0.0);
        let fill = rebalance(&mut portfolio, [2.0], [quote(10.0)], &steep, 1.0);
        // x (1 + 2 · .95) = 1000
        assert!((portfolio.equity(&[10.0]) - 1000.0 / 2.9).abs() < 1e-8);
        assert!((fill.charge.spread - 1000.0 * 1.9 / 2.9).abs() < 1e-8);
    }

    proptest! {
        #[test]
        fn trades_change_equity_by_their_charge_only(
            trades in prop::collection::vec(
                (
                    prop::array::uniform2(-1.5..1.5_f64),
                    prop::array::uniform2(1.0..500.0_f64),
                    prop_oneof![Just(1.0), 1.0..20.0_f64],
                ),
                1..20,
            ),
            fee in 0.0..50.0_f64, half_spread in 0.0..50.0_f64, coefficient in 0.0..2.0_f64,
        ) {
            let model = costs(fee, half_spread, coefficient);
            let mut portfolio = Portfolio::new(2, 1e5);
            for (targets, prices, spread_multiplier) in trades {
                let quotes = prices.map(quote);
                let before = portfolio.equity(&prices);
                let values = portfolio.units().iter().zip(prices).map(|(u, p)| (u * p).abs());
                let scale = 1e5 + values.sum::<f64>();
                let fill = rebalance(&mut portfolio, targets, quotes, &model, spread_multiplier);
                let after = portfolio.equity(&prices);
                prop_assert!((before - fill.charge.total() - after).abs() < 1e-10 * scale);
                let charge = fill.charge;
                prop_assert!(charge.fee >= 0.0 && charge.spread >= 0.0 && charge.impact >= 0.0);
                if after > 1.0 && spread_multiplier <= 1.0 {
                    let mut weights = [0.0; 2];
                    portfolio.mark(&prices, &mut weights);
                    for (weight, target) in weights.iter().zip(targets) {
                        prop_assert!((weight - target).abs() < 1e-6);
                    }
                }
                portfolio.liquidate(&quotes, &costs(0.0, 0.0, 0.0), 1.0);
                prop_assert!((portfolio.cash() - after).abs() < 1e-10 * scale);
                portfolio.reset(portfolio.cash().max(1e3));
            }
        }
    }
}
