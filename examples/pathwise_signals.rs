//! Share of the known optimum that the pathwise learner reaches on the signal market, against CPU
//! seconds of one thread.
//!
//!     cargo run --release --no-default-features --features learn --example pathwise_signals
//!
//! The market of `envs/signal_study-v1.ron`. Training rows: 14,600 (early stopping on the 1,825 rows
//! behind them) and 200,000. The share is the expected reward of the policy over that of the best
//! weights, both before costs and from the exact conditional moments, on 4,000 rows of a path that
//! no training saw; the seed draws the prices and the weights. Arguments: `H` and the numbers of
//! steps in thousands, e.g. `1 1500 6000`.
#![allow(clippy::print_stdout, reason = "an example is printed")]

use chrono::DateTime;
use shockproof::{
    algo::{Algorithm, LearnConfig, Schedule},
    env::{Action, Env, Market, Reward, Shock, TradingEnv, TradingSpec},
    features::FeatureSpec,
    market::{Allocation, Costs},
    models::{Correlation, SignalMarket, SignalPath},
    policy::{Actions, ActorCritic, FrozenPolicy, device::Cpu},
    rng::Streams,
    train::{Checkpoint, EarlyStopping, ObserverError, TrainConfig, train_with},
    units::Bps,
};
use std::{error::Error, num::NonZeroUsize, ops::Range, sync::Arc};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const RISK_AVERSION: f64 = 100.0;
const SEEDS: [u64; 3] = [1, 2, 3];
const VALIDATION: usize = 1825;
const UNSEEN: usize = 4000;

fn path(n_bars: usize, seed: u64, number: u32) -> Result<SignalPath> {
    let market = SignalMarket {
        symbols: ["A", "B", "C", "D"].map(String::from).to_vec(),
        initial_price: 100.0,
        n_bars,
        bar_seconds: 3600,
        steps_per_bar: 1,
        start: DateTime::UNIX_EPOCH,
        bar_volatility: 0.01,
        correlation: Correlation::Independent,
        n_signals: 28,
        n_relevant: 12,
        persistence: 0.8,
        sharpness: 3.0,
        signal_strength: 0.6,
        n_returns: 2,
        return_strength: 0.3,
        coefficients_seed: 1,
    };
    Ok(market.simulate(&Streams::new(seed), number)?)
}

fn spec() -> Result<TradingSpec> {
    let features = vec![FeatureSpec::LogReturns { window: 2 }, FeatureSpec::Signals];
    Ok(TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            half_spread: Bps::new(0.5)?,
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 4.0,
        },
        reward: Reward::PnlMinusRisk {
            risk_aversion: RISK_AVERSION,
        },
        horizon: Some(250),
        account: Vec::new(),
        ..TradingSpec::new(features)
    })
}

fn config(horizon: usize, total_steps: u64) -> TrainConfig {
    let mut config = TrainConfig::pathwise(total_steps);
    config.n_envs /= horizon;
    config.learn = LearnConfig {
        algorithm: Algorithm::Pathwise { horizon },
        n_steps: horizon,
        // Apart from costs, a decision affects the next bar only.
        gamma: if horizon == 1 { 0.0 } else { 0.9 },
        learning_rate: Schedule::Cosine {
            from: 3e-3,
            to: 0.0,
        },
        ..config.learn
    };
    config
}

fn weights(policy: &FrozenPolicy<f32, Cpu>, observation: &[f32]) -> Result<Vec<f32>> {
    match policy.decide(observation, 1)? {
        Actions::Continuous(weights) => Ok(weights),
        Actions::Categorical(_) => Err("the head is Gaussian".into()),
    }
}

/// Share of the optimum's expected reward.
fn share(policy: &FrozenPolicy<f32, Cpu>, market: &Market, path: &SignalPath) -> Result<f64> {
    let (mut found, mut best) = (0.0, 0.0);
    for t in 20..path.panel().n_bars() {
        let weights = weights(policy, market.observation(t))?;
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        found += path.expected_reward(t, &weights, RISK_AVERSION);
        let optimum = path.best_weights(t, RISK_AVERSION).ok_or("no optimum")?;
        best += path.expected_reward(t, &optimum, RISK_AVERSION);
    }
    Ok(found / best)
}

/// Sum of rewards over all rows of `env`, which plays them in order.
fn score(policy: &FrozenPolicy<f32, Cpu>, mut env: TradingEnv) -> Result<f64> {
    let mut total = 0.0;
    while !env.outcome().is_over() {
        let weights = weights(policy, env.observation())?;
        total += env.step(Action::Continuous(&weights), Shock::NONE).reward;
    }
    Ok(total)
}

/// CPU seconds of the process; NaN where the system does not tell.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<f64>> = ticks.map(|field| field.parse().ok()).collect();
    match ticks.as_deref() {
        Some([user, system]) => (user + system) / 100.0,
        _ => f64::NAN,
    }
}

struct Run {
    /// Share at the end of training.
    last: f64,
    /// Share and update of the checkpoint that is best on validation rows.
    stopped: Option<(f64, u64)>,
    seconds: f64,
}

fn run(
    n_bars: usize,
    validation: Option<Range<usize>>,
    seed: u64,
    config: &TrainConfig,
) -> Result<Run> {
    let n_all = validation.as_ref().map_or(n_bars, |rows| rows.end);
    let env = TradingEnv::fit(path(n_all, seed, 0)?.panel().clone(), spec()?, 0..n_bars)?;
    let unseen = path(UNSEEN, seed, 1)?;
    let normalizer = env.market().normalizer().clone();
    let market = Market::new(unseen.panel().clone(), &env.spec().features, normalizer)?;
    let device = Cpu::default();
    let network = config.policy.network(env.layout(), env.action_space());
    let load = |checkpoint: &Checkpoint| {
        let hidden = &config.policy.critic_hidden;
        ActorCritic::<f32, Cpu>::from_tensors(&network, hidden, &checkpoint.tensors, &device)
    };
    let judged = match validation {
        Some(rows) => {
            let rules = TradingSpec {
                horizon: None,
                ..env.spec().clone()
            };
            Some(TradingEnv::new(Arc::clone(env.market()), rules, rows)?)
        }
        None => None,
    };
    let judge = |checkpoint: &Checkpoint| -> std::result::Result<f64, ObserverError> {
        match &judged {
            Some(rows) => score(&load(checkpoint)?.freeze(), rows.clone()),
            None => Ok(f64::NAN),
        }
    };
    let mut observer = EarlyStopping::new(if judged.is_some() { 8 } else { u64::MAX - 1 }, judge);
    let before = cpu_seconds();
    let trained = train_with(
        &env,
        config,
        seed,
        NonZeroUsize::MIN,
        &device,
        &mut observer,
    )?;
    let seconds = cpu_seconds() - before;
    let stopped = match observer.best() {
        Some((_, best)) => {
            let policy = load(best)?.freeze();
            Some((share(&policy, &market, &unseen)?, best.update))
        }
        None => None,
    };
    Ok(Run {
        last: share(&trained.policy.freeze(), &market, &unseen)?,
        stopped,
        seconds,
    })
}

fn table(horizon: usize, thousands: &[u64]) -> Result<()> {
    println!("  bars      steps  seed  CPU s  share at the end  share stopped (update)");
    for n_bars in [14_600, 200_000] {
        for &thousand in thousands {
            for seed in SEEDS {
                let mut config = config(horizon, 1000 * thousand);
                let validation =
                    (n_bars == 14_600).then_some(n_bars + 20..n_bars + 20 + VALIDATION);
                config.checkpoint_every = validation.is_some().then_some(100);
                let found = run(n_bars, validation, seed, &config)?;
                let stopped = found.stopped.map_or_else(String::new, |(share, update)| {
                    format!("{:18.1} % ({update})", 100.0 * share)
                });
                let (last, seconds) = (100.0 * found.last, found.seconds);
                println!("{n_bars:6} {thousand:8} k {seed:5} {seconds:6.1} {last:15.1} %{stopped}");
            }
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let arguments: std::result::Result<Vec<u64>, _> =
        std::env::args().skip(1).map(|text| text.parse()).collect();
    let arguments = arguments?;
    let (horizon, thousands) = match &arguments[..] {
        [] => (1, &[1500, 6000][..]),
        [horizon, rest @ ..] => (usize::try_from(*horizon)?, rest),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| table(horizon, thousands))
}
