//! The account of an episode: orders sized at closes, trades at opens, marks at closes,
//! liquidation at the end.

use super::{
    displacement::Displacement, forced_trades::ForcedTrades, history::History,
    interventions::Interventions, limits::Limits, market::Market,
};
use crate::env::{ProjectedShock, ShockKind};
use crate::market::{Bar, Charge, CostTerms, Fill, Moment, PerAsset, Portfolio, Quote, each_asset};
use std::mem;

/// Portfolio, its marks before and after the last step, and the trades of that step.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) portfolio: Portfolio,
    /// Mark at the newest close, after all costs.
    pub(super) newest: Mark,
    /// Mark at the close before `newest`.
    pub(super) before: Mark,
    /// Highest equity of the episode up to `before`.
    pub(super) peak_equity: f64,
    /// Trades of the last step, a liquidation included.
    pub(super) fill: Fill,
    /// Units that the newest order asks for, `[n_assets]`; equal to the units held once it is
    /// filled.
    pub(super) ordered: PerAsset<f64>,
    pub(super) orders: Orders,
    /// Working memory: units after the fills of a bar, `[n_assets]`.
    pub(super) reached: PerAsset<f64>,
    /// Zero weights for an account after liquidation, `[n_assets]`.
    zeros: PerAsset<f64>,
    /// Fill prices of the last step under limits, `[n_assets]`; stale without limits.
    pub(super) fill_prices: PerAsset<f64>,
    /// Units before the liquidation, `[n_assets]`; stale while the account is open.
    liquidated: PerAsset<f64>,
    state: AccountState,
    pub(super) displacement: Displacement,
    pub(super) forced: ForcedTrades,
    pub(super) quotes: PerAsset<Quote>,
}

/// State of the account's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orders {
    /// The account holds what the newest order asks for.
    Filled,
    /// A new order, or one that waits for a bar in which it can be filled.
    Placed,
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
    pub(super) limits: Option<&'a Limits>,
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
            displacement: 0.0,
        };
        Self {
            portfolio: Portfolio::new(n_assets, 0.0),
            newest: Mark::new(n_assets),
            before: Mark::new(n_assets),
            peak_equity: 0.0,
            fill: Fill::default(),
            ordered: PerAsset::new(0.0, n_assets),
            orders: Orders::Filled,
            reached: PerAsset::new(0.0, n_assets),
            zeros: PerAsset::new(0.0, n_assets),
            fill_prices: PerAsset::new(0.0, n_assets),
            liquidated: PerAsset::new(0.0, n_assets),
            state: AccountState::Open,
            displacement: Displacement::new(n_assets),
            forced: ForcedTrades::new(n_assets),
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
        self.ordered.fill(0.0);
        self.orders = Orders::Filled;
        self.state = AccountState::Open;
        self.displacement.reset();
        self.forced.clear();
    }

    /// Copies the data that the next step depends on, without an allocation.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.portfolio.copy_from(&other.portfolio);
        self.newest.copy_from(&other.newest);
        self.ordered.copy_from_slice(&other.ordered);
        self.orders = other.orders;
        self.state = other.state;
        self.displacement.copy_from(&other.displacement);
    }

    pub(super) const fn portfolio(&self) -> &Portfolio {
        &self.portfolio
    }

    /// Places the order of a decision: the units that give the weights `targets` at the newest true
    /// closes, which a broker quotes, after the estimated costs of trading there. A waiting order
    /// is replaced. `terms` are those of a clean step, because the trader does not know the shock.
    #[inline]
    pub(super) fn order(&mut self, targets: &[f64], history: &History, terms: Terms<'_>) {
        self.quote_closes(history, terms);
        self.displace_quotes(history, terms);
        let (equity, ordered) = (self.newest.equity, &mut *self.ordered);
        self.portfolio
            .size(targets, equity, &self.quotes, terms.costs, ordered);
        self.orders = Orders::Placed;
        if let Some(limits) = terms.limits {
            self.restrict_order(limits, targets);
        }
    }

    /// Charges the cost of holding up to the opens of the newest bars, then fills a placed order
    /// there. An account without positive equity there is liquidated.
    #[inline]
    pub(super) fn trade(
        &mut self,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        let gap = self.pay_for_gap(history, terms);
        match terms.limits {
            Some(limits) => self.trade_within(limits, history, terms, counts),
            None => self.trade_freely(history, terms),
        }
        if let Some(gap) = gap {
            self.fill.charge += gap;
        }
    }

    /// Charges the cost of holding the old position over the gap, from the end of the previous bar
    /// to the open of the newest, at the previous closes.
    fn pay_for_gap(&mut self, history: &History, terms: Terms<'_>) -> Option<Charge> {
        if !terms.costs.charges_holding() {
            return None;
        }
        let panel = terms.market.panel();
        let gap = history.gap(panel);
        if gap.is_zero() {
            return None;
        }
        let open = Moment {
            end: history.open(panel),
            ..history.moment(terms.market)
        };
        let closes = &self.newest.closes;
        Some(self.portfolio.pay_holding(closes, open, gap, terms.costs))
    }

    #[inline]
    fn trade_freely(&mut self, history: &History, terms: Terms<'_>) {
        let (bars, units) = (history.bars(terms.market), self.portfolio.units());
        let mut equity = self.portfolio.cash();
        each_asset(bars.len(), |i| equity += units[i] * bars[i].open);
        let is_ruined = equity <= 0.0;
        if self.orders == Orders::Filled && !is_ruined {
            self.fill = Fill::default();
            return;
        }
        if is_ruined {
            self.ordered.fill(0.0);
            self.quote_closes(history, terms); // for the volatilities
        }
        // Otherwise the order was sized in this step, so its volatilities are still the newest.
        let (quotes, needs_depth) = (&mut *self.quotes, terms.costs.needs_depth());
        each_asset(bars.len(), |i| {
            quotes[i].price = bars[i].open;
            if needs_depth {
                quotes[i].depth = bars[i].open * bars[i].volume * terms.shock.liquidity_multiplier;
            }
        });
        let spread = terms.shock.spread_multiplier;
        if let Some(impact) = terms.costs.transient_impact() {
            let (held, units) = (self.portfolio.units(), &self.ordered);
            let moment = history.open(terms.market.panel());
            self.displacement
                .fill(impact, moment, quotes, (held, units));
        }
        self.fill = self
            .portfolio
            .fill(&self.ordered, quotes, terms.costs, spread);
        self.orders = Orders::Filled;
    }

    /// Quotes trades at the newest true closes.
    #[inline]
    fn quote_closes(&mut self, history: &History, terms: Terms<'_>) {
        let (closes, quotes) = (&*self.newest.closes, &mut *self.quotes);
        if !terms.costs.needs_depth() {
            each_asset(closes.len(), |i| quotes[i].price = closes[i]);
            return;
        }
        let (bars, row) = (history.bars(terms.market), history.row());
        let variances = history.variances(terms.market);
        for (i, bar) in bars.iter().enumerate() {
            quotes[i] = terms.quote((row, i), closes[i], bar, || variances[i]);
        }
    }

    /// Writes the displacements at the close of the newest bar into the quotes.
    #[inline]
    pub(super) fn displace_quotes(&mut self, history: &History, terms: Terms<'_>) {
        if let Some(impact) = terms.costs.transient_impact() {
            let moment = history.end(terms.market.panel());
            self.displacement.quote(impact, moment, &mut self.quotes);
        }
    }

    /// Charges the cost of holding over the newest bars, then marks the account at their true
    /// closes.
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
            let (moment, elapsed) = (history.moment(terms.market), history.bar_time(panel));
            let holding = self
                .portfolio
                .pay_holding(closes, moment, elapsed, terms.costs);
            self.fill.charge += holding;
        }
        self.newest.equity = self.portfolio.mark(closes, &mut self.newest.weights);
    }

    /// Trades everything to cash at the newest closes, stale or not, and adds these trades to those
    /// of the step.
    pub(super) fn liquidate(&mut self, history: &History, terms: Terms<'_>) {
        self.quote_closes(history, terms);
        self.displace_quotes(history, terms);
        let spread = terms.shock.spread_multiplier;
        self.liquidated.copy_from_slice(self.portfolio.units());
        self.fill += self.portfolio.liquidate(&self.quotes, terms.costs, spread);
        self.newest.equity = self.portfolio.equity(&self.newest.closes);
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
    /// Quote of a trade at `price` within `bar` of `(row, asset)`, not displaced. Volatility and
    /// depth are 0 unless a cost term reads them. The depth of a bar without volume is that of the
    /// newest bar with volume, if costs or rules need volumes.
    #[inline]
    pub(super) fn quote(
        &self,
        (row, asset): (usize, usize),
        price: f64,
        bar: &Bar,
        variance: impl FnOnce() -> f64,
    ) -> Quote {
        let (sigma, depth) = if self.costs.needs_depth() {
            let volume = match self.limits {
                Some(limits) => limits.volume(row, asset, bar),
                None => bar.volume,
            };
            let depth = price * volume * self.shock.liquidity_multiplier;
            (variance().sqrt(), depth)
        } else {
            (0.0, 0.0)
        };
        Quote {
            price,
            sigma,
            depth,
            displacement: 0.0,
        }
    }
}
