use super::Ledger;
use crate::{
    env::{Env as _, Outcome, TradingEnv},
    units::Bps,
};

/// Builder of a ledger, one bar per step.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    ledger: Ledger,
}

impl Recorder {
    /// Creates a recorder of `policy` in `env` before its first step; `attack` has name and budget.
    pub(super) fn new(
        env: &TradingEnv,
        policy: &str,
        seed: u64,
        attack: Option<(&str, Bps)>,
    ) -> Self {
        let panel = env.market().panel();
        let threat = attack.map(|_| env.shock_space().threat());
        let (attack, budget) = attack.unwrap_or((Ledger::NOMINAL, Bps::ZERO));
        let ledger = Ledger {
            attack: attack.to_owned(),
            budget_bps: budget.get(),
            threat,
            symbols: panel.symbols().to_vec(),
            bar_seconds: panel.bar_length().num_seconds(),
            initial_equity: env.equity(),
            ..Ledger::empty(policy, seed)
        };
        Self { ledger }
    }

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

    /// Records the outcome and returns the ledger.
    pub(super) fn finish(mut self, env: &TradingEnv) -> Ledger {
        self.ledger.ruined = env.outcome() == Outcome::Terminated;
        self.ledger.interventions = env.interventions();
        self.ledger
    }
}
