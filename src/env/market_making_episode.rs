//! One episode of quoting: the order of events within a step.

use super::{
    MarketMakingSpec, Outcome, QuoteTiming, Shock, ShockKind, ShockSpace, shock::ProjectedShock,
};
use crate::{
    market::quoting::{Quotes, QuotingView},
    rng::{Component, Rng, Streams},
};
use rand::Rng as _;
use rand_distr::StandardNormal;

/// Everything about an episode that changes.
#[derive(Debug, Clone)]
pub(super) struct Episode {
    rng: Rng,
    pub(super) n_played: u32,
    pub(super) mid: f64,
    pub(super) inventory: i32,
    /// Cash plus inventory at the mid price; 0 at the start.
    pub(super) wealth: f64,
    /// The price's move over the last step without the shock. Unit: standard deviations of a step.
    pub(super) clean_move: f64,
    pub(super) bought: i32,
    pub(super) sold: i32,
    pub(super) spent_bps: f64,
    pub(super) shock_bps: [f64; 1],
    pub(super) shock: ProjectedShock,
}

impl Episode {
    pub(super) fn new(spec: &MarketMakingSpec, seed: u64) -> Self {
        Self {
            rng: Streams::new(seed).stream(Component::Market, 0),
            n_played: 0,
            mid: spec.initial_mid,
            inventory: 0,
            wealth: 0.0,
            clean_move: 0.0,
            bought: 0,
            sold: 0,
            spent_bps: 0.0,
            shock_bps: [0.0],
            shock: ProjectedShock::CLEAN,
        }
    }

    pub(super) fn view(&self, spec: &MarketMakingSpec) -> QuotingView {
        QuotingView {
            time_left: f64::from(spec.n_steps - self.n_played) * spec.step_time(),
            inventory: self.inventory,
        }
    }

    pub(super) const fn outcome(&self, spec: &MarketMakingSpec) -> Outcome {
        if self.n_played < spec.n_steps {
            Outcome::Running
        } else {
            // Time left is part of the state, and nothing follows it.
            Outcome::Terminated
        }
    }

    /// Plays a step; returns its reward. What chance draws does not depend on the moves, so two players meet the same noise.
    pub(super) fn play(
        &mut self,
        spec: &MarketMakingSpec,
        space: &ShockSpace,
        quotes: Quotes,
        shock: Shock<'_>,
    ) -> f64 {
        if self.outcome(spec).is_over() {
            return 0.0;
        }
        self.shock = space.project(shock, self.spent_bps, &mut self.shock_bps);
        self.spent_bps += self.shock.norm_bps;
        self.clean_move = self.rng.sample(StandardNormal);
        let chances: [f64; 2] = [self.rng.r#gen(), self.rng.r#gen()];

        let (dt, before) = (spec.step_time(), self.inventory);
        self.fill(spec, quotes, chances, dt);
        let after = self.inventory;
        let exposed = match spec.timing {
            QuoteTiming::QuotesFirst => after,
            QuoteTiming::PriceFirst => before,
        };
        let diffusion = spec.volatility * dt.sqrt() * self.clean_move;
        let moved = spec.initial_mid * self.shock_bps[0] * 1e-4;
        let (drift, jump) = match space.kind {
            ShockKind::Jump => (0.0, moved),
            ShockKind::Print | ShockKind::Drift => (moved, 0.0),
        };
        self.mid += diffusion + moved;
        self.n_played += 1;

        let earned = income(self.bought, quotes.bid_offset) + income(self.sold, quotes.ask_offset);
        let profit = earned + f64::from(exposed) * (diffusion + drift) + f64::from(after) * jump;
        self.wealth += profit;
        let terminal = if self.n_played == spec.n_steps {
            spec.terminal.of(after)
        } else {
            0.0
        };
        profit - spec.running.of(exposed) * dt - terminal
    }

    /// At most one order on each side, none on a side that would leave the bound.
    fn fill(&mut self, spec: &MarketMakingSpec, quotes: Quotes, chances: [f64; 2], dt: f64) {
        let flow = spec.flow.scaled(
            self.shock.liquidity_multiplier,
            self.shock.spread_multiplier,
        );
        let bound = spec.max_inventory.cast_signed();
        let filled = |chance: f64, offset: f64, room: bool| {
            i32::from(room && chance < flow.fill_probability(spec.fills, offset, dt))
        };
        self.bought = filled(chances[0], quotes.bid_offset, self.inventory < bound);
        self.sold = filled(chances[1], quotes.ask_offset, self.inventory > -bound);
        self.inventory += self.bought - self.sold;
    }
}

/// What `n_filled` orders at `offset` earn against the mid price; an order that was not filled earns nothing even at infinity.
fn income(n_filled: i32, offset: f64) -> f64 {
    if n_filled > 0 { offset } else { 0.0 }
}
