use super::Ledger;
use crate::{
    env::{Env as _, Outcome, TradingEnv},
    market::{Charge, Panel},
    units::Bps,
};

/// Builder of a ledger, one bar per step.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    ledger: Ledger,
}

impl Recorder {
    /// Creates a recorder of `policy` in `env` before its first step; `attack` holds the name and
    /// the budget of the attack.
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

    /// Records the last step.
    pub(super) fn record(&mut self, env: &TradingEnv) {
        let ledger = &mut self.ledger;
        let panel = env.market().panel();
        let charge = env.last_fill().charge;
        ledger.add_times(panel, env.row());
        ledger.equity.push(env.equity());
        ledger.cash.push(env.portfolio().cash());
        ledger.cost.push(charge.total());
        ledger.charges.push(charge);
        ledger.turnover.push(env.last_turnover());
        ledger.weights.extend_from_slice(env.marked_weights());
        ledger.targets.extend_from_slice(env.last_targets());
        ledger.ordered.extend_from_slice(env.ordered_units());
        ledger.units.extend_from_slice(env.filled_units());
        let prices = (0..panel.n_assets()).map(|asset| env.fill_price(asset));
        ledger.fill_price.extend(prices);
        let (forced_units, forced_prices) = env.forced_trades();
        ledger.forced_units.extend_from_slice(forced_units);
        ledger.forced_price.extend_from_slice(forced_prices);
        ledger.close.extend_from_slice(env.closes());
        let shock = env.applied_shock();
        ledger.shock_bps.extend_from_slice(shock.price_bps);
        ledger.spread_multiplier.push(shock.spread_multiplier);
        ledger.liquidity_multiplier.push(shock.liquidity_multiplier);
    }

    /// Records the outcome and returns the ledger. A ruined account holds its cash over the bars
    /// that it did not play.
    pub(super) fn finish(mut self, env: &TradingEnv) -> Ledger {
        let ledger = &mut self.ledger;
        ledger.ruined = env.outcome() == Outcome::Terminated;
        ledger.interventions = env.interventions();
        let panel = env.market().panel();
        let n_assets = panel.n_assets();
        let last = panel.row(env.row());
        for row in env.row() + 1..=env.last_row() {
            ledger.add_times(panel, row);
            ledger.equity.push(env.equity());
            ledger.cash.push(env.portfolio().cash());
            ledger.cost.push(0.0);
            ledger.charges.push(Charge::default());
            ledger.turnover.push(0.0);
            ledger.spread_multiplier.push(1.0);
            ledger.liquidity_multiplier.push(1.0);
            for (asset, bar) in panel.row(row).iter().enumerate() {
                // Jumps before the ruin moved the level of the true price.
                let level = env.closes()[asset] / last[asset].close;
                ledger.fill_price.push(bar.open * level);
                ledger.close.push(bar.close * level);
            }
            for column in [
                &mut ledger.weights,
                &mut ledger.targets,
                &mut ledger.ordered,
                &mut ledger.units,
                &mut ledger.forced_units,
                &mut ledger.forced_price,
                &mut ledger.shock_bps,
            ] {
                column.resize(column.len() + n_assets, 0.0);
            }
        }
        self.ledger
    }
}

impl Ledger {
    /// Adds the times of the bar in `row`.
    fn add_times(&mut self, panel: &Panel, row: usize) {
        let ends = panel.timestamps();
        self.timestamps.push(ends[row]);
        self.decided.push(ends[row - 1]);
        // A nominal length may exceed the time since the previous bar; no fill precedes its
        // decision.
        self.filled
            .push((ends[row] - panel.bar_length()).max(ends[row - 1]));
    }
}
