//! One step of copies in columns, as far as no episode ends.
#![allow(
    clippy::inline_always,
    reason = "a loop that is not inlined into the dispatch is compiled without the machine's vector instructions"
)]

use super::trading_account::fraction;
use super::trading_episode::time_left;
use super::trading_market::{LINE, Prices};
use super::trading_plain::{Ends, PlainBlock};
use super::trading_windows::Series;
use super::{Outcome, Steps};
use crate::{
    features::{AccountFeature, Book, account_value, narrow},
    market::BLOCK,
};
use prefetch_index::prefetch_index;
use pulp::{Simd, WithSimd};

/// Rows whose prices and windows a copy has fetched when it is its turn, and how often it is: those that come after as many.
const AHEAD: usize = 8;
/// How many steps before it is read a stored row is fetched.
const ROWS_AHEAD: usize = 2;

/// The step, to be dispatched.
pub(super) struct Play<'a, 'b> {
    block: &'a mut PlainBlock,
    steps: &'a mut Steps<'b>,
}

impl PlainBlock {
    /// The step of actions that are decoded.
    pub(super) const fn play<'a, 'b>(&'a mut self, steps: &'a mut Steps<'b>) -> Play<'a, 'b> {
        Play { block: self, steps }
    }
}

impl WithSimd for Play<'_, '_> {
    type Output = Ends;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Ends {
        let Self { block, steps } = self;
        // One asset, the usual case: said so that no loop over assets is left.
        if block.n_assets == 1 {
            block.play_assets(1, steps)
        } else {
            block.play_assets(block.n_assets, steps)
        }
    }
}

impl PlainBlock {
    #[inline(always)]
    fn play_assets(&mut self, n_assets: usize, steps: &mut Steps<'_>) -> Ends {
        self.reveal(n_assets);
        self.observe_market(steps);
        self.trade(n_assets);
        let ends = self.judge(steps);
        self.observe_account(n_assets, steps);
        self.turn = (self.turn + 1) % AHEAD;
        ends
    }

    /// The next bars.
    #[inline(always)]
    fn reveal(&mut self, n_assets: usize) {
        let market = &*self.rules.market;
        let (opens, closes) = (&mut self.opens[..n_assets], &mut self.closes[..n_assets]);
        for i in 0..self.n.min(BLOCK) {
            let row = self.rows[i] + 1;
            self.rows[i] = row;
            let prices = market.prices_of(n_assets, row);
            for a in 0..n_assets {
                (opens[a][i], closes[a][i]) = (prices[a].open, prices[a].close);
            }
        }
    }

    /// Trades at the opens, marks at the closes.
    #[inline(always)]
    fn trade(&mut self, n_assets: usize) {
        let Self {
            portfolios,
            equities,
            weights,
            ..
        } = self;
        self.equities_before = *equities;
        portfolios.rebalance(n_assets, &self.targets, &self.opens, self.costs);
        portfolios.mark(n_assets, &self.closes, equities, weights);
    }

    /// What the step was worth, and whether it was the last, for episodes that go on.
    #[inline(always)]
    fn judge(&self, steps: &mut Steps<'_>) -> Ends {
        let mut any = false;
        for i in 0..self.n.min(BLOCK) {
            any |= self.is_last(i);
        }
        let equities = self.equities_before.iter().zip(&self.equities);
        for (reward, (equity_t, equity_tp1)) in steps.rewards.iter_mut().zip(equities) {
            *reward = self.rules.spec.reward.of(*equity_t, *equity_tp1);
        }
        steps.outcomes.fill(Outcome::Running);
        if any { Ends::Some } else { Ends::None }
    }

    #[inline(always)]
    fn observe_market(&self, steps: &mut Steps<'_>) {
        let market = &*self.rules.market;
        let (n_fields, n_outputs) = (steps.n_fields, market.pipeline().n_outputs());
        let observations = &mut *steps.observations;
        let rows = self.rows[..self.n].iter().enumerate();
        if let Some(windows) = market.windows() {
            let (series, prices) = (windows.series(), market.prices());
            for (i, row) in rows {
                let out = &mut observations[i * n_fields..][..n_outputs];
                // In turn, so that what is under way at once stays little.
                if i % AHEAD == self.turn {
                    fetch(prices, series, *row);
                }
                let factor = series.factor(*row);
                if factor.is_nan() {
                    copy_row(out, market.observation(*row));
                } else {
                    series.write(*row, factor, out);
                }
            }
        } else {
            for (i, row) in rows {
                let out = &mut observations[i * n_fields..][..n_outputs];
                market.fetch_prices(row + ROWS_AHEAD);
                copy_row(out, market.observation(*row));
            }
        }
    }

    #[inline(always)]
    fn observe_account(&self, n_assets: usize, steps: &mut Steps<'_>) {
        let n_outputs = self.rules.market.pipeline().n_outputs();
        let mut begin = n_outputs;
        for feature in &self.rules.spec.account {
            if *feature == AccountFeature::Weights {
                for (asset, weights) in self.weights[..n_assets].iter().enumerate() {
                    put(
                        steps,
                        begin + asset,
                        weights.iter().map(|weight| narrow(*weight)),
                    );
                }
            } else {
                let columns = (0..self.n).map(|i| Column {
                    block: self,
                    n_assets,
                    i,
                });
                let values = columns.map(|column| account_value(&column, *feature, 0));
                put(steps, begin, values);
            }
            begin += feature.n_values(n_assets);
        }
    }
}

/// Has the rows fetched that begin [`AHEAD`] rows after `row`, as many again.
#[inline(always)]
fn fetch(prices: &[Prices], series: Series<'_>, row: usize) {
    const PRICES: usize = LINE / size_of::<Prices>();
    let begin = row + AHEAD;
    series.fetch(begin + AHEAD);
    for ahead in (PRICES..=AHEAD).step_by(PRICES) {
        prefetch_index(prices, begin + ahead);
    }
}

/// Writes a field of each copy's observation.
#[inline(always)]
fn put(steps: &mut Steps<'_>, field: usize, values: impl Iterator<Item = f32>) {
    let mut at = field;
    for value in values {
        let Some(out) = steps.observations.get_mut(at) else {
            break;
        };
        *out = value;
        at += steps.n_fields;
    }
}

/// Copies a row: where it is long enough in whole vectors, the last of which overlaps the one before it.
#[inline(always)]
fn copy_row(to: &mut [f32], from: &[f32]) {
    const WIDTH: usize = 8;
    let (Some(last), Some(last_from)) = (to.len().checked_sub(WIDTH), from.last_chunk::<WIDTH>())
    else {
        to.copy_from_slice(from);
        return;
    };
    let last_from = *last_from;
    for (to, from) in to.chunks_exact_mut(WIDTH).zip(from.chunks_exact(WIDTH)) {
        to.copy_from_slice(from);
    }
    to[last..].copy_from_slice(&last_from);
}

/// The book of copy `i`.
struct Column<'a> {
    block: &'a PlainBlock,
    n_assets: usize,
    i: usize,
}

impl Book for Column<'_> {
    #[inline(always)]
    fn n_assets(&self) -> usize {
        self.n_assets
    }
    #[inline(always)]
    fn weight(&self, asset: usize) -> f64 {
        self.block.weights[asset][self.i]
    }
    #[inline(always)]
    fn cash(&self) -> f64 {
        fraction(
            self.block.portfolios.cash(self.i),
            self.block.equities[self.i],
        )
    }
    #[inline(always)]
    fn unrealized(&self) -> f64 {
        let (block, i) = (self.block, self.i);
        let profit = block.portfolios.unrealized(self.n_assets, i, &block.closes);
        fraction(profit, block.equities[i])
    }
    #[inline(always)]
    fn time_left(&self) -> f64 {
        let (block, i) = (self.block, self.i);
        time_left(&(block.first_rows[i]..=block.last_rows[i]), block.rows[i])
    }
}
