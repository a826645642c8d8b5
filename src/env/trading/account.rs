//! The trader's book within an episode: trades at opens, marks at closes, liquidation at the end.

use super::{history::History, market::Market};
use crate::env::{ShockKind, shock::ProjectedShock};
use crate::market::{Bar, CostTerms, Fill, PerAsset, Portfolio, Quote, each_asset};

/// A portfolio and everything a ledger wants to know of its last step.
#[derive(Debug, Clone)]
pub(super) struct Account {
    portfolio: Portfolio,
    /// True closes, `[n_assets]`.
    pub(super) marks: PerAsset<f64>,
    /// Weights at the mark, before any liquidation, `[n_assets]`.
    pub(super) marked_weights: PerAsset<f64>,
    /// Weights held after a liquidation: zeros, `[n_assets]`.
    none: PerAsset<f64>,
    position: Position,
    /// Equity after all costs.
    pub(super) equity: f64,
    /// Equity before the step.
    equity_before: f64,
    /// Everything traded within the step, a liquidation included.
    pub(super) fill: Fill,
    quotes: PerAsset<Quote>,
}

/// Whether anything may be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Open,
    Liquidated,
}

/// Under what terms the trades of one step are done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) market: &'a Market,
    pub(super) costs: &'a CostTerms,
    pub(super) shock: ProjectedShock,
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
            marks: PerAsset::new(0.0, n_assets),
            marked_weights: PerAsset::new(0.0, n_assets),
            none: PerAsset::new(0.0, n_assets),
            position: Position::Open,
            equity: 0.0,
            equity_before: 0.0,
            fill: Fill::default(),
            quotes: PerAsset::new(quote, n_assets),
        }
    }

    pub(super) fn reset(&mut self, cash: f64, bars: &[Bar]) {
        self.portfolio.reset(cash);
        for (mark, bar) in self.marks.iter_mut().zip(bars) {
            *mark = bar.close;
        }
        self.marked_weights.fill(0.0);
        self.position = Position::Open;
        self.equity = cash;
        self.equity_before = cash;
        self.fill = Fill::default();
    }

    /// A copy without an allocation. Quotes are scratch.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.portfolio.copy_from(&other.portfolio);
        self.marks.copy_from_slice(&other.marks);
        self.marked_weights.copy_from_slice(&other.marked_weights);
        self.position = other.position;
        self.equity = other.equity;
        self.equity_before = other.equity_before;
        self.fill = other.fill;
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

    /// Marks at the true closes of the newest bars, after the cost of holding.
    #[inline]
    pub(super) fn mark(&mut self, history: &History, kind: ShockKind, terms: Terms<'_>) {
        let bars = history.bars(terms.market);
        let marks = &mut *self.marks;
        each_asset(bars.len(), |i| {
            marks[i] = history.true_close(i, &bars[i], kind);
        });
        self.equity_before = self.equity;
        if terms.costs.has_own() {
            let panel = terms.market.panel();
            let (end, elapsed) = (history.end(panel), history.elapsed(panel));
            self.fill.charge += self.portfolio.pay_holding(marks, end, elapsed, terms.costs);
        }
        self.equity = self.portfolio.mark(marks, &mut self.marked_weights);
    }

    /// Trades everything to cash at the marks, on top of the step's trades.
    pub(super) fn liquidate(&mut self, history: &History, terms: Terms<'_>) {
        let bars = history.bars(terms.market);
        let variances = history.variances(terms.market);
        each_asset(bars.len(), |i| {
            self.quotes[i] = terms.quote(self.marks[i], &bars[i], || variances[i]);
        });
        let spread = terms.shock.spread_multiplier;
        self.fill += self.portfolio.liquidate(&self.quotes, terms.costs, spread);
        self.equity = self.portfolio.equity(&self.marks);
        self.position = Position::Liquidated;
    }

    /// Weights held now: zeros after a liquidation, `[n_assets]`.
    #[inline]
    pub(super) fn weights(&self) -> &[f64] {
        match self.position {
            Position::Open => &self.marked_weights,
            Position::Liquidated => &self.none,
        }
    }

    /// Everything traded in the last step over the equity before it.
    pub(super) fn turnover(&self) -> f64 {
        self.fill.traded_value / self.equity_before
    }

    /// Cash over equity.
    #[inline]
    pub(super) fn cash(&self) -> f64 {
        self.over_equity(self.portfolio.cash())
    }

    /// Unrealized profit over equity.
    #[inline]
    pub(super) fn unrealized(&self) -> f64 {
        self.over_equity(self.portfolio.unrealized(&self.marks))
    }

    #[inline]
    fn over_equity(&self, value: f64) -> f64 {
        fraction(value, self.equity)
    }
}

/// `value` over `equity`. Over an equity that is not positive nothing is a fraction: zero.
#[inline]
pub(super) fn fraction(value: f64, equity: f64) -> f64 {
    if equity > 0.0 { value / equity } else { 0.0 }
}

impl Terms<'_> {
    /// Quote of a trade at `price` within `bar`; volatility and depth only where a cost term needs
    /// them.
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
