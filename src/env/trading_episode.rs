//! One episode: the order of events within a step, used by the step itself and by the preview of it.

use super::trading_account::{Account, Terms};
use super::trading_history::History;
use super::{
    Action, Order, Outcome, Projection, Reward, Shock, ShockSpace, TradingSpec,
    shock::ProjectedShock, trading_market::Market,
};
use crate::market::{Decoded, GrossBound};
use std::ops::RangeInclusive;

/// What an episode is played by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) market: &'a Market,
    pub(super) spec: &'a TradingSpec,
    pub(super) shock_space: &'a ShockSpace,
}

/// Everything about an episode that changes.
#[derive(Debug, Clone)]
pub(super) struct Episode {
    pub(super) history: History,
    pub(super) account: Account,
    /// First and last row of the episode: decisions are taken on all but the last.
    rows: RangeInclusive<usize>,
    pub(super) outcome: Outcome,
    /// Episode budget spent so far. Unit: bps.
    pub(super) spent_bps: f64,
    /// Price move applied in the last step, `[n_assets]`. Unit: bps.
    pub(super) shock_bps: Vec<f64>,
    /// The rest of that shock.
    pub(super) shock: ProjectedShock,
    targets: Vec<f64>,
}

/// How often something given was not taken as it was, since the environment was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interventions {
    /// Actions refused (not finite, no such level, other kind): the position was left as it was.
    pub refused_actions: u64,
    /// Weights outside [low, 1], clamped.
    pub clamped_weights: u64,
    /// Steps whose weights were scaled down to the gross bound.
    pub scaled_to_gross: u64,
    /// Shocks outside their set, projected onto it.
    pub projected_shocks: u64,
}

const CLEAN: ProjectedShock = ProjectedShock {
    norm_bps: 0.0,
    spread_multiplier: 1.0,
    liquidity_multiplier: 1.0,
    projection: Projection::Inactive,
};

impl Episode {
    pub(super) fn new(market: &Market) -> Self {
        let n_assets = market.panel().n_assets();
        Self {
            history: History::new(market),
            account: Account::new(n_assets),
            rows: 0..=0,
            outcome: Outcome::Running,
            spent_bps: 0.0,
            shock_bps: vec![0.0; n_assets],
            shock: CLEAN,
            targets: vec![0.0; n_assets],
        }
    }

    pub(super) fn reset(&mut self, rules: Rules<'_>, rows: RangeInclusive<usize>) {
        self.history.reset(rules.market, *rows.start());
        self.account
            .reset(rules.spec.initial_cash, self.history.bars());
        self.rows = rows;
        self.outcome = Outcome::Running;
        self.spent_bps = 0.0;
        self.shock_bps.fill(0.0);
        self.shock = CLEAN;
    }

    /// A copy without an allocation. Targets are scratch.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.history.copy_from(&other.history);
        self.account.copy_from(&other.account);
        self.rows.clone_from(&other.rows);
        self.outcome = other.outcome;
        self.spent_bps = other.spent_bps;
        self.shock_bps.copy_from_slice(&other.shock_bps);
        self.shock = other.shock;
    }

    /// Plays both moves and returns the reward. An episode that is over stays as it is and gives 0.
    pub(super) fn play(
        &mut self,
        rules: Rules<'_>,
        order: Order<'_>,
        shock: Shock<'_>,
        interventions: &mut Interventions,
    ) -> f64 {
        if self.outcome.is_over() {
            return 0.0;
        }
        let kind = rules.shock_space.kind;
        let equity_t = self.account.equity;
        let decoded = self.decode(rules.spec, order);
        self.shock = rules
            .shock_space
            .project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        interventions.count(decoded, self.shock.projection);
        let terms = Terms {
            costs: &rules.spec.costs,
            shock: self.shock,
        };

        self.history.advance(rules.market, kind);
        let holds = matches!(order, Order::Hold) || decoded == Decoded::Refused;
        let targets = (!holds).then_some(self.targets.as_slice());
        self.account.trade(targets, &self.history, terms);
        self.history.shock(rules.market, kind, &self.shock_bps);
        self.account.mark(&self.history, kind);
        self.outcome = self.outcome_of_mark(rules.spec, equity_t);
        if self.outcome.is_over() {
            self.account.liquidate(equity_t, &self.history, terms);
        }
        rules.spec.reward.of(equity_t, self.account.equity)
    }

    fn decode(&mut self, spec: &TradingSpec, order: Order<'_>) -> Decoded {
        let targets = &mut self.targets;
        match order {
            Order::Action(Action::Continuous(raw)) => spec.allocation.decode_weights(raw, targets),
            Order::Action(Action::Categorical(levels)) => {
                spec.allocation.decode_levels(levels, targets)
            }
            Order::Targets(weights) => spec.allocation.bound_gross(weights, targets),
            Order::Hold => Decoded::Targets {
                n_clamped: 0,
                gross: GrossBound::Slack,
            },
        }
    }

    /// Ruin terminates, the last row truncates.
    fn outcome_of_mark(&self, spec: &TradingSpec, equity_t: f64) -> Outcome {
        let equity_tp1 = self.account.equity;
        let floor = (spec.ruin_fraction * spec.initial_cash).max(Reward::GROWTH_FLOOR * equity_t);
        if equity_tp1 <= floor {
            Outcome::Terminated
        } else if self.history.row() >= *self.rows.end() {
            Outcome::Truncated
        } else {
            Outcome::Running
        }
    }

    /// Remaining share of the episode.
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of rows are far below 2^52"
    )]
    pub(super) fn time_left(&self) -> f64 {
        let left = self.rows.end().saturating_sub(self.history.row());
        left as f64 / (self.rows.end() - self.rows.start()).max(1) as f64
    }

    /// Writes the snapshot of the newest bar: market part, account features, hindsight, weights, cost rate.
    pub(super) fn snapshot(&self, rules: Rules<'_>, account: &[f32], out: &mut [f64]) {
        let (market, rest) = out.split_at_mut(rules.market.pipeline().snapshot_len());
        self.history.snapshot(rules.market, market);
        let (to_account, rest) = rest.split_at_mut(account.len());
        for (to, x) in to_account.iter_mut().zip(account) {
            *to = f64::from(*x);
        }
        let n_assets = self.account.weights.len();
        let (returns, rest) = rest.split_at_mut(n_assets);
        returns.fill(0.0);
        if !self.outcome.is_over() {
            let next = rules.market.panel().row(self.history.row() + 1);
            for (simple_return, bar) in returns.iter_mut().zip(next) {
                *simple_return = bar.close / bar.open - 1.0;
            }
        }
        rest[..n_assets].copy_from_slice(&self.account.weights);
        rest[n_assets] = rules.spec.costs.proportional(1.0);
    }
}

impl Interventions {
    fn count(&mut self, decoded: Decoded, projection: Projection) {
        match decoded {
            Decoded::Refused => self.refused_actions += 1,
            Decoded::Targets { n_clamped, gross } => {
                self.clamped_weights += u64::from(n_clamped);
                self.scaled_to_gross += u64::from(gross == GrossBound::Binding);
            }
        }
        self.projected_shocks += u64::from(projection == Projection::Active);
    }
}
