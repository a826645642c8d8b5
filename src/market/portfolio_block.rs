//! Many portfolios that trade at the same time: the accounting of [`Portfolio`], number beside number.
#![allow(
    clippy::inline_always,
    reason = "a loop that is not inlined into its caller's dispatch is compiled without the machine's vector instructions"
)]
#![allow(
    clippy::needless_bitwise_bool,
    reason = "a jump in a loop over columns would keep it from being vectorized"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "loops over assets and portfolios index several columns alike"
)]

use super::portfolio::{MAX_NEWTON_STEPS, PRECISION, entry_price, move_cost, unrealized, weight};
use super::{Charge, CostModel, Fill, Portfolio, ProportionalCosts, Quote};

/// Portfolios in a block: few enough for the nearest cache.
pub(crate) const BLOCK: usize = 64;

/// One number per portfolio.
pub(crate) type Lanes<T = f64> = [T; BLOCK];

/// Up to [`BLOCK`] portfolios, taken apart, so that a loop over them does the same to each and waits for none. What is one number
/// per asset is a column per asset.
///
/// Functions that take `n_assets` are told what the block knows: where a caller says 1 in so many words, no loop over assets is
/// left.
#[derive(Debug)]
pub(crate) struct PortfolioBlock {
    n: usize,
    units: Box<[Lanes]>,
    entry_prices: Box<[Lanes]>,
    books: Books,
    solving: Solving,
}

/// What a portfolio has one of.
#[derive(Debug)]
struct Books {
    cash: Lanes,
    traded_values: Lanes,
    fees: Lanes,
    spreads: Lanes,
}

/// The search for the equity that is left after costs.
#[derive(Debug)]
struct Solving {
    /// Found; no number while it is sought.
    left: Lanes,
    equities: Lanes,
    guesses: Lanes,
    excesses: Lanes,
    slopes: Lanes,
}

impl PortfolioBlock {
    /// For `n` portfolios, at most [`BLOCK`], of `n_assets` each.
    pub(crate) fn new(n: usize, n_assets: usize) -> Self {
        let column = [0.0; BLOCK];
        let columns = || vec![column; n_assets].into_boxed_slice();
        Self {
            n: n.min(BLOCK),
            units: columns(),
            entry_prices: columns(),
            books: Books {
                cash: column,
                traded_values: column,
                fees: column,
                spreads: column,
            },
            solving: Solving {
                left: column,
                equities: column,
                guesses: column,
                excesses: column,
                slopes: column,
            },
        }
    }

    /// Takes a portfolio in as number `i`, with what it traded last: nothing of it by impact.
    pub(crate) fn load(&mut self, i: usize, portfolio: &Portfolio, fill: Fill) {
        self.books.cash[i] = portfolio.cash();
        for (column, units) in self.units.iter_mut().zip(portfolio.units()) {
            column[i] = *units;
        }
        for (column, price) in self.entry_prices.iter_mut().zip(portfolio.entry_prices()) {
            column[i] = *price;
        }
        self.books.traded_values[i] = fill.traded_value;
        self.books.fees[i] = fill.charge.fee;
        self.books.spreads[i] = fill.charge.spread;
    }

    /// Gives portfolio `i` back; returns what it traded.
    pub(crate) fn store(&self, i: usize, portfolio: &mut Portfolio) -> Fill {
        let holdings = portfolio.holdings();
        *holdings.cash = self.books.cash[i];
        for (units, column) in holdings.units.iter_mut().zip(&self.units) {
            *units = column[i];
        }
        for (price, column) in holdings.entry_prices.iter_mut().zip(&self.entry_prices) {
            *price = column[i];
        }
        Fill {
            traded_value: self.books.traded_values[i],
            charge: Charge {
                fee: self.books.fees[i],
                spread: self.books.spreads[i],
                impact: 0.0,
            },
        }
    }

    /// Cash of portfolio `i`.
    #[inline]
    pub(crate) const fn cash(&self, i: usize) -> f64 {
        self.books.cash[i]
    }

    /// [`Portfolio::unrealized`] of portfolio `i`.
    #[inline(always)]
    pub(crate) fn unrealized(&self, n_assets: usize, i: usize, prices: &[Lanes]) -> f64 {
        let mut profit = 0.0;
        for a in 0..n_assets {
            profit += unrealized(self.units[a][i], self.entry_prices[a][i], prices[a][i]);
        }
        profit
    }

    /// [`Portfolio::rebalance`] of each to its own targets at its own prices, without impact or shock.
    #[inline(always)]
    pub(crate) fn rebalance(
        &mut self,
        n_assets: usize,
        targets: &[Lanes],
        prices: &[Lanes],
        costs: ProportionalCosts,
    ) {
        self.solve(n_assets, targets, prices, costs);
        let (n, left) = (self.n.min(BLOCK), &self.solving.left);
        self.books.begin(n);
        for a in 0..n_assets {
            let held = (&mut self.units[a], &mut self.entry_prices[a]);
            self.books
                .trade(n, held, &targets[a], left, &prices[a], costs);
        }
        self.books.pay(n);
    }

    /// The equity that is left after costs: Newton's method for all, until the last one is there.
    #[inline(always)]
    fn solve(
        &mut self,
        n_assets: usize,
        targets: &[Lanes],
        prices: &[Lanes],
        costs: ProportionalCosts,
    ) {
        let n = self.n.min(BLOCK);
        let solving = &mut self.solving;
        solving.equities = self.books.cash;
        for a in 0..n_assets {
            add_values(n, &mut solving.equities, &self.units[a], &prices[a]);
        }
        solving.guesses = solving.equities;
        solving.left = [f64::NAN; BLOCK];
        for _ in 0..MAX_NEWTON_STEPS {
            solving.begin(n);
            for a in 0..n_assets {
                solving.add_costs(n, &self.units[a], &targets[a], &prices[a], costs);
            }
            if solving.all_are_there(n) {
                return;
            }
            solving.guess(n);
        }
        solving.settle_for_the_last_guess(n);
    }

    /// [`Portfolio::mark`] of each at its own prices.
    #[inline(always)]
    pub(crate) fn mark(
        &self,
        n_assets: usize,
        prices: &[Lanes],
        equities: &mut Lanes,
        weights: &mut [Lanes],
    ) {
        let n = self.n.min(BLOCK);
        *equities = self.books.cash;
        for a in 0..n_assets {
            add_values(n, equities, &self.units[a], &prices[a]);
        }
        for a in 0..n_assets {
            write_weights(n, &mut weights[a], &self.units[a], &prices[a], equities);
        }
    }
}

/// What arguments of a function are to each other, a compiler knows: no two of them the same column.
impl Books {
    #[inline(always)]
    fn begin(&mut self, n: usize) {
        for i in 0..n {
            (self.traded_values[i], self.fees[i], self.spreads[i]) = (0.0, 0.0, 0.0);
        }
    }

    /// Moves one asset to its targets; what that costs is still to be paid.
    #[inline(always)]
    fn trade(
        &mut self,
        n: usize,
        (all_units, entry_prices): (&mut Lanes, &mut Lanes),
        targets: &Lanes,
        left: &Lanes,
        prices: &Lanes,
        costs: ProportionalCosts,
    ) {
        for i in 0..n {
            let (price, held) = (prices[i], all_units[i]);
            let value = targets[i] * left[i];
            let units = value / price;
            let traded_value = (value - held * price).abs();
            let charge = costs.charge(traded_value, &quote(price), 1.0);
            entry_prices[i] = entry_price(held, entry_prices[i], units, price);
            all_units[i] = units;
            self.cash[i] -= (units - held) * price;
            self.traded_values[i] += traded_value;
            self.fees[i] += charge.fee;
            self.spreads[i] += charge.spread;
        }
    }

    #[inline(always)]
    fn pay(&mut self, n: usize) {
        for i in 0..n {
            let charge = Charge {
                fee: self.fees[i],
                spread: self.spreads[i],
                impact: 0.0,
            };
            self.cash[i] -= charge.total();
        }
    }
}

/// One step of Newton's method as [`Portfolio::rebalance`] takes it, in parts.
impl Solving {
    #[inline(always)]
    fn begin(&mut self, n: usize) {
        for i in 0..n {
            (self.excesses[i], self.slopes[i]) = (self.guesses[i] - self.equities[i], 1.0);
        }
    }

    #[inline(always)]
    fn add_costs(
        &mut self,
        n: usize,
        units: &Lanes,
        targets: &Lanes,
        prices: &Lanes,
        costs: ProportionalCosts,
    ) {
        for i in 0..n {
            let (quote, value) = (quote(prices[i]), units[i] * prices[i]);
            let cost = move_cost(targets[i], self.guesses[i], value, &quote, &costs, 1.0);
            self.excesses[i] += cost.charge;
            self.slopes[i] += cost.slope;
        }
    }

    #[inline(always)]
    fn all_are_there(&mut self, n: usize) -> bool {
        let mut n_sought = 0;
        for i in 0..n {
            let (excess, left) = (self.excesses[i], self.left[i]);
            let is_there = left.is_nan() & (excess <= PRECISION * self.equities[i]);
            let guess = self.guesses[i].max(0.0);
            let left = if is_there { guess } else { left };
            self.left[i] = left;
            n_sought += u64::from(left.is_nan());
        }
        n_sought == 0
    }

    #[inline(always)]
    fn guess(&mut self, n: usize) {
        for i in 0..n {
            let (slope, left) = (self.slopes[i], self.left[i]);
            let next = self.guesses[i] - self.excesses[i] / slope;
            let goes_on = (slope > 0.0) & (next > 0.0);
            let is_lost = left.is_nan() & !goes_on;
            self.left[i] = if is_lost { 0.0 } else { left };
            self.guesses[i] = next;
        }
    }

    #[inline(always)]
    fn settle_for_the_last_guess(&mut self, n: usize) {
        for i in 0..n {
            let (guess, left) = (self.guesses[i], self.left[i]);
            self.left[i] = if left.is_nan() { guess } else { left };
        }
    }
}

#[inline(always)]
fn add_values(n: usize, sums: &mut Lanes, units: &Lanes, prices: &Lanes) {
    for i in 0..n {
        sums[i] += units[i] * prices[i];
    }
}

#[inline(always)]
fn write_weights(n: usize, weights: &mut Lanes, units: &Lanes, prices: &Lanes, equities: &Lanes) {
    for i in 0..n {
        weights[i] = weight(units[i] * prices[i], equities[i]);
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

    const MOST_ASSETS: usize = 4;

    fn bits(portfolio: &Portfolio, fill: Fill) -> Vec<u64> {
        let Fill {
            traded_value,
            charge,
        } = fill;
        let own = [
            portfolio.cash(),
            traded_value,
            charge.fee,
            charge.spread,
            charge.impact,
        ];
        let assets = portfolio.units().iter().chain(portfolio.entry_prices());
        own.iter().chain(assets).map(|x| x.to_bits()).collect()
    }

    /// One asset of an account: units, entry price, target, open, close.
    fn holding() -> impl Strategy<Value = (f64, f64, f64, f64, f64)> {
        (
            -30.0..30.0_f64,
            1.0..90.0_f64,
            -2.0..=2.0_f64,
            1.0..90.0_f64,
            1.0..90.0_f64,
        )
    }

    fn portfolio(cash: f64, units: &[f64], entry_prices: &[f64]) -> Portfolio {
        let mut portfolio = Portfolio::new(units.len(), cash);
        let holdings = portfolio.holdings();
        holdings.units.copy_from_slice(units);
        holdings.entry_prices.copy_from_slice(entry_prices);
        portfolio
    }

    proptest! {
        /// Ruined ones, reversed ones and steep costs included: to the bit.
        #[test]
        fn a_block_accounts_like_its_portfolios(
            accounts in prop::collection::vec(
                (-50.0..1000.0_f64, prop::collection::vec(holding(), MOST_ASSETS)), 1..=BLOCK,
            ),
            n_assets in 1..=MOST_ASSETS, idle in 0..BLOCK, fee in 0.0..50.0_f64,
            // The widest at which all assets together can still be paid for, and wider.
            half_spread in 0.0..6000.0_f64, stale in 0..BLOCK,
        ) {
            let costs = Costs {
                fee: Bps::new(fee).unwrap(),
                half_spread: Bps::new(half_spread).unwrap(),
                impact_coefficient: 0.0,
            };
            let [mut targets, mut opens, mut closes, mut weights] =
                [(); 4].map(|()| vec![[0.0; BLOCK]; n_assets]);
            let mut block = PortfolioBlock::new(accounts.len(), n_assets);
            let mut portfolios = Vec::new();
            for (i, (cash, assets)) in accounts.iter().enumerate() {
                let of = |get: fn(&(f64, f64, f64, f64, f64)) -> f64| -> Vec<f64> {
                    assets[..n_assets].iter().map(get).collect()
                };
                let (mut units, mut entry_prices, mut target) = (of(|x| x.0), of(|x| x.1), of(|x| x.2));
                if i == idle {
                    for all in [&mut units, &mut entry_prices, &mut target] {
                        all.fill(0.0);
                    }
                }
                for a in 0..n_assets {
                    (targets[a][i], opens[a][i], closes[a][i]) = (target[a], assets[a].3, assets[a].4);
                }
                let portfolio = portfolio(*cash, &units, &entry_prices);
                let traded = if i == stale { 7.0 } else { 0.0 };
                block.load(i, &portfolio, Fill { traded_value: traded, ..Fill::default() });
                portfolios.push(portfolio);
            }
            let mut equities = [0.0; BLOCK];
            block.rebalance(n_assets, &targets, &opens, costs.rates());
            block.mark(n_assets, &closes, &mut equities, &mut weights);
            for (i, portfolio) in portfolios.iter_mut().enumerate() {
                let of = |columns: &[Lanes]| -> Vec<f64> { columns.iter().map(|column| column[i]).collect() };
                let quotes: Vec<_> = of(&opens).into_iter().map(quote).collect();
                let fill = portfolio.rebalance(&of(&targets), &quotes, &costs, 1.0);
                let mut marked = vec![0.0; n_assets];
                let equity = portfolio.mark(&of(&closes), &mut marked);
                let mut stored = Portfolio::new(n_assets, 0.0);
                let stored_fill = block.store(i, &mut stored);
                prop_assert_eq!(bits(&stored, stored_fill), bits(portfolio, fill));
                prop_assert_eq!(equities[i].to_bits(), equity.to_bits());
                let bits_of = |all: &[f64]| all.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits_of(&of(&weights)), bits_of(&marked));
                let profit = block.unrealized(n_assets, i, &closes);
                prop_assert_eq!(profit.to_bits(), portfolio.unrealized(&of(&closes)).to_bits());
            }
        }
    }
}
