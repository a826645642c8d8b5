//! One episode: the order of events within a step, which step and preview share.

use super::{
    account::{Account, Terms},
    history::History,
    interventions::Interventions,
    market::Market,
    reward::{LogGrowth, StepView},
    rules::Rules,
    spec::TradingSpec,
};
use crate::env::{Action, Order, Outcome, ProjectedShock, Shock};
use crate::{
    features::{Book, write_account},
    market::{Decoded, PerAsset},
};
use std::ops::RangeInclusive;

#[derive(Debug, Clone)]
pub(super) struct Episode {
    pub(super) history: History,
    pub(super) account: Account,
    /// First and last row of the episode: decisions are taken on all but the last.
    rows: RangeInclusive<usize>,
    pub(super) outcome: Outcome,
    /// Episode budget spent so far. Unit: bps.
    pub(super) spent_bps: f64,
    /// Price move of the last step, `[n_assets]`. Unit: bps.
    pub(super) shock_bps: PerAsset<f64>,
    /// Norm and multipliers of the last step's shock.
    pub(super) shock: ProjectedShock,
    /// Target weights of the last order. If the last step placed no order, these are the weights
    /// held at its decision.
    pub(super) targets: PerAsset<f64>,
}

impl Episode {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        Self {
            history: History::new(market),
            account: Account::new(n_assets),
            rows: 0..=0,
            outcome: Outcome::Running,
            spent_bps: 0.0,
            shock_bps: PerAsset::new(0.0, n_assets),
            shock: ProjectedShock::CLEAN,
            targets: PerAsset::new(0.0, n_assets),
        }
    }

    pub(super) fn reset(&mut self, rules: &Rules, rows: RangeInclusive<usize>) {
        self.history.reset(*rows.start());
        let bars = self.history.bars(&rules.market);
        self.account.reset(rules.spec.initial_cash, bars);
        self.rows = rows;
        self.outcome = Outcome::Running;
        self.spent_bps = 0.0;
        self.shock_bps.fill(0.0);
        self.shock = ProjectedShock::CLEAN;
    }

    /// Copies `other` into this episode without allocating. Targets are not copied: `play` writes
    /// them before it reads them.
    pub(super) fn copy_from(&mut self, rules: &Rules, other: &Self) {
        self.history.copy_from(&rules.market, &other.history);
        self.account.copy_from(&other.account);
        self.rows.clone_from(&other.rows);
        self.outcome = other.outcome;
        self.spent_bps = other.spent_bps;
        self.shock_bps.copy_from_slice(&other.shock_bps);
        self.shock = other.shock;
    }

    /// Plays one step of a running episode. The order of events is the order of lines.
    pub(super) fn play(
        &mut self,
        rules: &Rules,
        order: Order<'_>,
        shock: Shock<'_>,
        interventions: &mut Interventions,
    ) {
        // Bar t closes: the agent decides and sizes its order, the adversary chooses the shock.
        let decoded = decode(&rules.spec, order, &mut self.targets);
        let space = &rules.shock_space;
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        interventions.count(decoded, self.shock.projection);
        let (market, kind) = (&*rules.market, space.kind);
        let terms = Terms {
            market,
            costs: &rules.costs,
            shock: self.shock,
            limits: rules.limits.as_ref(),
        };

        let holds = matches!(order, Order::Hold) || decoded == Decoded::Refused;
        if holds {
            self.targets.copy_from_slice(&self.account.newest.weights);
        } else {
            let clean = Terms {
                shock: ProjectedShock::CLEAN,
                ..terms
            };
            self.account.order(&self.targets, &self.history, clean);
        }

        // Bar t+1 opens: the order is filled.
        self.history.advance(market, space);
        self.account.trade(&self.history, terms, interventions);

        // Bar t+1 closes: the shock moves the close, the account is marked at the true close.
        let norm_bps = self.shock.norm_bps;
        self.history.shock(market, kind, &self.shock_bps, norm_bps);
        self.account.mark(&self.history, kind, terms);
        if let Some(limits) = terms.limits {
            let (account, history) = (&mut self.account, &self.history);
            account.test_closes(limits, (history, kind), terms, interventions);
        }

        // The episode continues, or it ends and every position is closed.
        self.outcome = self.outcome_of_mark(&rules.spec);
        if self.outcome.is_over() {
            self.account.liquidate(&self.history, terms);
        }
    }

    /// View of the last step that the reward reads.
    #[inline]
    pub(super) fn step_view(&self) -> StepView<'_> {
        let Account {
            newest,
            before,
            peak_equity,
            fill,
            ..
        } = &self.account;
        StepView {
            equity_t: before.equity,
            equity_tp1: newest.equity,
            peak_equity_t: *peak_equity,
            weights_t: &before.weights,
            weights_tp1: &newest.weights,
            closes_t: &before.closes,
            closes_tp1: &newest.closes,
            traded_value: fill.traded_value,
            charge: fill.charge,
            outcome: self.outcome,
        }
    }

    /// Outcome at the newest mark: ruin terminates, the last row of the episode truncates.
    #[inline]
    fn outcome_of_mark(&self, spec: &TradingSpec) -> Outcome {
        let Account { newest, before, .. } = &self.account;
        let floor = (spec.ruin_fraction * spec.initial_cash).max(LogGrowth::FLOOR * before.equity);
        if newest.equity.is_nan() || newest.equity <= floor {
            Outcome::Terminated
        } else if self.history.row() >= *self.rows.end() {
            Outcome::Truncated
        } else {
            Outcome::Running
        }
    }

    /// Writes the observation: market fields, then account fields.
    #[inline]
    pub(super) fn observe(&self, rules: &Rules, features: &mut [f64], out: &mut [f32]) {
        let (market, account) = out.split_at_mut(rules.layout.market.len());
        self.history.observe(&rules.market, features, market);
        write_account(&self.book(rules), &rules.spec.account, account);
    }

    /// Writes the snapshot of the newest bar in the layout of
    /// [`super::shock_map::TradingShockMap`]. `account` is working memory.
    pub(super) fn snapshot(&self, rules: &Rules, account: &mut [f32], out: &mut [f64]) {
        let (market, rest) = out.split_at_mut(rules.market.pipeline().snapshot_len());
        self.history.snapshot(&rules.market, market);
        write_account(&self.book(rules), &rules.spec.account, account);
        let (to_account, rest) = rest.split_at_mut(account.len());
        for (to, x) in to_account.iter_mut().zip(account) {
            *to = f64::from(*x);
        }
        let weights = self.account.weights();
        let n_assets = weights.len();
        let (returns, rest) = rest.split_at_mut(n_assets);
        returns.fill(0.0);
        if !self.outcome.is_over() {
            // Past jumps scale all of these prices alike, so the panel's prices give the same
            // returns. The return of an asset whose next bar cannot be traded is 0, because its
            // order waits.
            let (panel, row) = (rules.market.panel(), self.history.row());
            let elapsed = panel.timestamps()[row + 1] - panel.timestamps()[row];
            let bar_time = elapsed.min(panel.bar_length());
            let signals = panel.moment(row + 1).signals;
            let bars = panel.row(row).iter().zip(panel.row(row + 1));
            for (i, (simple_return, (bar, next))) in returns.iter_mut().zip(bars).enumerate() {
                if rules.is_tradable(row + 1, i) {
                    let funding = rules.costs.funding_rate(i, bar_time, signals) * next.close;
                    *simple_return = (next.close - next.open - funding) / bar.close;
                }
            }
        }
        let (to_weights, rest) = rest.split_at_mut(n_assets);
        to_weights.copy_from_slice(weights);
        let (cost_rates, exposed) = rest.split_at_mut(n_assets);
        for (asset, rate) in cost_rates.iter_mut().enumerate() {
            *rate = rules.costs.proportional(asset, 1.0);
        }
        // Jumps act on the weights before a liquidation at the same close.
        if !exposed.is_empty() {
            exposed.copy_from_slice(&self.account.newest.weights);
        }
    }
}

/// Decodes an order into target weights; `Hold` leaves `targets` unchanged.
#[inline]
fn decode(spec: &TradingSpec, order: Order<'_>, targets: &mut [f64]) -> Decoded {
    match order {
        Order::Action(Action::Continuous(raw)) => spec.allocation.decode_weights(raw, targets),
        Order::Action(Action::Categorical(levels)) => {
            spec.allocation.decode_levels(levels, targets)
        }
        Order::Targets(weights) => spec.allocation.bound_gross(weights, targets),
        Order::Hold => Decoded::AS_GIVEN,
    }
}

/// Account of an episode, as read by the account features.
pub(super) struct EpisodeBook<'a> {
    episode: &'a Episode,
    /// Tradability of the newest bars; empty if all are tradable.
    tradable: &'a [bool],
}

impl Episode {
    #[inline]
    pub(super) fn book<'a>(&'a self, rules: &'a Rules) -> EpisodeBook<'a> {
        EpisodeBook {
            episode: self,
            tradable: rules.tradable(self.history.row()),
        }
    }
}

impl Book for EpisodeBook<'_> {
    #[inline]
    fn n_assets(&self) -> usize {
        self.episode.account.weights().len()
    }
    #[inline]
    fn weight(&self, asset: usize) -> f64 {
        self.episode.account.weights()[asset]
    }
    #[inline]
    fn cash(&self) -> f64 {
        self.episode.account.cash()
    }
    #[inline]
    fn unrealized(&self) -> f64 {
        self.episode.account.unrealized()
    }
    fn is_tradable(&self, asset: usize) -> bool {
        self.tradable.get(asset).copied().unwrap_or(true)
    }
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of rows are far below 2^52"
    )]
    fn time_left(&self) -> f64 {
        let row = self.episode.history.row();
        let left = self.episode.rows.end().saturating_sub(row);
        left as f64 / (self.episode.rows.end() - self.episode.rows.start()).max(1) as f64
    }
}
