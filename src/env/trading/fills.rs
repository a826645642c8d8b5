//! Fills of an account under limits: orders that wait, and forced liquidations.

use super::{
    account::{Account, Orders, Terms},
    displacement::When,
    episode::Interventions,
    history::History,
    limits::Limits,
};
use crate::market::{Bar, Fill, PerAsset, Unfilled};

/// Trades of a forced liquidation within the newest bar; zeros without one, stale without a
/// maintenance margin.
#[derive(Debug, Clone)]
pub(super) struct ForcedTrades {
    /// Changes of units, `[n_assets]`.
    pub(super) units: PerAsset<f64>,
    /// Prices before costs, `[n_assets]`.
    pub(super) prices: PerAsset<f64>,
}

impl ForcedTrades {
    pub(super) fn new(n_assets: usize) -> Self {
        Self {
            units: PerAsset::new(0.0, n_assets),
            prices: PerAsset::new(0.0, n_assets),
        }
    }

    pub(super) fn clear(&mut self) {
        self.units.fill(0.0);
        self.prices.fill(0.0);
    }
}

impl Account {
    /// Replaces the sized order by what the rules admit, given the `targets` that it was sized for.
    pub(super) fn restrict_order(&mut self, limits: &Limits, targets: &[f64]) {
        let held = self.portfolio.units();
        let marks = self.newest.weights.iter().zip(&*self.newest.closes);
        for (i, (weight, close)) in marks.enumerate() {
            let (change, wanted) = (targets[i] - weight, self.ordered[i]);
            self.ordered[i] = limits.rules.order(i, change, held[i], wanted, *close);
        }
    }

    /// Fills the placed order at the opens of the newest bars as far as the limits admit, then
    /// tests the maintenance margin within these bars.
    pub(super) fn trade_within(
        &mut self,
        limits: &Limits,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        self.fill = Fill::default();
        let bars = history.bars(terms.market).iter();
        for (price, bar) in self.fill_prices.iter_mut().zip(bars) {
            *price = bar.open;
        }
        if self.orders == Orders::Placed {
            self.fill_order(limits, history, terms, counts);
        }
        if limits.rules.maintenance_margin > 0.0 {
            self.forced.clear();
            self.test_margin(limits, history, terms, counts);
        }
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
        if self.portfolio.equity_at(&self.quotes) <= 0.0 {
            self.ordered.fill(0.0);
        }
        self.orders = Orders::Filled;
        for (i, bar) in bars.iter().enumerate() {
            let (held, wanted) = (self.portfolio.units()[i], self.ordered[i]);
            let can_trade = limits.is_tradable(row, i);
            let reached = if can_trade {
                let volume = bar.volume * terms.shock.liquidity_multiplier;
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
        self.fill_reached(history, terms);
    }

    /// Trades to the units `reached` at the quotes and adds these trades to those of the step.
    fn fill_reached(&mut self, history: &History, terms: Terms<'_>) {
        self.displace_quotes(When::Open, history, terms);
        let (quotes, units) = (&*self.quotes, &*self.reached);
        self.displacement
            .add_trades(terms.costs, quotes, self.portfolio.units(), units);
        let spread = terms.shock.spread_multiplier;
        self.fill += self.portfolio.fill(units, quotes, terms.costs, spread);
    }

    /// Sells all that can be sold where equity falls to the margin.
    ///
    /// All prices move from the opens to their extremes against the positions together, p(s) =
    /// open + s (extreme − open). Equity minus margin is linear in s, so the first s at which it is
    /// 0 is exact for one asset; for several it is at most as late as on any path between the same
    /// prices. The positions are sold at p(s), at a cost. The time of the sale is not known, so no
    /// displacement decays between the open and it.
    fn test_margin(
        &mut self,
        limits: &Limits,
        history: &History,
        terms: Terms<'_>,
        counts: &mut Interventions,
    ) {
        let (bars, row) = (history.bars(terms.market), history.row());
        let units = self.portfolio.units();
        let margin = limits.rules.maintenance_margin;
        let cash = self.portfolio.cash();
        let (mut at_open, mut at_worst, mut gross) = (cash, cash, 0.0);
        for (bar, units) in bars.iter().zip(units) {
            let excess = |price: f64| units * price - margin * (units * price).abs();
            at_open += excess(bar.open);
            at_worst += excess(worst_price(bar, *units));
            gross += units.abs();
        }
        if at_worst >= 0.0 || gross <= 0.0 {
            return;
        }
        let share = (at_open / (at_open - at_worst)).clamp(0.0, 1.0);
        let share = if at_open > 0.0 { share } else { 0.0 };
        let variances = history.variances(terms.market);
        let mut n_sold = 0;
        self.orders = Orders::Filled;
        for (i, bar) in bars.iter().enumerate() {
            let held = self.portfolio.units()[i];
            let price = bar.open + share * (worst_price(bar, held) - bar.open);
            let price = limits.rules.fill_price(i, price, -held);
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
        self.fill_reached(history, terms);
        counts.forced_liquidations += u64::from(n_sold > 0);
    }
}

/// Extreme price of a bar against a position.
fn worst_price(bar: &Bar, units: f64) -> f64 {
    if units > 0.0 { bar.low } else { bar.high }
}
