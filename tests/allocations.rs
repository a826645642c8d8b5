//! Steps and decisions allocate nothing once every buffer has been used once.
//!
//! The counter covers the calling thread. Workers of a vector environment run the same code.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "small numbers made up for tests"
)]

use allocation_counter::measure;
use chrono::{DateTime, TimeDelta};
use shockproof::{
    adversary::{Player, PlayerView, ShockMoves},
    agent::{
        Activation, Agent, FORMAT, Head, Network, NetworkSpec, PolicyFile, PolicyHeader, Squash,
        TensorData,
    },
    env::{
        Action, Env, Market, Norm, PrintEnding, Reward, Shock, ShockKind, ShockSpec, Shocks,
        Snapshots, TradingEnv, TradingSpec, VectorEnv,
    },
    features::{AccountFeature, AccountView, FeatureSpec},
    games::{
        ObservedPrice,
        execution::{Execution, ExecutionSpec},
        quoting::{MarketMaking, MarketMakingSpec},
    },
    market::{Allocation, Bar, Costs, OrderRules, Panel, Unfilled},
    rng::{Component, Streams},
    units::Bps,
};
use std::{collections::BTreeMap, hint::black_box, num::NonZeroUsize, sync::Arc};

const N_ASSETS: usize = 2;
const N_BARS: usize = 400;
const N_COPIES: usize = 40;
const HORIZON: usize = 7;

/// Number of allocations and reallocations of `run`, after a warm-up.
fn allocations(mut run: impl FnMut()) -> u64 {
    for _ in 0..3 * HORIZON {
        run();
    }
    measure(|| {
        for _ in 0..3 * HORIZON {
            run();
        }
    })
    .count_total
}

/// Deterministic values in [-1, 1].
fn wave(k: usize) -> f64 {
    (k as f64 * 0.7).sin()
}

fn panel(n_assets: usize) -> Panel {
    let bar = |k: usize| {
        let (open, close) = (100.0 + wave(k), 100.0 + wave(k + n_assets));
        Bar {
            open,
            high: open.max(close) + 0.1,
            low: open.min(close) - 0.1,
            close,
            volume: 1e6,
        }
    };
    let hour = TimeDelta::hours(1);
    let ends = std::iter::successors(Some(DateTime::UNIX_EPOCH), |&end| Some(end + hour));
    Panel::new(
        (0..n_assets).map(|i| format!("A{i}")).collect(),
        ends.skip(1).take(N_BARS).collect(),
        (0..N_BARS * n_assets).map(bar).collect(),
        hour,
    )
    .expect("a sound panel")
}

fn rules(kind: ShockKind) -> TradingSpec {
    let bps = |x| Bps::new(x).expect("a number of basis points");
    TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: bps(1.0).into(),
            half_spread: bps(2.0),
            impact_coefficient: 0.1,
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 1.0,
        },
        orders: OrderRules::default(),
        reward: Reward::LogGrowth,
        horizon: Some(HORIZON),
        ruin_fraction: 0.1,
        features: vec![
            FeatureSpec::ScaledReturns {
                window: 5,
                half_life: 20.0,
            },
            FeatureSpec::Rsi { period: 14 },
        ],
        account: vec![AccountFeature::Weights],
        shocks: ShockSpec {
            kind,
            print_ending: PrintEnding::Corrected,
            norm: Norm::L2,
            budget_bps: bps(200.0),
            episode_budget_bps: None,
            max_spread_multiplier: 3.0,
            min_liquidity_multiplier: 0.5,
        },
    }
}

fn env(kind: ShockKind) -> TradingEnv {
    env_on(panel(N_ASSETS), rules(kind))
}

fn env_on(panel: Panel, rules: TradingSpec) -> TradingEnv {
    let fitted = Market::fit(panel, &rules.features, 0..N_BARS).expect("a sound market");
    TradingEnv::new(Arc::new(fitted), rules, 0..N_BARS).expect("sound rules")
}

/// Environment on a market with signals, and features that read them.
fn env_with_signals(kind: ShockKind) -> TradingEnv {
    let names = ["carry", "value"].map(String::from).to_vec();
    let values = (0..2 * N_BARS).map(|k| wave(3 * k)).collect();
    let panel = panel(N_ASSETS).with_signals(names, values);
    let mut rules = rules(kind);
    rules.features.push(FeatureSpec::Signals);
    env_on(panel.expect("sound signals"), rules)
}

#[test]
fn the_counter_counts() {
    assert_eq!(
        allocations(|| drop(black_box(Box::new(1)))),
        3 * HORIZON as u64
    );
    let mut growing = Vec::new();
    assert!(allocations(|| growing.push(black_box(1))) > 0);
}

#[test]
fn a_step_of_many_copies_allocates_nothing() {
    let prices = [90.0, -250.0].repeat(N_COPIES);
    let (spreads, depths) = ([2.0; N_COPIES], [0.7; N_COPIES]);
    let shocked = Shocks {
        price_bps: &prices,
        spread_multipliers: &spreads,
        liquidity_multipliers: &depths,
    };
    let actions = [0.4, -0.3].repeat(N_COPIES);
    let actions = Action::Continuous(&actions);
    for kind in [ShockKind::Print, ShockKind::Jump] {
        for (n_workers, snapshots) in [
            (1, Snapshots::Off),
            (1, Snapshots::EveryStep),
            (2, Snapshots::Off),
        ] {
            let envs = vec![env(kind); N_COPIES];
            let n_workers = NonZeroUsize::new(n_workers).expect("a worker");
            let mut vector =
                VectorEnv::new(envs, Streams::new(1), n_workers, snapshots).expect("copies");
            vector.reset().expect("an episode");
            let mut n_ended = 0;
            for shocks in [Shocks::NONE, shocked] {
                let found = allocations(|| {
                    vector.preview(actions).expect("previews");
                    vector.step(actions, shocks).expect("a step");
                    n_ended += vector
                        .steps()
                        .outcomes
                        .iter()
                        .filter(|end| end.is_over())
                        .count();
                });
                assert_eq!(found, 0, "{kind:?}, {n_workers} workers, {snapshots:?}");
            }
            assert_eq!(n_ended, 2 * 6 * N_COPIES, "episodes end within");
        }
    }
}

/// The rules make orders wait, cap and round them, and allow margin calls.
#[test]
fn a_step_under_limits_allocates_nothing() {
    let mut rules = rules(ShockKind::Jump);
    rules.orders = OrderRules {
        no_trade_band: 0.01,
        lots: vec![1.0; N_ASSETS],
        ticks: vec![0.01; N_ASSETS],
        min_notional: 100.0,
        max_participation: Some(1e-3),
        unfilled: Unfilled::Wait,
        maintenance_margin: 0.1,
    };
    rules.account.push(AccountFeature::Tradable);
    let flags = (0..N_BARS * N_ASSETS).map(|k| k % 5 != 0).collect();
    let panel = panel(N_ASSETS)
        .with_tradable(flags)
        .expect("a flag per bar");
    let mut env = env_on(panel, rules);
    let mut k = 0;
    let found = allocations(|| {
        let action = [wave(k) as f32, wave(k + 7) as f32];
        let step = env.step(Action::Continuous(&action), Shock::NONE);
        if step.outcome.is_over() {
            env.reset(k as u64);
        }
        k += 1;
    });
    assert_eq!(found, 0);
    assert!(env.interventions().delayed_orders > 0);
}

/// Players without an ascent write into the buffers of the rollout.
#[test]
fn a_move_of_a_blind_player_allocates_nothing() {
    let env = env(ShockKind::Jump);
    let view = PlayerView::blind(env.shock_space());
    let mut rng = Streams::new(1).stream(Component::Adversary, 0);
    let mut prices = [0.0; N_ASSETS * N_COPIES];
    let (mut spreads, mut depths) = ([1.0; N_COPIES], [1.0; N_COPIES]);
    for player in [Player::None, Player::Random, Player::Starve] {
        let found = allocations(|| {
            let moves = ShockMoves {
                price_bps: &mut prices,
                spread_multipliers: &mut spreads,
                liquidity_multipliers: &mut depths,
            };
            player.choose(&view, &mut rng, moves).expect("a move");
        });
        assert_eq!(found, 0, "{player:?}");
    }
}

/// Copies without impact and shocks.
#[test]
fn a_step_of_plain_copies_allocates_nothing() {
    for (n_assets, n_features) in [(1, 1), (1, 2), (3, 1), (3, 2)] {
        let levels: Vec<u32> = (0..3).cycle().take(n_assets * N_COPIES).collect();
        let rules = rules(ShockKind::Print);
        let spec = TradingSpec {
            allocation: Allocation::Levels {
                levels: vec![-1.0, 0.0, 1.0],
                max_gross: 1.0,
            },
            costs: Costs {
                impact_coefficient: 0.0,
                ..rules.costs
            },
            features: rules.features[..n_features].to_vec(),
            ..rules
        };
        let env = env_on(panel(n_assets), spec);
        let copies = vec![env; N_COPIES];
        let mut vector = VectorEnv::new(copies, Streams::new(1), NonZeroUsize::MIN, Snapshots::Off)
            .expect("copies");
        vector.reset().expect("an episode");
        let found = allocations(|| {
            let step = vector.step(Action::Categorical(&levels), Shocks::NONE);
            step.expect("a step");
        });
        assert_eq!(found, 0, "{n_assets} assets, {n_features} features");
    }
}

#[test]
fn a_step_of_one_environment_allocates_nothing() {
    let kinds = [ShockKind::Print, ShockKind::Jump];
    let kept = {
        let mut rules = rules(ShockKind::Print);
        rules.shocks.print_ending = PrintEnding::Kept;
        env_on(panel(N_ASSETS), rules)
    };
    for mut env in kinds
        .map(env)
        .into_iter()
        .chain(kinds.map(env_with_signals))
        .chain([kept])
    {
        let map = env.shock_map().expect("a trading environment has one");
        let mut snapshot = vec![0.0; map.snapshot_len()];
        let mut seed = 0;
        for price_bps in [&[][..], &[120.0, -30.0][..]] {
            let shock = Shock {
                price_bps,
                ..Shock::NONE
            };
            let found = allocations(|| {
                let action = Action::Continuous(&[0.5, -0.5]);
                env.preview(action, &mut snapshot);
                let outcome = env.step(action, shock).outcome;
                env.snapshot(&mut snapshot);
                if outcome.is_over() {
                    seed += 1;
                    env.reset(seed);
                }
            });
            assert_eq!(found, 0, "{:?}", env.spec().shocks);
        }
        assert!(seed >= 12, "episodes end within");
    }
}

/// Allocations of steps, previews, snapshots and resets of a simulated market.
fn simulated(env: &mut impl Env, action: &[f32], bps: f64) -> u64 {
    let map = env.shock_map().expect("the last move can be shocked");
    let mut snapshot = vec![0.0; map.snapshot_len()];
    let mut seed = 0;
    let price_bps = &[bps][..];
    let shock = Shock {
        price_bps,
        ..Shock::NONE
    };
    let found = allocations(|| {
        env.preview(Action::Continuous(action), &mut snapshot);
        let outcome = env.step(Action::Continuous(action), shock).outcome;
        env.snapshot(&mut snapshot);
        if outcome.is_over() {
            seed += 1;
            env.reset(seed);
        }
    });
    assert!(seed >= 4, "episodes end within");
    found
}

#[test]
fn a_step_of_a_simulated_market_allocates_nothing() {
    let spec = MarketMakingSpec {
        sight: ObservedPrice::LastMove,
        n_steps: 7,
        ..MarketMakingSpec::avellaneda_stoikov()
    };
    let spec = spec.with_drift(5.0).expect("a drift");
    let mut quoting = MarketMaking::new(spec).expect("a sound market");
    assert_eq!(simulated(&mut quoting, &[0.1, -0.2], 2.0), 0, "quoting");

    let spec = ExecutionSpec {
        sight: ObservedPrice::LastMove,
        ..ExecutionSpec::almgren_chriss()
    };
    let mut execution = Execution::new(spec).expect("a sound market");
    assert_eq!(simulated(&mut execution, &[-0.5], 2.0), 0, "execution");
}

/// Policy for [`env`] with weights that follow [`wave`].
fn file(env: &TradingEnv) -> PolicyFile {
    let network = NetworkSpec {
        n_inputs: env.layout().n_fields(),
        hidden: vec![16, 16],
        activation: Activation::Tanh,
        head: Head::Gaussian {
            n_dims: N_ASSETS,
            squash: Squash::Tanh,
        },
    };
    let mut tensors = BTreeMap::new();
    let mut put = |name: String, shape: Vec<usize>| {
        let values = (0..shape.iter().product()).map(|k| wave(k) as f32 * 0.3);
        let values = values.collect();
        tensors.insert(name, TensorData { shape, values });
    };
    for (i, (n_in, n_out)) in network.layer_sizes().into_iter().enumerate() {
        put(format!("actor.{i}.weight"), vec![n_in, n_out]);
        put(format!("actor.{i}.bias"), vec![n_out]);
    }
    put("actor.log_std".to_owned(), vec![N_ASSETS]);
    let spec = env.spec();
    PolicyFile {
        tensors,
        header: PolicyHeader {
            format: FORMAT,
            library_version: String::new(),
            method: "none".to_owned(),
            seed: 0,
            symbols: env.market().panel().symbols().to_vec(),
            signals: env.market().pipeline().signals_read(),
            bar_seconds: 3600,
            account: vec![AccountFeature::Weights],
            features: spec.features.clone(),
            normalizer: env.market().normalizer().clone(),
            network,
            allocation: spec.allocation.clone(),
            layout: env.layout().clone(),
            orders: OrderRules::default(),
            trained_against: serde_json::Value::Null,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
            training_span: None,
        },
    }
}

#[test]
fn a_decision_allocates_nothing() {
    let env = env(ShockKind::Print);
    let file = file(&env);
    let network = Network::new(&file).expect("a network");
    let (mut scratch, observation) = (network.scratch(), vec![0.3; network.n_inputs()]);
    let found = allocations(|| {
        let choice = network.choose(black_box(&observation), &mut scratch);
        assert!(choice.is_ok());
    });
    assert_eq!(found, 0, "the network alone");

    for env in [env, env_with_signals(ShockKind::Print)] {
        let found = allocations_of_a_bot(&env);
        assert_eq!(found, 0, "from a bar to weights");
    }
}

fn allocations_of_a_bot(env: &TradingEnv) -> u64 {
    let mut agent = Agent::new(&file(env)).expect("a sound policy");
    let panel = env.market().panel();
    let account = AccountView {
        weights: &[0.1; N_ASSETS],
        cash: 0.8,
        unrealized: 0.0,
        time_left: 1.0,
        tradable: &[],
    };
    let mut t = 0;
    let mut on_bars = || {
        let (bars, moment) = (panel.row(t), panel.moment(t));
        t += 1;
        let decision = agent.on_bars(bars, moment, account);
        decision.expect("sound bars").is_some()
    };
    while !on_bars() {}
    allocations(|| assert!(on_bars()))
}
