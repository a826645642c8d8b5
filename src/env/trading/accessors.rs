//! What can be read from a trading environment: its place in time, its account, and the last step.

use super::{Interventions, Market, TradingEnv, TradingSpec};
use crate::{
    env::{Outcome, Shock},
    features::{AccountView, Book as _},
    market::{Fill, Portfolio},
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

impl TradingEnv {
    /// Market that the environment trades.
    #[must_use]
    pub fn market(&self) -> &Arc<Market> {
        &self.rules.market
    }

    /// Rules of the environment.
    #[must_use]
    pub fn spec(&self) -> &TradingSpec {
        &self.rules.spec
    }

    /// Row of the newest bar, the last row that a decision may use.
    #[must_use]
    pub const fn row(&self) -> usize {
        self.episode.history.row()
    }

    /// First row on which a decision can be taken.
    #[must_use]
    pub fn first_row(&self) -> usize {
        self.rules.first_row
    }

    /// Last row: the account is marked, no decision is taken.
    #[must_use]
    pub fn last_row(&self) -> usize {
        self.rules.last_row
    }

    /// End of the newest bar.
    #[must_use]
    pub fn timestamp(&self) -> DateTime<Utc> {
        self.episode.history.end(self.rules.market.panel())
    }

    /// State of the episode.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.episode.outcome
    }

    /// Equity at the newest mark, after all costs. Unit: currency.
    #[must_use]
    pub const fn equity(&self) -> f64 {
        self.episode.account.newest.equity
    }

    /// Trades and costs of the last step, a liquidation included.
    #[must_use]
    pub const fn last_fill(&self) -> Fill {
        self.episode.account.fill
    }

    /// Traded value of the last step over the equity before the step.
    #[must_use]
    pub fn last_turnover(&self) -> f64 {
        self.episode.step_view().turnover()
    }

    /// Weights at the newest mark, before any liquidation, `[n_assets]`.
    #[must_use]
    pub fn marked_weights(&self) -> &[f64] {
        &self.episode.account.newest.weights
    }

    /// Target weights of the last order, `[n_assets]`. If the last step placed no order, these are
    /// the weights held at its decision.
    #[must_use]
    pub fn last_targets(&self) -> &[f64] {
        &self.episode.targets
    }

    /// Units that the newest order asks for, sized at its decision, `[n_assets]`. They differ from
    /// [`TradingEnv::filled_units`] while the order waits.
    #[must_use]
    pub fn ordered_units(&self) -> &[f64] {
        &self.episode.account.ordered
    }

    /// Units after the trades of the last step, `[n_assets]`, including a forced liquidation but
    /// not the liquidation that ends an episode.
    #[must_use]
    pub fn filled_units(&self) -> &[f64] {
        self.episode.account.filled_units()
    }

    /// Price of the last step's fill of `asset`: the open of the newest bar, past jumps included,
    /// rounded to a tick. A forced liquidation within the bar has its own price
    /// ([`TradingEnv::forced_trades`]).
    #[must_use]
    pub fn fill_price(&self, asset: usize) -> f64 {
        match self.rules.limits {
            Some(_) => self.episode.account.fill_prices[asset],
            None => self.episode.history.bars(&self.rules.market)[asset].open,
        }
    }

    /// Changes of units and prices before costs of a forced liquidation in the last step,
    /// `[n_assets]` each; zeros for an asset that it did not sell.
    #[must_use]
    pub fn forced_trades(&self) -> (&[f64], &[f64]) {
        let forced = &self.episode.account.forced;
        (&forced.units, &forced.prices)
    }

    /// True closes of the newest bar, `[n_assets]`: they include jumps and exclude prints.
    #[must_use]
    pub fn closes(&self) -> &[f64] {
        &self.episode.account.newest.closes
    }

    /// Account features before they are written into the observation.
    #[must_use]
    pub fn account(&self) -> AccountView<'_> {
        let book = self.episode.book(&self.rules);
        AccountView {
            weights: self.episode.account.weights(),
            cash: book.cash(),
            unrealized: book.unrealized(),
            time_left: book.time_left(),
            tradable: self.rules.tradable(self.episode.history.row()),
        }
    }

    /// Portfolio: cash, and units of each asset.
    #[must_use]
    pub const fn portfolio(&self) -> &Portfolio {
        self.episode.account.portfolio()
    }

    /// Shock of the last step, after projection onto the set.
    #[must_use]
    pub fn applied_shock(&self) -> Shock<'_> {
        Shock {
            price_bps: &self.episode.shock_bps,
            spread_multiplier: self.episode.shock.spread_multiplier,
            liquidity_multiplier: self.episode.shock.liquidity_multiplier,
        }
    }

    /// Episode budget spent so far. Unit: bps.
    #[must_use]
    pub const fn spent_bps(&self) -> f64 {
        self.episode.spent_bps
    }

    /// Counts of clipped, scaled or refused inputs since the environment was built.
    #[must_use]
    pub const fn interventions(&self) -> Interventions {
        self.interventions
    }

    /// Current observation, `[layout().n_fields()]`.
    #[must_use]
    pub fn observation(&self) -> &[f32] {
        &self.observation
    }
}
