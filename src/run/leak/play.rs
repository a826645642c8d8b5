//! Backtests in a world without an edge, with the profit split into holding and fills.

use super::{
    lab::{Lab, World},
    tally::Tally,
};
use crate::{
    env::{Order, Shock, TradingEnv},
    eval::PolicyDecider,
    run::RunError,
};

/// Profit before costs of one backtest, in units of the initial equity.
///
/// With units u, cash C, charges K and the world's prices S at the decision of row t,
///
/// * holding: `Σ_i u_i(t+1) (S_i(t+1) − S_i(t))`
/// * fills: `C(t+1) − C(t) + K(t+1) + Σ_i (u_i(t+1) − u_i(t)) S_i(t)`: the value of what was traded
///   at the decision's prices less what was paid for it
/// * profit: their sum, the change of equity at the world's prices with the charges added back.
///
/// All three have conditional mean 0 if sizes are fixed at the decision and fills come after it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Played {
    pub(super) profit: Tally,
    pub(super) fills: Tally,
    /// Charges, in units of the initial equity.
    pub(super) costs: f64,
}

impl Played {
    pub(super) fn merge(&mut self, other: Self) {
        self.profit.merge(other.profit);
        self.fills.merge(other.fills);
        self.costs += other.costs;
    }
}

/// A strategy of the leak check.
pub(super) enum Player {
    /// A trained policy.
    Policy(Box<PolicyDecider>),
    /// Holds each asset in the direction of its newest move in the world, times `sign`. It knows
    /// the price at the decision even where the newest bar is stale.
    Mover {
        /// 1 follows the move, −1 fades it.
        sign: f64,
        targets: Vec<f64>,
    },
}

impl Player {
    pub(super) fn mover(sign: f64, n_assets: usize) -> Self {
        Self::Mover {
            sign,
            targets: vec![0.0; n_assets],
        }
    }

    fn order(
        &mut self,
        lab: &Lab<'_>,
        env: &TradingEnv,
        world: &World,
    ) -> Result<Order<'_>, RunError> {
        match self {
            Self::Policy(policy) => {
                let action = policy.act(env.observation(), env.timestamp());
                let failed = |error| RunError::failed("decision of the policy", &error);
                action.map(Order::Action).map_err(failed)
            }
            Self::Mover { sign, targets } => {
                let row = env.row();
                let (now, before) = (world.fair(row), world.fair(row.saturating_sub(1)));
                let share = *sign * MOVER_GROSS / targets.len() as f64;
                let bars = world.panel().row(row).iter().zip(now.iter().zip(before));
                for (target, (bar, (now, before))) in targets.iter_mut().zip(bars) {
                    // A stale close differs from the price at the decision.
                    let stale = now - bar.close;
                    let moved = if stale.abs() > 1e-9 * now {
                        stale
                    } else {
                        now - before
                    };
                    *target = share * moved.signum();
                }
                (lab.resize)(env, targets);
                Ok(Order::Targets(targets))
            }
        }
    }
}

/// Gross weight of a mover.
const MOVER_GROSS: f64 = 0.5;

/// Plays the test span once.
pub(super) fn play(lab: &Lab<'_>, world: &World, player: &mut Player) -> Result<Played, RunError> {
    let mut env = world.test_env()?;
    let scale = env.equity().recip();
    let mut sums = Played::default();
    let mut units = env.portfolio().units().to_vec();
    while !env.outcome().is_over() {
        let (row, cash) = (env.row(), env.portfolio().cash());
        let order = player.order(lab, &env, world)?;
        env.play(order, Shock::NONE);
        let charge = env.last_fill().charge.total();
        let (fair, next) = (world.fair(row), world.fair(env.row()));
        let mut fills = env.portfolio().cash() - cash + charge;
        let mut holding = 0.0;
        for (i, units) in units.iter_mut().enumerate() {
            let held = env.portfolio().units()[i];
            fills += (held - *units) * fair[i];
            holding += held * (next[i] - fair[i]);
            *units = held;
        }
        sums.profit.add((fills + holding) * scale);
        sums.fills.add(fills * scale);
        sums.costs += charge * scale;
    }
    Ok(sums)
}
