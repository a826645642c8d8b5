//! One episode of selling a block: the order of events within a step.

use super::ExecutionSpec;
use crate::features::Field;
use crate::{
    env::ShockSpec,
    games::{
        ObservedPrice, SimulatedInterventions,
        episode_rules::{EpisodeRules, StepContext},
        last_move::account_field,
    },
};

/// Position of a seller.
#[derive(Debug, Clone)]
pub struct SellerPosition {
    pub(super) price: f64,
    pub(super) holdings: f64,
    proceeds: f64,
}

impl SellerPosition {
    pub(super) fn wealth(&self) -> f64 {
        self.proceeds + self.holdings * self.price
    }
}

impl EpisodeRules for ExecutionSpec {
    type Position = SellerPosition;
    /// Number of shares to sell.
    type Move = f64;
    const N_DIMS: usize = 1;
    const NO_MOVE: f64 = f64::NAN;

    fn n_steps(&self) -> u32 {
        self.liquidation.n_steps
    }

    fn sight(&self) -> ObservedPrice {
        self.sight
    }

    fn shocks(&self) -> &ShockSpec {
        &self.shocks
    }

    fn sigmas_per_bp(&self) -> f64 {
        let block = &self.liquidation;
        self.initial_price * 1e-4 / (block.volatility * block.step_time().sqrt())
    }

    fn holdings_field(&self) -> Field {
        account_field("account.holdings", "fraction of the block", (0.0, 1.0))
    }

    fn holdings(&self, position: &SellerPosition) -> f64 {
        position.holdings / self.liquidation.shares
    }

    fn start(&self) -> SellerPosition {
        SellerPosition {
            price: self.initial_price,
            holdings: self.liquidation.shares,
            proceeds: 0.0,
        }
    }

    fn decode(&self, position: &SellerPosition, numbers: &[f32]) -> Option<f64> {
        match numbers {
            [a] => Some(self.share(*a) * position.holdings),
            _ => None,
        }
    }

    /// Clamps a sale to the range from 0 to the holdings.
    fn admit(
        &self,
        position: &SellerPosition,
        given: f64,
        counts: &mut SimulatedInterventions,
    ) -> f64 {
        if given.is_nan() {
            counts.refused_actions += 1;
            return 0.0;
        }
        let outside = given < 0.0 || given > position.holdings;
        counts.clamped_numbers += u64::from(outside);
        given.clamp(0.0, position.holdings)
    }

    fn play(&self, position: &mut SellerPosition, context: &mut StepContext, n_shares: f64) -> f64 {
        let (block, wealth) = (&self.liquidation, position.wealth());
        let (step, depth) = (block.step_time(), context.shock.liquidity_multiplier);
        let sold = if context.n_played == block.n_steps {
            position.holdings
        } else {
            n_shares
        };
        let discount = block.half_spread * context.shock.spread_multiplier
            + block.temporary_impact / depth * sold / step;
        position.proceeds += sold * (position.price - discount);
        position.holdings -= sold;
        position.price += block.volatility * step.sqrt() * context.clean_move
            - block.permanent_impact / depth * sold
            + self.initial_price * context.shock_bps[0] * 1e-4;
        let held = position.holdings;
        let variance = block.volatility * block.volatility * step * held * held;
        position.wealth() - wealth - self.risk_aversion * variance
    }
}
