//! The trader's book within an episode: trades at opens, marks at closes, liquidation at the end.

use super::trading_history::History;
use super::{ShockKind, shock::ProjectedShock};
use crate::{
    features::AccountView,
    market::{Bar, Costs, Fill, Portfolio, Quote},
};

/// A portfolio and everything a ledger wants to know of its last step.
#[derive(Debug, Clone)]
pub(super) struct Account {
    portfolio: Portfolio,
    /// True closes, `[n_assets]`.
    pub(super) marks: Vec<f64>,
    /// Weights held now: zeros after a liquidation.
    pub(super) weights: Vec<f64>,
    /// Weights at the mark, before any liquidation.
    pub(super) marked_weights: Vec<f64>,
    /// Equity after all costs.
    pub(super) equity: f64,
    /// Everything traded within the step, a liquidation included.
    pub(super) fill: Fill,
    /// Its traded value over the equity before the step.
    pub(super) turnover: f64,
    quotes: Vec<Quote>,
}

/// Under what terms the trades of one step are done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) costs: &'a Costs,
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
            marks: vec![0.0; n_assets],
            weights: vec![0.0; n_assets],
            marked_weights: vec![0.0; n_assets],
            equity: 0.0,
            fill: Fill::default(),
            turnover: 0.0,
            quotes: vec![quote; n_assets],
        }
    }

    pub(super) fn reset(&mut self, cash: f64, bars: &[Bar]) {
        self.portfolio.reset(cash);
        for (mark, bar) in self.marks.iter_mut().zip(bars) {
            *mark = bar.close;
        }
        self.weights.fill(0.0);
        self.marked_weights.fill(0.0);
        self.equity = cash;
        self.fill = Fill::default();
        self.turnover = 0.0;
    }

    /// A copy without an allocation. Quotes are scratch.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.portfolio.copy_from(&other.portfolio);
        self.marks.copy_from_slice(&other.marks);
        self.weights.copy_from_slice(&other.weights);
        self.marked_weights.copy_from_slice(&other.marked_weights);
        self.equity = other.equity;
        self.fill = other.fill;
        self.turnover = other.turnover;
    }

    pub(super) const fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Trades to `targets` at the opens of the newest bars; `None` leaves the position as it is.
    pub(super) fn trade(&mut self, targets: Option<&[f64]>, history: &History, terms: Terms<'_>) {
        self.fill = Fill::default();
        if let Some(targets) = targets {
            let bars = history.bars();
            for (i, quote) in self.quotes.iter_mut().enumerate() {
                let price = bars[i].open;
                let depth = price * bars[i].volume * terms.shock.liquidity_multiplier;
                *quote = Quote {
                    price,
                    sigma: history.variances()[i].sqrt(),
                    depth,
                };
            }
            let spread = terms.shock.spread_multiplier;
            self.fill = self
                .portfolio
                .rebalance(targets, &self.quotes, terms.costs, spread);
        }
    }

    /// Marks at the true closes of the newest bars.
    pub(super) fn mark(&mut self, history: &History, kind: ShockKind) {
        for (i, mark) in self.marks.iter_mut().enumerate() {
            *mark = history.true_close(i, kind);
        }
        let equity_t = self.equity;
        self.equity = self.portfolio.equity(&self.marks);
        self.portfolio.weights(&self.marks, &mut self.weights);
        self.marked_weights.copy_from_slice(&self.weights);
        self.turnover = self.fill.traded_value / equity_t;
    }

    /// Trades everything to cash at the marks, on top of the step's trades. `equity_t` is the equity before the step.
    pub(super) fn liquidate(&mut self, equity_t: f64, history: &History, terms: Terms<'_>) {
        for (i, quote) in self.quotes.iter_mut().enumerate() {
            let price = self.marks[i];
            let volume = history.bars()[i].volume;
            *quote = Quote {
                price,
                sigma: history.variances()[i].sqrt(),
                depth: price * volume * terms.shock.liquidity_multiplier,
            };
        }
        let spread = terms.shock.spread_multiplier;
        self.fill += self.portfolio.liquidate(&self.quotes, terms.costs, spread);
        self.equity = self.portfolio.equity(&self.marks);
        self.weights.fill(0.0);
        self.turnover = self.fill.traded_value / equity_t;
    }

    /// What an observation tells of the book. Over an equity that is not positive nothing is a fraction: zeros.
    pub(super) fn view(&self, time_left: f64) -> AccountView<'_> {
        let over_equity = |value: f64| {
            if self.equity > 0.0 {
                value / self.equity
            } else {
                0.0
            }
        };
        AccountView {
            weights: &self.weights,
            cash: over_equity(self.portfolio.cash()),
            unrealized: over_equity(self.portfolio.unrealized(&self.marks)),
            time_left,
        }
    }
}
