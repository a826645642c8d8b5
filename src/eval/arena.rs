//! Where a backtest happens: a market, the rules, and a span.

use super::{Decider, EvalError, Ledger, Sight, recorder::Recorder};
use crate::{
    agent::{Contract, PolicyFile},
    env::{Env, Market, Shock, ShockKind, TradingEnv, TradingSpec},
    rng::{Component, Rng, Streams},
    units::Bps,
};
use std::{ops::Range, sync::Arc};

/// A span of a market under the rules of an environment, played once from its first to its last row.
///
/// Timing and costs are [`TradingEnv`]'s: decided on the close of bar t, filled at the open of bar t+1, marked at its close,
/// liquidated (at a cost) at the end. The horizon of the rules is ignored: a backtest plays the whole span.
#[derive(Debug, Clone)]
pub struct Arena {
    market: Arc<Market>,
    spec: TradingSpec,
    rows: Range<usize>,
}

impl Arena {
    /// # Errors
    /// [`EvalError::Env`] where the environment cannot be built on these rows.
    pub fn new(
        market: Arc<Market>,
        spec: TradingSpec,
        rows: Range<usize>,
    ) -> Result<Self, EvalError> {
        let spec = TradingSpec {
            horizon: None,
            ..spec
        };
        let arena = Self { market, spec, rows };
        arena.env()?;
        Ok(arena)
    }

    /// The market.
    #[must_use]
    pub const fn market(&self) -> &Arc<Market> {
        &self.market
    }

    /// The rules, without a horizon.
    #[must_use]
    pub const fn spec(&self) -> &TradingSpec {
        &self.spec
    }

    /// Whether `policy` may trade here: same assets, bars, features, decoding and normalizer.
    ///
    /// # Errors
    /// [`EvalError::Policy`] or [`EvalError::Normalizer`] naming the first difference.
    pub fn admit(&self, policy: &PolicyFile) -> Result<(), EvalError> {
        let header = &policy.header;
        let panel = self.market.panel();
        let contract = Contract {
            symbols: panel.symbols(),
            bar_seconds: panel.bar_length().num_seconds(),
            features: &self.spec.features,
            account: &self.spec.account,
            allocation: &self.spec.allocation,
        };
        contract
            .admits(header)
            .and_then(|()| policy.check())
            .map_err(|fault| EvalError::Policy {
                policy: header.method.clone(),
                fault,
            })?;
        let (theirs, ours) = (&header.normalizer, self.market.normalizer());
        let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
        let differs = |&i: &usize| {
            !same(theirs.mean[i], ours.mean[i]) || !same(theirs.scale[i], ours.scale[i])
        };
        match (0..ours.mean.len()).find(differs) {
            Some(index) => Err(EvalError::Normalizer {
                policy: header.method.clone(),
                index,
            }),
            None => Ok(()),
        }
    }

    /// Plays `decider` through the nominal market.
    ///
    /// # Errors
    /// [`EvalError`] of the decider.
    pub fn backtest(&self, decider: &mut dyn Decider) -> Result<Ledger, EvalError> {
        let recorder = Recorder::new(decider.name(), decider.seed());
        self.play(decider, self.env()?, recorder, |_, _| {})
    }

    /// Plays `decider` under random shocks, uniform in the ball of `budget`: what the attack [`crate::adversary::Player::Random`]
    /// does to a policy, with the same noise, for anyone (a baseline has no gradient to follow).
    ///
    /// # Errors
    /// [`EvalError`] of the decider.
    pub fn backtest_shaken(
        &self,
        decider: &mut dyn Decider,
        budget: Bps,
        seed: u64,
    ) -> Result<Ledger, EvalError> {
        let recorder = Recorder::new(decider.name(), decider.seed()).under("random", budget.get());
        let env = self.env_with_budget(budget)?;
        let norm = self.spec.shocks.norm;
        self.play(decider, env, recorder, |env, shock_bps| {
            let mut rng = noise(seed, env.row());
            crate::adversary::sample_in_ball(norm, budget.get(), &mut rng, shock_bps);
        })
    }

    fn play(
        &self,
        decider: &mut dyn Decider,
        mut env: TradingEnv,
        mut recorder: Recorder,
        shock: impl Fn(&TradingEnv, &mut [f64]),
    ) -> Result<Ledger, EvalError> {
        let n_assets = self.market.panel().n_assets();
        decider.begin(n_assets, &self.closes_before(env.row()));
        recorder.begin(&env);
        let mut shock_bps = vec![0.0; n_assets];
        let mut shown = vec![0.0; n_assets];
        while !env.outcome().is_over() {
            show_closes(&env, &mut shown);
            shock(&env, &mut shock_bps);
            let order = decider.decide(Sight {
                observation: env.observation(),
                closes: &shown,
                end: env.timestamp(),
            })?;
            env.play(order, price_shock(&shock_bps));
            recorder.record(&env);
        }
        Ok(recorder.finish(&env))
    }

    /// Closes before `row`, row-major `[row, n_assets]`.
    fn closes_before(&self, row: usize) -> Vec<f64> {
        let panel = self.market.panel();
        let rows = (0..row).flat_map(|t| panel.row(t));
        rows.map(|bar| bar.close).collect()
    }

    pub(super) fn env(&self) -> Result<TradingEnv, EvalError> {
        self.env_with_budget(self.spec.shocks.budget_bps)
    }

    /// The environment with another per-step budget, at its first row.
    pub(super) fn env_with_budget(&self, budget_bps: Bps) -> Result<TradingEnv, EvalError> {
        let mut spec = self.spec.clone();
        spec.shocks.budget_bps = budget_bps;
        let mut env = TradingEnv::new(Arc::clone(&self.market), spec, self.rows.clone())
            .map_err(|source| EvalError::Env { source })?;
        env.reset(0);
        Ok(env)
    }
}

/// The random numbers of an evaluation at the bar after `row`: the same for every policy, attack and budget.
pub(super) fn noise(seed: u64, row: usize) -> Rng {
    Streams::new(seed).stream(Component::Evaluation, row as u64)
}

/// A shock of prices alone.
pub(super) const fn price_shock(price_bps: &[f64]) -> Shock<'_> {
    Shock {
        price_bps,
        ..Shock::NONE
    }
}

/// The closes of the newest bar as the trader sees them.
fn show_closes(env: &TradingEnv, shown: &mut [f64]) {
    shown.copy_from_slice(env.closes());
    if env.shock_space().kind == ShockKind::Print {
        for (close, bps) in shown.iter_mut().zip(env.applied_shock().price_bps) {
            *close *= (bps * 1e-4).exp();
        }
    }
}
