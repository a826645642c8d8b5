//! The trading environment of the jobs.

use super::{N_LEVELS, STREAMS};
use chrono::{DateTime, TimeDelta};
use rand::Rng as _;
use rand_distr::StandardNormal;
use shockproof::{
    env::{
        Action, Market, Norm, PrintEnding, Reward, ShockKind, ShockSpec, Shocks, Snapshots,
        TradingEnv, TradingSpec, VectorEnv,
    },
    features::{AccountFeature, FeatureSpec},
    market::{Allocation, Bar, Costs, Panel},
    rng::Component,
    units::Bps,
};
use std::{num::NonZeroUsize, sync::Arc};

pub(crate) const N_BARS: usize = 100_000;
const VOLATILITY: f64 = 8e-4;
const WICK: f64 = 2e-4;

/// Copies of the environment that share one market.
pub(crate) fn envs(n_copies: usize, n_bars: usize) -> Vec<TradingEnv> {
    vec![env(n_bars); n_copies]
}

pub(crate) fn env(n_bars: usize) -> TradingEnv {
    let spec = spec();
    let fitted = Market::fit(panel(n_bars), &spec.features, 0..n_bars).expect("a sound market");
    let market = Arc::new(fitted);
    TradingEnv::new(market, spec, 0..n_bars).expect("sound rules")
}

/// Copies stepped together on one thread, with the actions of some steps drawn in advance.
pub(crate) struct Stepping {
    vector: VectorEnv<TradingEnv>,
    /// Actions, `[n_steps, n_copies]`.
    actions: Vec<u32>,
}

impl Stepping {
    pub(crate) fn new(n_copies: usize, n_steps: usize, n_bars: usize) -> Self {
        let one = NonZeroUsize::MIN;
        let vector = VectorEnv::new(envs(n_copies, n_bars), STREAMS, one, Snapshots::Off);
        let mut vector = vector.expect("copies of one spec");
        vector.reset().expect("no worker to lose");
        let mut rng = STREAMS.stream(Component::Policy, 0);
        let n_levels = u32::try_from(N_LEVELS).expect("a few");
        let action = |_| rng.gen_range(0..n_levels);
        Self {
            vector,
            actions: (0..n_steps * n_copies).map(action).collect(),
        }
    }

    /// Plays all steps and writes every observation. Returns the sum of rewards.
    pub(crate) fn play(&mut self) -> f64 {
        let mut total = 0.0;
        for actions in self.actions.chunks_exact(self.vector.n_copies()) {
            let stepped = self.vector.step(Action::Categorical(actions), Shocks::NONE);
            stepped.expect("a step");
            total += self.vector.steps().rewards.iter().sum::<f64>();
        }
        total
    }
}

fn spec() -> TradingSpec {
    let (levels, max_gross) = (vec![-1.0, 0.0, 1.0], 1.0);
    let (window, half_life) = (31, 31.0);
    TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: Bps::ONE.into(),
            half_spread: Bps::ZERO,
            impact_coefficient: 0.0,
            ..Costs::FREE
        },
        allocation: Allocation::Levels { levels, max_gross },
        orders: shockproof::market::OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: Some(1024),
        ruin_fraction: 0.1,
        features: vec![FeatureSpec::ScaledReturns { window, half_life }],
        account: vec![AccountFeature::Weights],
        shocks: ShockSpec {
            kind: ShockKind::Print,
            print_ending: PrintEnding::Corrected,
            norm: Norm::L2,
            budget_bps: Bps::ZERO,
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        },
    }
}

/// A random walk in one-minute bars.
fn panel(n_bars: usize) -> Panel {
    let mut rng = STREAMS.stream(Component::Market, 0);
    let mut normal = move || rng.sample::<f64, _>(StandardNormal);
    let mut price = 100.0_f64;
    let bars = (0..n_bars)
        .map(|_| {
            let open = price;
            price *= (VOLATILITY * normal()).exp();
            let (high, low) = (open.max(price), open.min(price));
            Bar {
                open,
                high: high * (1.0 + WICK * normal().abs()),
                low: low * (1.0 - WICK * normal().abs()),
                close: price,
                volume: (3.0 + normal()).exp(),
            }
        })
        .collect();
    let minute = TimeDelta::minutes(1);
    let ends = std::iter::successors(Some(DateTime::UNIX_EPOCH), |&end| Some(end + minute));
    let ends = ends.skip(1).take(n_bars).collect();
    Panel::new(vec!["WALK".to_owned()], ends, bars, minute).expect("a sound panel")
}
