//! One episode of quoting: the order of events within a step.

use super::{
    MarketMakingSpec,
    closed_form::{QuoteTiming, Quotes},
};
use crate::features::Field;
use crate::{
    env::{ProjectedShock, ShockKind, ShockSpec},
    games::{
        ObservedPrice, SimulatedInterventions,
        episode_rules::{EpisodeRules, StepContext},
        last_move::account_field,
    },
};
use rand::Rng as _;

/// Position of a quoter.
#[derive(Debug, Clone)]
pub struct QuoterPosition {
    pub(super) mid: f64,
    pub(super) inventory: i32,
    /// Cash plus inventory at the mid price; 0 at the start.
    pub(super) wealth: f64,
    pub(super) bought: i32,
    pub(super) sold: i32,
}

impl EpisodeRules for MarketMakingSpec {
    type Position = QuoterPosition;
    type Move = Quotes;
    const N_DIMS: usize = 2;
    const NO_MOVE: Quotes = Quotes::symmetric(f64::NAN);

    fn n_steps(&self) -> u32 {
        self.n_steps
    }

    fn sight(&self) -> ObservedPrice {
        self.sight
    }

    fn shocks(&self) -> &ShockSpec {
        &self.shocks
    }

    fn sigmas_per_bp(&self) -> f64 {
        self.initial_mid * 1e-4 / (self.volatility * self.step_time().sqrt())
    }

    fn holdings_field(&self) -> Field {
        account_field("account.inventory", "fraction of the bound", (-1.0, 1.0))
    }

    fn holdings(&self, position: &QuoterPosition) -> f64 {
        f64::from(position.inventory) / f64::from(self.max_inventory)
    }

    fn start(&self) -> QuoterPosition {
        QuoterPosition {
            mid: self.initial_mid,
            inventory: 0,
            wealth: 0.0,
            bought: 0,
            sold: 0,
        }
    }

    fn decode(&self, _position: &QuoterPosition, numbers: &[f32]) -> Option<Quotes> {
        let numbers = <[f32; 2]>::try_from(numbers).ok()?;
        Some(self.quotes(numbers))
    }

    /// Refuses both quotes if either offset is NaN or −∞.
    fn admit(
        &self,
        _position: &QuoterPosition,
        given: Quotes,
        counts: &mut SimulatedInterventions,
    ) -> Quotes {
        let sound = |offset: f64| offset > f64::NEG_INFINITY;
        if sound(given.bid_offset) && sound(given.ask_offset) {
            given
        } else {
            counts.refused_actions += 1;
            Quotes::symmetric(f64::INFINITY)
        }
    }

    fn play(
        &self,
        position: &mut QuoterPosition,
        context: &mut StepContext,
        quotes: Quotes,
    ) -> f64 {
        let chances: [f64; 2] = [context.rng.r#gen(), context.rng.r#gen()];
        let (dt, before) = (self.step_time(), position.inventory);
        position.fill(self, quotes, chances, context.shock);
        let after = position.inventory;
        let exposed = match self.timing {
            QuoteTiming::QuotesFirst => after,
            QuoteTiming::PriceFirst => before,
        };
        let diffusion = self.volatility * dt.sqrt() * context.clean_move;
        let moved = self.initial_mid * context.shock_bps[0] * 1e-4;
        let (drift, jump) = match self.shocks.kind {
            ShockKind::Jump => (0.0, moved),
            ShockKind::Print | ShockKind::Drift => (moved, 0.0),
        };
        position.mid += diffusion + moved;

        let earned = quotes.income(f64::from(position.bought), f64::from(position.sold));
        let profit = earned + f64::from(exposed) * (diffusion + drift) + f64::from(after) * jump;
        position.wealth += profit;
        let terminal = if context.n_played == self.n_steps {
            self.terminal.of(after)
        } else {
            0.0
        };
        profit - self.running.of(exposed) * dt - terminal
    }
}

impl QuoterPosition {
    /// Fills at most one order per side, and none beyond the inventory bound.
    fn fill(
        &mut self,
        spec: &MarketMakingSpec,
        quotes: Quotes,
        chances: [f64; 2],
        shock: ProjectedShock,
    ) {
        let (dt, bound) = (spec.step_time(), spec.max_inventory.cast_signed());
        let flow = spec
            .flow
            .scaled(shock.liquidity_multiplier, shock.spread_multiplier);
        let filled = |chance: f64, offset: f64, room: bool| {
            i32::from(room && chance < flow.fill_probability(spec.fills, offset, dt))
        };
        self.bought = filled(chances[0], quotes.bid_offset, self.inventory < bound);
        self.sold = filled(chances[1], quotes.ask_offset, self.inventory > -bound);
        self.inventory += self.bought - self.sold;
    }
}
