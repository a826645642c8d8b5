//! Many portfolios of one asset that trade at the same time: the accounting of [`Portfolio`], number beside number.
#![allow(
    clippy::inline_always,
    reason = "a loop that is not inlined into its caller's dispatch is compiled without the machine's vector instructions"
)]

use super::portfolio::{Holdings, PRECISION, Terms, entry_price, move_cost, unrealized, weight};
use super::{Charge, CostModel, Fill, Portfolio, ProportionalCosts, Quote};

/// Portfolios in a block: few enough for the nearest cache.
pub(crate) const BLOCK: usize = 64;

/// One number per portfolio.
type Lanes = [f64; BLOCK];

/// Up to [`BLOCK`] portfolios of one asset each, taken apart, so that a loop over them does the same to each and waits for none.
#[derive(Debug)]
pub(crate) struct PortfolioBlock {
    n: usize,
    cash: Lanes,
    units: Lanes,
    entry_prices: Lanes,
    left: Lanes,
    traded_values: Lanes,
    fees: Lanes,
    spreads: Lanes,
}

impl PortfolioBlock {
    /// For `n` portfolios, at most [`BLOCK`].
    pub(crate) fn new(n: usize) -> Self {
        Self {
            n: n.min(BLOCK),
            cash: [0.0; BLOCK],
            units: [0.0; BLOCK],
            entry_prices: [0.0; BLOCK],
            left: [0.0; BLOCK],
            traded_values: [0.0; BLOCK],
            fees: [0.0; BLOCK],
            spreads: [0.0; BLOCK],
        }
    }

    /// Takes a portfolio of one asset in as number `i`, with what it traded last: nothing of it by impact.
    pub(crate) fn load(&mut self, i: usize, portfolio: &Portfolio, fill: Fill) {
        if let Some(one) = portfolio.one() {
            [self.cash[i], self.units[i], self.entry_prices[i]] = one;
        }
        self.traded_values[i] = fill.traded_value;
        self.fees[i] = fill.charge.fee;
        self.spreads[i] = fill.charge.spread;
    }

    /// Cash of portfolio `i`.
    #[inline]
    pub(crate) const fn cash(&self, i: usize) -> f64 {
        self.cash[i]
    }

    /// [`Portfolio::unrealized`] of portfolio `i`.
    #[inline]
    pub(crate) fn unrealized(&self, i: usize, price: f64) -> f64 {
        unrealized(self.units[i], self.entry_prices[i], price)
    }

    /// Gives portfolio `i` back; returns what it traded.
    pub(crate) fn store(&self, i: usize, portfolio: &mut Portfolio) -> Fill {
        portfolio.set_one([self.cash[i], self.units[i], self.entry_prices[i]]);
        Fill {
            traded_value: self.traded_values[i],
            charge: Charge {
                fee: self.fees[i],
                spread: self.spreads[i],
                impact: 0.0,
            },
        }
    }

    /// [`Portfolio::rebalance`] of each to its own target at its own price, without impact or shock.
    #[inline(always)]
    pub(crate) fn rebalance(&mut self, targets: &Lanes, prices: &Lanes, costs: &ProportionalCosts) {
        self.solve(targets, prices, costs);
        for i in 0..self.n.min(BLOCK) {
            let (price, held) = (prices[i], self.units[i]);
            let value = targets[i] * self.left[i];
            let units = value / price;
            let traded_value = (value - held * price).abs();
            let charge = costs.charge(traded_value, &quote(price), 1.0);
            self.entry_prices[i] = entry_price(held, self.entry_prices[i], units, price);
            self.cash[i] = (self.cash[i] - (units - held) * price) - charge.total();
            self.units[i] = units;
            self.traded_values[i] = traded_value;
            self.fees[i] = charge.fee;
            self.spreads[i] = charge.spread;
        }
    }

    /// The equity that is left after costs: two evaluations of Newton's method for all, and whatever it takes for those that are
    /// not there yet.
    #[inline(always)]
    fn solve(&mut self, targets: &Lanes, prices: &Lanes, costs: &ProportionalCosts) {
        for i in 0..self.n.min(BLOCK) {
            let (target, quote) = (targets[i], quote(prices[i]));
            let value = self.units[i] * prices[i];
            let equity = self.cash[i] + value;
            let at_once = move_cost(target, equity, value, &quote, costs, 1.0);
            let (excess, slope) = (at_once.charge, 1.0 + at_once.slope);
            let next = equity - excess / slope;
            let then = move_cost(target, next, value, &quote, costs, 1.0);
            let next_excess = (next - equity) + then.charge;
            let precision = PRECISION * equity;
            let settled = if next_excess <= precision {
                next.max(0.0)
            } else {
                f64::NAN
            };
            let positive = slope > 0.0 && next > 0.0;
            let later = if positive { settled } else { 0.0 };
            self.left[i] = if excess <= precision {
                equity.max(0.0)
            } else {
                later
            };
        }
        for i in 0..self.n.min(BLOCK) {
            if self.left[i].is_nan() {
                let holdings = Holdings {
                    cash: &mut self.cash[i],
                    units: &mut self.units[i..=i],
                    entry_prices: &mut self.entry_prices[i..=i],
                };
                let terms = Terms {
                    quotes: &[quote(prices[i])],
                    costs,
                    spread_multiplier: 1.0,
                };
                self.left[i] = holdings.equity_after_costs(&[targets[i]], &terms);
            }
        }
    }

    /// [`Portfolio::mark`] of each at its own price.
    #[inline(always)]
    pub(crate) fn mark(&self, prices: &Lanes, equities: &mut Lanes, weights: &mut Lanes) {
        for i in 0..self.n.min(BLOCK) {
            let value = self.units[i] * prices[i];
            equities[i] = self.cash[i] + value;
            weights[i] = weight(value, equities[i]);
        }
    }
}

/// A quote where nobody looks at more than the price.
#[inline]
fn quote(price: f64) -> Quote {
    Quote {
        price,
        sigma: 0.0,
        depth: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Costs;
    use super::*;
    use crate::units::Bps;
    use proptest::prelude::*;

    fn bits(portfolio: &Portfolio, fill: Fill) -> Vec<u64> {
        let Fill {
            traded_value,
            charge,
        } = fill;
        let [cash, units, entry_price] = portfolio.one().unwrap();
        [
            cash,
            units,
            entry_price,
            traded_value,
            charge.fee,
            charge.spread,
            charge.impact,
        ]
        .map(f64::to_bits)
        .to_vec()
    }

    proptest! {
        /// Ruined ones, reversed ones and steep costs included: to the bit.
        #[test]
        fn a_block_accounts_like_its_portfolios(
            accounts in prop::collection::vec(
                (-50.0..1000.0_f64, -30.0..30.0_f64, 1.0..90.0_f64, -2.0..=2.0_f64, 1.0..90.0_f64, 1.0..90.0_f64),
                1..=BLOCK,
            ),
            idle in 0..BLOCK, fee in 0.0..50.0_f64, half_spread in 0.0..6000.0_f64,
        ) {
            let costs = Costs {
                fee: Bps::new(fee).unwrap(),
                half_spread: Bps::new(half_spread).unwrap(),
                impact_coefficient: 0.0,
            };
            let (mut targets, mut opens, mut closes) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
            let mut block = PortfolioBlock::new(accounts.len());
            let mut portfolios = Vec::new();
            for (i, &(cash, units, entry_price, target, open, close)) in accounts.iter().enumerate() {
                let mut portfolio = Portfolio::new(1, cash);
                if i != idle {
                    portfolio.set_one([cash, units, entry_price]);
                }
                (targets[i], opens[i], closes[i]) = (if i == idle { 0.0 } else { target }, open, close);
                block.load(i, &portfolio, Fill::default());
                portfolios.push(portfolio);
            }
            let (mut equities, mut weights) = ([0.0; BLOCK], [0.0; BLOCK]);
            block.rebalance(&targets, &opens, &costs.rates());
            block.mark(&closes, &mut equities, &mut weights);
            for (i, portfolio) in portfolios.iter_mut().enumerate() {
                let quotes = [quote(opens[i])];
                let fill = portfolio.rebalance(&[targets[i]], &quotes, &costs, 1.0);
                let mut weight = [0.0];
                let equity = portfolio.mark(&[closes[i]], &mut weight);
                let mut stored = Portfolio::new(1, 0.0);
                let stored_fill = block.store(i, &mut stored);
                prop_assert_eq!(bits(&stored, stored_fill), bits(portfolio, fill));
                prop_assert_eq!(equities[i].to_bits(), equity.to_bits());
                prop_assert_eq!(weights[i].to_bits(), weight[0].to_bits());
            }
        }
    }
}
