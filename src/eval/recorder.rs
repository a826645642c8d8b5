//! From an environment to a ledger.

use super::Ledger;
use crate::env::{Interventions, Outcome, TradingEnv};

/// Writes a ledger, one bar per step.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    ledger: Ledger,
}

impl Recorder {
    /// Of the nominal market, unless [`Recorder::under`] says otherwise.
    pub(super) fn new(policy: &str, seed: u64) -> Self {
        Self {
            ledger: Ledger {
                policy: policy.to_owned(),
                attack: Ledger::NOMINAL.to_owned(),
                budget_bps: 0.0,
                seed,
                symbols: Vec::new(),
                initial_equity: 0.0,
                bar_seconds: 0,
                timestamps: Vec::new(),
                equity: Vec::new(),
                cost: Vec::new(),
                turnover: Vec::new(),
                weights: Vec::new(),
                close: Vec::new(),
                shock_bps: Vec::new(),
                ruined: false,
                interventions: Interventions::default(),
            },
        }
    }

    /// The same, under an attack.
    pub(super) fn under(mut self, attack: &str, budget_bps: f64) -> Self {
        attack.clone_into(&mut self.ledger.attack);
        self.ledger.budget_bps = budget_bps;
        self
    }

    /// Before the first step.
    pub(super) fn begin(&mut self, env: &TradingEnv) {
        let panel = env.market().panel();
        let n_bars = env.last_row() - env.first_row();
        let ledger = &mut self.ledger;
        ledger.symbols = panel.symbols().to_vec();
        ledger.bar_seconds = panel.bar_length().num_seconds();
        ledger.initial_equity = env.equity();
        ledger.timestamps.reserve(n_bars);
        for column in [&mut ledger.equity, &mut ledger.cost, &mut ledger.turnover] {
            column.reserve(n_bars);
        }
        for matrix in [
            &mut ledger.weights,
            &mut ledger.close,
            &mut ledger.shock_bps,
        ] {
            matrix.reserve(n_bars * panel.n_assets());
        }
    }

    /// After each step.
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

    /// After the last step.
    pub(super) fn finish(mut self, env: &TradingEnv) -> Ledger {
        self.ledger.ruined = env.outcome() == Outcome::Terminated;
        self.ledger.interventions = env.interventions();
        self.ledger
    }
}
