//! Benchmarks of the hottest calls, on synthetic prices.
//!
//!     cargo bench --no-default-features --features learn --bench hot_paths [-- FILTER]
//!
//! | group | question |
//! |---|---|
//! | `env_step` | a step: alone, 1, 16, 256 copies, 256 small copies; per environment step |
//! | `levels_env_step` | 256 copies of the environment of `peers`; per environment step |
//! | `cartpole_step` | the example's environment in a vector environment; per environment step |
//! | `policy_forward` | actions, log probabilities, values of a rollout batch; per row |
//! | `rollout` | acting and stepping, clean and against each player; per environment step |
//! | `update` | a PPO gradient step on 256 rows, plain and with AAJR settings; per step |
//! | `ascent` | the inner loop alone on 256 rows |
//! | `update_by_rows` | the updates of `peers` on 256 and 2048 rows; per step |
//! | `decision` | a decision of a live bot |
//! | `features` | committing, previewing and differentiating a bar |
#![allow(
    missing_docs,
    reason = "criterion_group! makes a public function without documentation"
)]
#![allow(
    clippy::expect_used,
    reason = "a benchmark may stop at the first surprise"
)]

mod workload;

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand::Rng as _;
use shockproof::{
    adversary::{
        AscentConfig, AscentRefresh, InnerProblem, InnerSteps, MarketView, Player, PlayerView,
        ShockMoves,
    },
    agent::{
        Activation, Agent, FORMAT, Head, Network, NetworkSpec, PolicyFile, PolicyHeader, Squash,
    },
    algo::{
        AdvantageScaling, Ascent, Form, LearnConfig, Learner, Minibatch, Regularizer, Samples,
        Space,
    },
    env::{
        Action, Env, Market, Norm, PrintEnding, Reward, Shock, ShockKind, ShockSpec, Shocks,
        Snapshots, TradingEnv, TradingSpec, VectorEnv,
    },
    features::{AccountFeature, AccountView, FeatureSpec, Field, Layout, Normalizer},
    market::{Allocation, Bar, Costs, Panel},
    policy::{Actions, ActorCritic, Decisions, FrozenPolicy, device::BuildDevice},
    rng::{Component, Rng, Streams},
    train::TrainConfig,
    units::Bps,
};
use std::{collections::BTreeMap, hint::black_box, num::NonZeroUsize, sync::Arc, time::Duration};
use workload::{
    acting::{Acting, Bot},
    learning::Step,
    trading::{N_BARS as N_BARS_OF_COMPARISON, Stepping},
    training::CartPole,
};

const N_BARS: usize = 2000;
const N_ROWS: usize = 256;
const STREAMS: Streams = Streams::new(1);

type Policy = ActorCritic<f32, BuildDevice>;

/// A random walk of `n_assets` assets with wicks and volume.
fn panel(n_assets: usize) -> Panel {
    let mut rng = STREAMS.stream(Component::Market, 0);
    let mut closes = vec![100.0; n_assets];
    let mut bar = |asset: usize| {
        let mut move_by = |size: f64| f64::exp(rng.gen_range(-size..size));
        let open = closes[asset] * move_by(0.005);
        let close = open * move_by(0.02);
        closes[asset] = close;
        Bar {
            open,
            high: open.max(close) * move_by(0.01).max(1.0),
            low: open.min(close) * move_by(0.01).min(1.0),
            close,
            volume: 1e6 * move_by(0.5),
        }
    };
    let bars = (0..N_BARS * n_assets).map(|i| bar(i % n_assets)).collect();
    let hour = TimeDelta::hours(1);
    let ends = std::iter::successors(Some(DateTime::UNIX_EPOCH), |&end| Some(end + hour));
    let symbols = (0..n_assets).map(|i| format!("A{i}")).collect();
    Panel::new(symbols, ends.skip(1).take(N_BARS).collect(), bars, hour).expect("a sound panel")
}

/// Returns 12 features per asset; the current weight is a 13th field.
fn features() -> Vec<FeatureSpec> {
    let (fast, slow, signal) = (12, 26, 9);
    let (window, half_life) = (7, 20.0);
    vec![
        FeatureSpec::ScaledReturns { window, half_life },
        FeatureSpec::EwmaVolatility { half_life },
        FeatureSpec::Rsi { period: 14 },
        FeatureSpec::Macd { fast, slow, signal },
        FeatureSpec::AverageTrueRange { period: 14 },
        FeatureSpec::ZScore { window: 20 },
    ]
}

fn rules() -> TradingSpec {
    let bps = |x| Bps::new(x).expect("a number of basis points");
    let (low, max_gross) = (-1.0, 1.0);
    TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: bps(1.0).into(),
            half_spread: bps(2.0),
            impact_coefficient: 0.1,
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low,
            high: 1.0,
            max_gross,
        },
        orders: shockproof::market::OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: Some(252),
        ruin_fraction: 0.1,
        features: features(),
        account: vec![AccountFeature::Weights],
        shocks: ShockSpec {
            kind: ShockKind::Print,
            print_ending: PrintEnding::Corrected,
            norm: Norm::LInf,
            budget_bps: bps(200.0),
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        },
    }
}

fn envs(n_assets: usize, n_copies: usize) -> Vec<TradingEnv> {
    let fitted = Market::fit(panel(n_assets), &features(), 0..N_BARS).expect("a sound market");
    let env = TradingEnv::new(Arc::new(fitted), rules(), 0..N_BARS).expect("sound rules");
    vec![env; n_copies]
}

/// Copies of one asset with 31 scaled returns and the position, three levels, and proportional
/// costs, as in the trading environments of other libraries.
fn lean_vector(n_copies: usize, n_workers: usize) -> VectorEnv<TradingEnv> {
    let (window, half_life) = (31, 20.0);
    let mut rules = rules();
    rules.features = vec![FeatureSpec::ScaledReturns { window, half_life }];
    rules.costs.impact_coefficient = 0.0;
    rules.horizon = Some(1024);
    rules.allocation = Allocation::Levels {
        levels: vec![-1.0, 0.0, 1.0],
        max_gross: 1.0,
    };
    let fitted = Market::fit(panel(1), &rules.features, 0..N_BARS).expect("a sound market");
    let env = TradingEnv::new(Arc::new(fitted), rules, 0..N_BARS).expect("sound rules");
    let n_workers = NonZeroUsize::new(n_workers).expect("a worker");
    let envs = vec![env; n_copies];
    let mut vector =
        VectorEnv::new(envs, STREAMS, n_workers, Snapshots::Off).expect("copies of one spec");
    vector.reset().expect("no worker to lose");
    vector
}

fn vector(n_copies: usize, snapshots: Snapshots) -> VectorEnv<TradingEnv> {
    let envs = envs(3, n_copies);
    let mut vector =
        VectorEnv::new(envs, STREAMS, NonZeroUsize::MIN, snapshots).expect("copies of one spec");
    vector.reset().expect("no worker to lose");
    vector
}

fn policy(layout: &Layout, n_dims: usize) -> Policy {
    let network = network(layout.n_fields(), n_dims);
    let mut rng = STREAMS.stream(Component::Init, 0);
    let device = BuildDevice::default();
    ActorCritic::new(&network, &[64, 64], -0.5, &mut rng, &device).expect("a network")
}

fn network(n_inputs: usize, n_dims: usize) -> NetworkSpec {
    let squash = Squash::Tanh;
    NetworkSpec {
        n_inputs,
        hidden: vec![64, 64],
        activation: Activation::Tanh,
        head: Head::Gaussian { n_dims, squash },
    }
}

fn env_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("env_step");
    for n_assets in [1, 3] {
        let mut env = envs(n_assets, 1).remove(0);
        let action = vec![0.1; n_assets];
        let mut episode = 0;
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("alone, assets {n_assets}"), |b| {
            b.iter(|| {
                let step = env.step(Action::Continuous(black_box(&action)), Shock::NONE);
                if step.outcome.is_over() {
                    episode += 1;
                    env.reset(episode);
                }
            });
        });
    }
    for n_copies in [1, 16, 256] {
        let mut vector = vector(n_copies, Snapshots::Off);
        let actions = vec![0.1; 3 * n_copies];
        group.throughput(Throughput::Elements(n_copies as u64));
        group.bench_function(format!("copies {n_copies}, assets 3"), |b| {
            b.iter(|| {
                let actions = Action::Continuous(black_box(&actions));
                vector.step(actions, Shocks::NONE).expect("a step");
            });
        });
    }
    let (n_copies, mut rng) = (256, STREAMS.stream(Component::Policy, 0));
    let levels: Vec<u32> = (0..64 * n_copies).map(|_| rng.gen_range(0..3)).collect();
    for n_workers in [1, 2] {
        let mut vector = lean_vector(n_copies, n_workers);
        let mut levels = levels.chunks_exact(n_copies).cycle();
        group.throughput(Throughput::Elements(n_copies as u64));
        group.bench_function(
            format!("lean copies {n_copies}, workers {n_workers}"),
            |b| {
                b.iter(|| {
                    let actions = Action::Categorical(levels.next().unwrap_or(&[]));
                    vector.step(actions, Shocks::NONE).expect("a step");
                });
            },
        );
    }
    group.finish();
}

fn levels_env_step(c: &mut Criterion) {
    let mut group = c.benchmark_group("levels_env_step");
    for n_copies in [16, 256] {
        let n_steps = 64;
        let mut stepping = Stepping::new(n_copies, n_steps, N_BARS_OF_COMPARISON);
        group.throughput(Throughput::Elements((n_copies * n_steps) as u64));
        group.bench_function(format!("copies {n_copies}, steps {n_steps}"), |b| {
            b.iter(|| stepping.play());
        });
    }
    group.finish();
}

fn cartpole_step(c: &mut Criterion) {
    const N_COPIES: usize = 16;
    let mut group = c.benchmark_group("cartpole_step");
    let envs = (0..N_COPIES).map(|_| CartPole::new()).collect();
    let vector = VectorEnv::new(envs, STREAMS, NonZeroUsize::MIN, Snapshots::Off);
    let mut vector = vector.expect("copies of one spec");
    vector.reset().expect("no worker to lose");
    group.throughput(Throughput::Elements(N_COPIES as u64));
    let mut action = 0;
    group.bench_function(format!("copies {N_COPIES}"), |b| {
        b.iter(|| {
            action = 1 - action;
            let actions = [action; N_COPIES];
            let actions = Action::Categorical(black_box(&actions));
            vector.step(actions, Shocks::NONE).expect("a step");
        });
    });
    group.finish();
}

fn policy_forward(c: &mut Criterion) {
    let mut group = c.benchmark_group("policy_forward");
    for n_rows in [1, 16, 256, 2048] {
        let mut acting = Acting::new(n_rows);
        group.throughput(Throughput::Elements(n_rows as u64));
        group.bench_function(format!("rows {n_rows}"), |b| b.iter(|| acting.act()));
    }
    group.finish();
}

fn update_by_rows(c: &mut Criterion) {
    let mut group = c.benchmark_group("update_by_rows");
    for n_rows in [256, 2048] {
        let mut step = Step::new(n_rows);
        group.throughput(Throughput::Elements(n_rows as u64));
        group.bench_function(format!("plain PPO, rows {n_rows}"), |b| {
            b.iter(|| step.plain());
        });
        group.bench_function(format!("AAJR, full form, rows {n_rows}"), |b| {
            b.iter(|| step.adversarial());
        });
        group.bench_function(format!("ascent alone, K 5, rows {n_rows}"), |b| {
            b.iter(|| step.ascend());
        });
        group.bench_function(format!("Frobenius, exact, rows {n_rows}"), |b| {
            b.iter(|| step.frobenius(None));
        });
    }
    group.finish();
}

/// Acts and steps like a rollout, shocked by `player`.
fn play(
    vector: &mut VectorEnv<TradingEnv>,
    policy: &FrozenPolicy<f32, BuildDevice>,
    player: &Player,
    rngs: &mut [Rng],
    decisions: &mut Decisions,
    shocks_bps: &mut [f64],
) {
    let observations = vector.observations();
    policy.act(observations, rngs, decisions).expect("actions");
    let Actions::Continuous(actions) = &decisions.actions else {
        return;
    };
    let actions = Action::Continuous(actions);
    if let (Some(map), false) = (vector.shock_map(), *player == Player::None) {
        vector.preview(actions).expect("previews");
        let view = PlayerView {
            shocks: vector.shock_space(),
            observations: vector.observations(),
            actions,
            market: Some(MarketView {
                map: map.as_ref(),
                snapshots: vector.previews(),
                action_space: vector.action_space(),
            }),
            policy: Some(policy),
        };
        let moves = ShockMoves {
            price_bps: shocks_bps,
            spread_multipliers: &mut [],
            liquidity_multipliers: &mut [],
        };
        player.choose(&view, &mut rngs[0], moves).expect("shocks");
    }
    let shocks = Shocks {
        price_bps: shocks_bps,
        ..Shocks::NONE
    };
    vector.step(actions, shocks).expect("a step");
}

fn rollout(c: &mut Criterion) {
    const N_COPIES: usize = 16;
    let mut group = c.benchmark_group("rollout");
    group.throughput(Throughput::Elements(N_COPIES as u64));
    let gradient = Player::Gradient(AscentConfig::default());
    for (name, player) in [
        ("clean", Player::None),
        ("random shocks", Player::Random),
        ("gradient shocks, K 3", gradient),
    ] {
        let mut vector = vector(N_COPIES, Snapshots::EveryStep);
        let policy = policy(vector.layout(), 3).freeze();
        let mut rngs: Vec<Rng> = (0..N_COPIES as u64)
            .map(|copy| STREAMS.stream(Component::Policy, copy))
            .collect();
        let (mut decisions, mut shocks) = (Decisions::default(), vec![0.0; 3 * N_COPIES]);
        group.bench_function(name, |b| {
            b.iter(|| {
                play(
                    &mut vector,
                    &policy,
                    &player,
                    &mut rngs,
                    &mut decisions,
                    &mut shocks,
                );
            });
        });
    }
    group.finish();
}

/// One minibatch of 256 rows, the inputs of its ascent, and a learner with step size zero, so that
/// every step costs the same.
struct Batch {
    learner: Learner<f32, BuildDevice>,
    minibatch: Minibatch<f32, BuildDevice>,
    observations: Vec<f32>,
    snapshots: Vec<f64>,
    problem: InnerProblem,
    learn: LearnConfig,
}

impl Batch {
    fn new() -> Self {
        let vector = vector(N_ROWS, Snapshots::EveryStep);
        let policy = policy(vector.layout(), 3);
        let mut rngs: Vec<Rng> = (0..N_ROWS as u64)
            .map(|row| STREAMS.stream(Component::Policy, row))
            .collect();
        let mut decisions = Decisions::default();
        let observations = vector.observations().to_vec();
        policy
            .freeze()
            .act(&observations, &mut rngs, &mut decisions)
            .expect("actions");
        let mut values = Vec::new();
        policy
            .freeze()
            .values(&observations, N_ROWS, &mut values)
            .expect("values");
        let mut random = || {
            rngs.iter_mut()
                .map(|rng| rng.gen_range(-1.0..1.0))
                .collect::<Vec<f32>>()
        };
        let samples = Samples {
            n_inputs: vector.layout().n_fields(),
            n_dims: 3,
            advantages: random(),
            returns: random(),
            action_gradients: Vec::new(),
            observations: observations.clone(),
            actions: decisions.actions,
            log_probs: decisions.log_probs,
            values,
        };
        let rows: Vec<usize> = (0..N_ROWS).collect();
        let minibatch = samples
            .minibatch(&rows, AdvantageScaling::PerMinibatch, policy.device())
            .expect("a minibatch");
        let (layout, map) = (vector.layout(), vector.shock_map());
        let (shocks, actions) = (vector.shock_space(), vector.action_space());
        Self {
            minibatch,
            observations,
            snapshots: vector.snapshots().to_vec(),
            problem: InnerProblem::new("bench", Space::Price, layout, map, shocks, actions)
                .expect("a shockable market"),
            learn: TrainConfig::ppo(1 << 20).learn,
            learner: Learner::new(policy, 1e-5).expect("an optimizer"),
        }
    }

    fn climb(&self, config: &AscentConfig, rng: &mut Rng) -> shockproof::adversary::AscentTrace {
        let (policy, observations) = (&self.learner.policy, &self.observations);
        self.problem
            .ascend(&policy.freeze(), observations, &self.snapshots, config, rng)
            .expect("an ascent")
    }

    fn update(&mut self, regularizer: &Regularizer, ascent: Option<&Ascent<'_>>) {
        let mut rng = STREAMS.stream(Component::Regularizer, 0);
        let mut settings = self.learn.at(0.0);
        settings.learning_rate = 0.0;
        self.learner
            .update(&self.minibatch, &settings, regularizer, ascent, &mut rng)
            .expect("an update");
    }
}

/// Inner loops to compare: K = 5 with all steps penalized, then cheaper settings.
fn inner_loops() -> [(&'static str, AscentConfig); 4] {
    let inner = |n_steps, penalized, refresh| AscentConfig {
        n_steps,
        penalized,
        refresh,
        ..AscentConfig::default()
    };
    let (every, once) = (AscentRefresh::EveryMinibatch, AscentRefresh::OncePerRollout);
    [
        (
            "K 5, all steps, every minibatch",
            inner(5, InnerSteps::All, every),
        ),
        (
            "K 3, sampled, every minibatch",
            inner(3, InnerSteps::Sampled, every),
        ),
        ("K 1, every minibatch", inner(1, InnerSteps::All, every)),
        (
            "K 3, sampled, once per rollout",
            inner(3, InnerSteps::Sampled, once),
        ),
    ]
}

fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("update");
    group.throughput(Throughput::Elements(N_ROWS as u64));
    let mut batch = Batch::new();
    group.bench_function("plain PPO", |b| {
        b.iter(|| batch.update(&Regularizer::None, None));
    });
    let (weight, space, form) = (1.0, Space::Price, Form::Square);
    let aajr = Regularizer::Adversarial {
        weight,
        space,
        form,
    };
    let rows: Vec<usize> = (0..N_ROWS).collect();
    let mut rng = STREAMS.stream(Component::Ascent, 0);
    for (name, config) in inner_loops() {
        // One ascent per rollout serves all epochs, so only the draw of a step is timed.
        let stored = batch.climb(&config, &mut rng);
        group.bench_function(format!("AAJR, {name}"), |b| {
            b.iter(|| {
                let fresh = (config.refresh == AscentRefresh::EveryMinibatch)
                    .then(|| batch.climb(&config, &mut rng));
                let trace = fresh.as_ref().unwrap_or(&stored);
                let ascent = trace.gather(&rows, config.penalized, &mut rng);
                batch.update(&aajr, Some(&ascent));
            });
        });
    }
    let projections = NonZeroUsize::new(1);
    let frobenius = Regularizer::Frobenius {
        weight,
        projections,
    };
    group.bench_function("Frobenius, 1 projection", |b| {
        b.iter(|| batch.update(&frobenius, None));
    });
    group.finish();
}

fn ascent(c: &mut Criterion) {
    let mut group = c.benchmark_group("ascent");
    group.throughput(Throughput::Elements(N_ROWS as u64));
    let batch = Batch::new();
    let mut rng = STREAMS.stream(Component::Ascent, 0);
    for n_steps in [1, 3, 5] {
        let config = AscentConfig {
            n_steps,
            ..AscentConfig::default()
        };
        group.bench_function(format!("K {n_steps}"), |b| {
            b.iter(|| batch.climb(&config, &mut rng));
        });
    }
    group.finish();
}

/// Policy file with fresh weights. Without features it is only a network.
fn file(features: Vec<FeatureSpec>, layout: Layout, n_dims: usize) -> PolicyFile {
    let policy = policy(&layout, n_dims);
    let (low, max_gross) = (-1.0, 1.0);
    let n_market = layout.market.len();
    PolicyFile {
        tensors: policy.to_file_tensors(),
        header: PolicyHeader {
            format: FORMAT,
            library_version: String::new(),
            method: "bench".to_owned(),
            seed: 0,
            symbols: panel(n_dims).symbols().to_vec(),
            signals: Vec::new(),
            bar_seconds: 3600,
            account: vec![AccountFeature::Weights; usize::from(!features.is_empty())],
            features,
            normalizer: Normalizer {
                mean: vec![0.0; n_market],
                scale: vec![1.0; n_market],
            },
            network: policy.spec().clone(),
            allocation: Allocation::Weights {
                low,
                high: 1.0,
                max_gross,
            },
            layout,
            orders: shockproof::market::OrderRules::default(),
            trained_against: serde_json::Value::Null,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
            training_span: None,
        },
    }
}

fn decision(c: &mut Criterion) {
    let mut group = c.benchmark_group("decision");
    let field = |i| Field {
        name: format!("field[{i}]"),
        unit: "1".to_owned(),
        low: None,
        high: None,
        shockable: false,
        warm_up: 0,
    };
    let layout = Layout {
        market: (0..32).map(field).collect(),
        account: Vec::new(),
    };
    let mut bot = Bot::new();
    group.bench_function("network, 32 inputs, 2 x 64, 3 levels", |b| {
        b.iter(|| bot.decide());
    });
    let network = Network::new(&file(Vec::new(), layout, 1)).expect("a network");
    let (mut scratch, observation) = (network.scratch(), [0.3; 32]);
    group.bench_function("network, 32 inputs, 2 x 64", |b| {
        b.iter(|| {
            let choice = network.choose(black_box(&observation), &mut scratch);
            choice.is_ok()
        });
    });

    let env = envs(3, 1).remove(0);
    let mut agent = Agent::new(&file(features(), env.layout().clone(), 3)).expect("a sound policy");
    let panel = env.market().panel();
    let account = AccountView {
        weights: &[0.1; 3],
        cash: 0.7,
        unrealized: 0.0,
        time_left: 1.0,
        tradable: &[],
    };
    let (mut end, mut t): (DateTime<Utc>, _) = (DateTime::UNIX_EPOCH, 0);
    let mut on_bars = || {
        end += TimeDelta::seconds(1);
        t = (t + 1) % N_BARS;
        let decision = agent.on_bars(panel.row(t), end, account);
        decision.expect("sound bars").is_some()
    };
    while !on_bars() {}
    group.bench_function("agent, bars to weights, 3 assets", |b| b.iter(&mut on_bars));
    group.finish();
}

fn features_alone(c: &mut Criterion) {
    let mut group = c.benchmark_group("features");
    let env = envs(3, 1).remove(0);
    let (panel, pipeline) = (env.market().panel(), env.market().pipeline());
    let (mut state, n) = (vec![0.0; pipeline.state_len()], pipeline.n_outputs());
    pipeline.clear(&mut state);
    let moment = |t: usize| panel.moment(t);
    for t in 0..100 {
        pipeline.push(&mut state, panel.row(t), moment(t));
    }
    let (mut out, mut jacobian) = (vec![0.0; n], vec![0.0; n * 3]);
    group.bench_function("peek, 3 assets", |b| {
        b.iter(|| pipeline.peek(black_box(&state), panel.row(100), moment(100), &mut out));
    });
    group.bench_function("jacobian, 3 assets", |b| {
        b.iter(|| {
            let (bars, z) = (panel.row(100), black_box([1e-3, -1e-3, 2e-3]));
            pipeline.jacobian(&state, bars, &z, moment(100), &mut out, &mut jacobian);
        });
    });
    let mut t = 100;
    group.bench_function("push, 3 assets", |b| {
        b.iter(|| {
            t = (t + 1) % N_BARS;
            pipeline.push(&mut state, panel.row(t), moment(t));
        });
    });
    group.finish();
}

/// Two seconds per benchmark: half a second of warm-up, then one and a half of measurement.
fn short() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_millis(1500))
}

criterion_group! {
    name = hot_paths;
    config = short();
    targets = env_step, levels_env_step, cartpole_step, policy_forward, rollout, update, update_by_rows, ascent, decision, features_alone
}
criterion_main!(hot_paths);
