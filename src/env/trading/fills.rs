//! Fills of an account under limits: orders that wait, and forced liquidations.

use super::{
    account::{Account, Mark, Orders, Terms},
    history::History,
    interventions::Interventions,
    limits::Limits,
};
use crate::env::ShockKind;
use crate::market::{Bar, Fill, Unfilled};

/// Moment of a trade within the newest bar.
#[derive(Debug, Clone, Copy)]
enum When {
    Open,
    Close,
}

impl Account {
    /// Replaces the sized order by the one that the rules admit; `targets` are the weights it was
    /// sized for.
    pub(super) fn restrict_order(&mut self, limits: &Limits, targets: &[f64]) {
        let held = self.portfolio.units();
        let marks = self.newest.weights.iter().zip(&*self.newest.closes);
        for (i, (weight, close)) in marks.enumerate() {
            let (change, wanted) = (targets[i] - weight, self.ordered[i]);
            self.ordered[i] = limits.rules.order(i, change, held[i], wanted, *close);
        }
    }

    /// Fills the placed order at the opens of the newest bars as far as the limits admit. Tests the
    /// maintenance margin at the opens before the fill, then within the bars.
    pub(super) fn trade_within(
        &mut self,
        limits: &Limits,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        self.fill = Fill::default();
        self.forced.clear();
        let bars = history.bars(terms.market);
        for (price, bar) in self.fill_prices.iter_mut().zip(bars) {
            *price = bar.open;
        }
        if self.is_called(limits, |i| bars[i].open) {
            self.sell_all(limits, (history, When::Open), terms, counts, |i| {
                bars[i].open
            });
        } else if self.orders == Orders::Placed {
            self.fill_order(limits, history, terms, counts);
        }
        self.test_extremes(limits, history, terms, counts);
    }

    fn fill_order(
        &mut self,
        limits: &Limits,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        let (bars, row) = (history.bars(terms.market), history.row());
        let variances = history.variances(terms.market);
        for (i, bar) in bars.iter().enumerate() {
            self.quotes[i] = terms.quote((row, i), bar.open, bar, || variances[i]);
        }
        self.orders = Orders::Filled;
        for (i, bar) in bars.iter().enumerate() {
            let (held, wanted) = (self.portfolio.units()[i], self.ordered[i]);
            let can_trade = limits.is_tradable(row, i);
            let reached = if can_trade {
                let volume = limits.known_volume(terms.market.panel(), row - 1, i);
                let volume = volume * terms.shock.liquidity_multiplier;
                limits.rules.reached(i, held, wanted, volume)
            } else {
                held
            };
            if (reached - wanted).abs() > 0.0 {
                if can_trade && limits.rules.unfilled == Unfilled::Drop {
                    self.ordered[i] = reached;
                    counts.dropped_orders += 1;
                } else {
                    self.orders = Orders::Placed;
                    counts.delayed_orders += 1;
                }
            }
            let price = limits.rules.fill_price(i, bar.open, reached - held);
            self.quotes[i].price = price;
            self.fill_prices[i] = price;
            self.reached[i] = reached;
        }
        self.fill_reached((history, When::Open), terms);
    }

    /// Trades to the units `reached` at the quotes and adds these trades to those of the step.
    fn fill_reached(&mut self, (history, when): (&History, When), terms: Terms<'_>) {
        let (quotes, units) = (&mut *self.quotes, &*self.reached);
        if let Some(impact) = terms.costs.transient_impact() {
            let panel = terms.market.panel();
            let moment = match when {
                When::Open => history.open(panel),
                When::Close => history.end(panel),
            };
            let held = self.portfolio.units();
            self.displacement
                .fill(impact, moment, quotes, (held, units));
        }
        let spread = terms.shock.spread_multiplier;
        self.fill += self.portfolio.fill(units, quotes, terms.costs, spread);
    }

    /// Tests the maintenance margin at the newest true closes, jumps included, and sells there.
    pub(super) fn test_closes(
        &mut self,
        limits: &Limits,
        (history, kind): (&History, ShockKind),
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        let bars = history.bars(terms.market);
        let close = |i: usize| history.true_close(i, &bars[i], kind);
        if self.is_called(limits, close) {
            self.sell_all(limits, (history, When::Close), terms, counts, close);
            let Mark {
                closes,
                weights,
                equity,
            } = &mut self.newest;
            *equity = self.portfolio.mark(closes, weights);
        }
    }

    /// Returns true if the account holds positions and its equity at these prices is used up or
    /// below their maintenance margin.
    fn is_called(&self, limits: &Limits, price: impl Fn(usize) -> f64) -> bool {
        let (mut equity, mut gross) = (self.portfolio.cash(), 0.0);
        for (i, units) in self.portfolio.units().iter().enumerate() {
            let value = units * price(i);
            equity += value;
            gross += value.abs();
        }
        gross > 0.0 && (equity <= 0.0 || equity < limits.rules.maintenance_margin * gross)
    }

    /// Sells a single position if the equity falls to the margin on the way from the open to the
    /// bar's worst price.
    ///
    /// Equity minus margin is linear in the price, and the sale is at the price at which it reaches
    /// 0. The extremes of several positions have no common time, so several positions are tested at
    /// opens and closes only. The time of the sale is unknown, so no displacement decays between
    /// the open and the sale.
    fn test_extremes(
        &mut self,
        limits: &Limits,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        let bars = history.bars(terms.market);
        let mut positions = self.portfolio.units().iter().enumerate();
        let mut positions = positions.by_ref().filter(|(_, units)| units.abs() > 0.0);
        let (Some((i, &units)), None) = (positions.next(), positions.next()) else {
            return;
        };
        let (open, worst) = (bars[i].open, worst_price(&bars[i], units));
        let (cash, margin) = (self.portfolio.cash(), limits.rules.maintenance_margin);
        let excess = |price: f64| cash + units * price - margin * (units * price).abs();
        if excess(worst) >= 0.0 {
            return;
        }
        let share = (excess(open) / (excess(open) - excess(worst))).max(0.0);
        let price = open + share * (worst - open);
        let at = |asset: usize| if asset == i { price } else { bars[asset].open };
        self.sell_all(limits, (history, When::Open), terms, counts, at);
    }

    /// Cancels the order and sells all that can be sold at these prices, at a cost.
    fn sell_all(
        &mut self,
        limits: &Limits,
        (history, when): (&History, When),
        terms: Terms<'_>,
        counts: &mut Interventions,
        price: impl Fn(usize) -> f64,
    ) {
        let (bars, row) = (history.bars(terms.market), history.row());
        let variances = history.variances(terms.market);
        let mut n_sold = 0;
        self.orders = Orders::Filled;
        for (i, bar) in bars.iter().enumerate() {
            let held = self.portfolio.units()[i];
            let price = limits.rules.fill_price(i, price(i), -held);
            self.quotes[i] = terms.quote((row, i), price, bar, || variances[i]);
            self.ordered[i] = 0.0;
            self.reached[i] = 0.0;
            if !limits.is_tradable(row, i) {
                self.reached[i] = held;
                self.orders = Orders::Placed;
            } else if held.abs() > 0.0 {
                self.forced.units[i] = -held;
                self.forced.prices[i] = price;
                n_sold += 1;
            }
        }
        self.fill_reached((history, when), terms);
        counts.forced_liquidations += u64::from(n_sold > 0);
    }
}

/// Extreme price of a bar against a position.
fn worst_price(bar: &Bar, units: f64) -> f64 {
    if units > 0.0 { bar.low } else { bar.high }
}
