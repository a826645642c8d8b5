//! Share of the known optimum that the pathwise learner reaches on the signal market, against CPU
//! seconds of one thread.
//!
//!     cargo run --release --no-default-features --features learn --example pathwise_signals
//!
//! The market of `envs/signal_study-v1.ron`. Training rows: 14,600 (early stopping on the 1,825
//! rows behind them) and 200,000. The share is the expected reward of the policy over that of the best
//! weights, both before costs and from the exact conditional moments, on 4,000 rows of a path that
//! no training saw; the seed draws the prices and the weights. An argument sets H, which is else 1.
//! `docs/pathwise.md` has the table.
#![allow(clippy::print_stdout, reason = "an example is printed")]

use chrono::DateTime;
use shockproof::{
    algo::{Algorithm, LearnConfig, Regularizer},
    env::{Action, Env, Market, Reward, Shock, TradingEnv, TradingSpec},
    features::FeatureSpec,
    market::{Allocation, Costs},
    models::{Correlation, SignalMarket, SignalPath},
    policy::{Actions, ActorCritic, FrozenPolicy, device::Cpu},
    rng::Streams,
    train::{Checkpoint, EarlyStopping, TrainConfig, train_with},
    units::Bps,
};
use std::{error::Error, num::NonZeroUsize, ops::Range, sync::Arc};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const RISK_AVERSION: f64 = 100.0;
const SEEDS: [u64; 3] = [11, 12, 13];
/// Checkpoints without a better one before a training stops.
const PATIENCE: u64 = 20;
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

/// A training whose updates have 512 rows: 512 / H copies of H steps.
fn config(horizon: usize, case: &Case) -> TrainConfig {
    let mut config = TrainConfig::pathwise(case.total_steps);
    config.n_envs /= horizon;
    config.learn = LearnConfig {
        algorithm: Algorithm::Pathwise { horizon },
        n_steps: horizon,
        // Apart from costs, a decision affects the next bar only.
        gamma: if horizon == 1 { 0.0 } else { 0.9 },
        ..config.learn
    };
    config.regularizer = case.regularizer.clone();
    config.checkpoint_every = case.validation.as_ref().map(|_| 100);
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

struct Case {
    n_bars: usize,
    /// Rows on which checkpoints are judged.
    validation: Option<Range<usize>>,
    total_steps: u64,
    regularizer: Regularizer,
}

fn cases() -> [Case; 4] {
    let frobenius = Regularizer::Frobenius {
        weight: 1.0,
        projections: Some(NonZeroUsize::MIN),
    };
    let short = |regularizer| Case {
        n_bars: 14_600,
        validation: Some(14_620..14_620 + 1825),
        total_steps: 2_000_000,
        regularizer,
    };
    let long = |total_steps| Case {
        n_bars: 200_000,
        validation: None,
        total_steps,
        regularizer: Regularizer::None,
    };
    [
        short(Regularizer::None),
        short(frobenius),
        long(1_500_000),
        long(3_000_000),
    ]
}

struct Run {
    /// Share at the end of the training.
    last: f64,
    /// Share and update of the checkpoint that is best on validation rows.
    best: Option<(f64, u64)>,
    seconds: f64,
}

fn run(case: &Case, config: &TrainConfig, seed: u64) -> Result<Run> {
    let n_all = case
        .validation
        .as_ref()
        .map_or(case.n_bars, |rows| rows.end);
    let panel = path(n_all, seed, 0)?.panel().clone();
    let env = TradingEnv::fit(panel, spec()?, 0..case.n_bars)?;
    let unseen = path(UNSEEN, seed, 1)?;
    let normalizer = env.market().normalizer().clone();
    let market = Market::new(unseen.panel().clone(), &env.spec().features, normalizer)?;
    let device = Cpu::default();
    let network = config.policy.network(env.layout(), env.action_space());
    let load = |checkpoint: &Checkpoint| {
        let hidden = &config.policy.critic_hidden;
        let policy = ActorCritic::from_tensors(&network, hidden, &checkpoint.tensors, &device);
        policy.map(|policy: ActorCritic<f32, Cpu>| policy.freeze())
    };
    let rules = TradingSpec {
        horizon: None,
        ..env.spec().clone()
    };
    let rows = case.validation.clone();
    let rows = rows.map(|rows| TradingEnv::new(Arc::clone(env.market()), rules, rows));
    let rows = rows.transpose()?;
    let mut observer = EarlyStopping::new(PATIENCE, |checkpoint| match &rows {
        Some(rows) => score(&load(checkpoint)?, rows.clone()),
        None => Ok(0.0),
    });
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
    let best = observer.best().filter(|_| rows.is_some()).map(|(_, best)| {
        let share = share(&load(best)?, &market, &unseen)?;
        Ok::<_, Box<dyn Error + Send + Sync>>((share, best.update))
    });
    Ok(Run {
        last: share(&trained.policy.freeze(), &market, &unseen)?,
        best: best.transpose()?,
        seconds,
    })
}

fn table(horizon: usize) -> Result<()> {
    println!("  bars  penalty  seed    steps  CPU s  share  best on validation (update)");
    for case in cases() {
        let weight = case.regularizer.weight();
        let (n_bars, n_steps) = (case.n_bars, case.total_steps / 1000);
        for seed in SEEDS {
            let Run {
                last,
                best,
                seconds,
            } = run(&case, &config(horizon, &case), seed)?;
            let best = best.map_or_else(String::new, |(share, update)| {
                format!("{:24.1} % ({update})", 100.0 * share)
            });
            let last = 100.0 * last;
            print!("{n_bars:6} {weight:8.1} {seed:5} {n_steps:6} k {seconds:6.1} {last:4.1} %");
            println!("{best}");
        }
    }
    Ok(())
}

fn main() -> Result<()> {
    let horizon = std::env::args().nth(1).map(|text| text.parse());
    let horizon = horizon.transpose()?.unwrap_or(1);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| table(horizon))
}
