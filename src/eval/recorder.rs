//! The writer of ledgers.

use super::Ledger;
use crate::env::{Outcome, TradingEnv};

/// Writes a ledger, one bar per step.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    ledger: Ledger,
}

impl Recorder {
    /// A recorder of the nominal market.
    pub(super) fn new(policy: &str, seed: u64) -> Self {
        Self {
            ledger: Ledger::empty(policy, seed),
        }
    }

    /// The recorder of an attacked market.
    pub(super) fn under(mut self, attack: &str, budget_bps: f64) -> Self {
        attack.clone_into(&mut self.ledger.attack);
        self.ledger.budget_bps = budget_bps;
        self
    }

    /// Records the state before the first step.
    pub(super) fn begin(&mut self, env: &TradingEnv) {
        let panel = env.market().panel();
        let ledger = &mut self.ledger;
        ledger.symbols = panel.symbols().to_vec();
        ledger.bar_seconds = panel.bar_length().num_seconds();
        ledger.initial_equity = env.equity();
    }

    /// Records one step.
    pub(super) fn record(&mut self, env: &TradingEnv) {
        let ledger = &mut self.ledger;
        ledger.timestamps.push(env.timestamp());
        ledger.equity.push(env.equity());
        ledger.cost.push(env.last_fill().charge.total());
        ledger.turnover.push(env.last_turnover());
        ledger.weights.extend_from_slice(env.marked_weights());
        ledger.close.extend_from_slice(env.closes());
        ledger
            .shock_bps
            .extend_from_slice(env.applied_shock().price_bps);
    }

    /// Records the end and returns the ledger.
    pub(super) fn finish(mut self, env: &TradingEnv) -> Ledger {
        self.ledger.ruined = env.outcome() == Outcome::Terminated;
        self.ledger.interventions = env.interventions();
        self.ledger
    }
}
