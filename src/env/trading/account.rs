//! The account of an episode: trades at opens, marks at closes, liquidation at the end.

use super::{history::History, market::Market};
use crate::env::{ProjectedShock, ShockKind};
use crate::market::{Bar, CostTerms, Fill, PerAsset, Portfolio, Quote, each_asset};
use std::mem;

/// Portfolio, its marks before and after the last step, and the trades of that step.
#[derive(Debug, Clone)]
pub(super) struct Account {
    portfolio: Portfolio,
    /// Mark at the newest close, after all costs.
    pub(super) newest: Mark,
    /// Mark at the close before `newest`.
    pub(super) before: Mark,
    /// Highest equity of the episode up to `before`.
    pub(super) peak_equity: f64,
    /// Trades of the last step, a liquidation included.
    pub(super) fill: Fill,
    /// Zero weights for an account after liquidation, `[n_assets]`.
    zeros: PerAsset<f64>,
    /// Units before the liquidation, `[n_assets]`; stale while the account is open.
    liquidated: PerAsset<f64>,
    state: AccountState,
    quotes: PerAsset<Quote>,
}

/// Closes, weights and equity of the account at one close.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// True closes, `[n_assets]`.
    pub(super) closes: PerAsset<f64>,
    /// Weights before any liquidation, `[n_assets]`.
    pub(super) weights: PerAsset<f64>,
    /// Equity. Unit: currency.
    pub(super) equity: f64,
}

/// State of the account: open until the liquidation that ends an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AccountState {
    Open,
    Liquidated,
}

/// Market, costs and shock that all trades of one step share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) market: &'a Market,
    pub(super) costs: &'a CostTerms,
    pub(super) shock: ProjectedShock,
}

impl Mark {
    fn new(n_assets: usize) -> Self {
        Self {
            closes: PerAsset::new(0.0, n_assets),
            weights: PerAsset::new(0.0, n_assets),
            equity: 0.0,
        }
    }

    /// Copies without an allocation.
    fn copy_from(&mut self, other: &Self) {
        self.closes.copy_from_slice(&other.closes);
        self.weights.copy_from_slice(&other.weights);
        self.equity = other.equity;
    }
}

impl Account {
    pub(super) fn new(n_assets: usize) -> Self {
        let quote = Quote {
            price: 0.0,
            sigma: 0.0,
            depth: 0.0,
        };
        Self {
            portfolio: Portfolio::new(n_assets, 0.0),
            newest: Mark::new(n_assets),
            before: Mark::new(n_assets),
            peak_equity: 0.0,
            fill: Fill::default(),
            zeros: PerAsset::new(0.0, n_assets),
            liquidated: PerAsset::new(0.0, n_assets),
            state: AccountState::Open,
            quotes: PerAsset::new(quote, n_assets),
        }
    }

    pub(super) fn reset(&mut self, cash: f64, bars: &[Bar]) {
        self.portfolio.reset(cash);
        for (close, bar) in self.newest.closes.iter_mut().zip(bars) {
            *close = bar.close;
        }
        self.newest.weights.fill(0.0);
        self.newest.equity = cash;
        self.before.copy_from(&self.newest);
        self.peak_equity = cash;
        self.fill = Fill::default();
        self.state = AccountState::Open;
    }

    /// Copies the data that the next step depends on, without an allocation.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.portfolio.copy_from(&other.portfolio);
        self.newest.copy_from(&other.newest);
        self.state = other.state;
    }

    pub(super) const fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Trades to `targets` at the opens of the newest bars; `None` leaves the position as it is.
    #[inline]
    pub(super) fn trade(&mut self, targets: Option<&[f64]>, history: &History, terms: Terms<'_>) {
        let Some(targets) = targets else {
            self.fill = Fill::default();
            return;
        };
        let bars = history.bars(terms.market);
        let variances = history.variances(terms.market);
        let quotes = &mut *self.quotes;
        each_asset(bars.len(), |i| {
            quotes[i] = terms.quote(bars[i].open, &bars[i], || variances[i]);
        });
        let spread = terms.shock.spread_multiplier;
        self.fill = self
            .portfolio
            .rebalance(targets, quotes, terms.costs, spread);
    }

    /// Charges the cost of holding, then marks the account at the true closes of the newest bars.
    #[inline]
    pub(super) fn mark(&mut self, history: &History, kind: ShockKind, terms: Terms<'_>) {
        mem::swap(&mut self.before, &mut self.newest);
        self.peak_equity = self.peak_equity.max(self.before.equity);
        let bars = history.bars(terms.market);
        let closes = &mut *self.newest.closes;
        each_asset(bars.len(), |i| {
            closes[i] = history.true_close(i, &bars[i], kind);
        });
        if terms.costs.charges_holding() {
            let panel = terms.market.panel();
            let (moment, elapsed) = (history.moment(terms.market), history.elapsed(panel));
            let holding = self
                .portfolio
                .pay_holding(closes, moment, elapsed, terms.costs);
            self.fill.charge += holding;
        }
        self.newest.equity = self.portfolio.mark(closes, &mut self.newest.weights);
    }

    /// Trades everything to cash at the newest closes and adds these trades to those of the step.
    pub(super) fn liquidate(&mut self, history: &History, terms: Terms<'_>) {
        let closes = &*self.newest.closes;
        let bars = history.bars(terms.market);
        let variances = history.variances(terms.market);
        let quotes = &mut *self.quotes;
        each_asset(bars.len(), |i| {
            quotes[i] = terms.quote(closes[i], &bars[i], || variances[i]);
        });
        let spread = terms.shock.spread_multiplier;
        self.liquidated.copy_from_slice(self.portfolio.units());
        self.fill += self.portfolio.liquidate(quotes, terms.costs, spread);
        self.newest.equity = self.portfolio.equity(closes);
        self.state = AccountState::Liquidated;
    }

    /// Units after the fill of the last step, before any liquidation, `[n_assets]`.
    pub(super) fn filled_units(&self) -> &[f64] {
        match self.state {
            AccountState::Open => self.portfolio.units(),
            AccountState::Liquidated => &self.liquidated,
        }
    }

    /// Current weights, `[n_assets]`; zeros after a liquidation.
    #[inline]
    pub(super) fn weights(&self) -> &[f64] {
        match self.state {
            AccountState::Open => &self.newest.weights,
            AccountState::Liquidated => &self.zeros,
        }
    }

    /// Cash over equity.
    #[inline]
    pub(super) fn cash(&self) -> f64 {
        self.over_equity(self.portfolio.cash())
    }

    /// Unrealized profit over equity.
    #[inline]
    pub(super) fn unrealized(&self) -> f64 {
        self.over_equity(self.portfolio.unrealized(&self.newest.closes))
    }

    /// `value` over equity; 0 where equity is not positive.
    #[inline]
    fn over_equity(&self, value: f64) -> f64 {
        if self.newest.equity > 0.0 {
            value / self.newest.equity
        } else {
            0.0
        }
    }
}

impl Terms<'_> {
    /// Quote of a trade at `price` within `bar`. Volatility and depth are 0 unless a cost term
    /// reads them.
    #[inline]
    fn quote(&self, price: f64, bar: &Bar, variance: impl FnOnce() -> f64) -> Quote {
        let (sigma, depth) = if self.costs.needs_depth() {
            let depth = price * bar.volume * self.shock.liquidity_multiplier;
            (variance().sqrt(), depth)
        } else {
            (0.0, 0.0)
        };
        Quote {
            price,
            sigma,
            depth,
        }
    }
}
