//! Tests of playing rollouts.

use crate::{
    adversary::Player,
    algo::LearnConfig,
    env::{Action, Outcome, ShockKind, ShockSpec, Shocks, Snapshots, VectorEnv, toy::Toy},
    games::execution::{Execution, ExecutionSpec},
    policy::{Actions, ActorCritic},
    rng::{Component, Streams},
    stats,
    train::{
        Metric, MetricRow, RewardUnit, TrainConfig,
        collector::Collector,
        reward_scale::RewardScale,
        rollout::Rollout,
        rollout_shocks::{RolloutShocks, share_of},
    },
};
use dfdx::tensor::Cpu;
use std::num::NonZeroUsize;

fn toys(n_envs: usize) -> VectorEnv<Toy> {
    toys_of(n_envs, 1)
}

fn toys_of(n_envs: usize, n_workers: usize) -> VectorEnv<Toy> {
    let envs = (0..n_envs).map(|_| Toy::default()).collect();
    let streams = Streams::new(2);
    let n_workers = NonZeroUsize::new(n_workers).unwrap();
    let mut vector = VectorEnv::new(envs, streams, n_workers, Snapshots::EveryStep).unwrap();
    vector.reset().unwrap();
    vector
}

fn policy(config: &TrainConfig, vector: &VectorEnv<Toy>) -> ActorCritic<f32, Cpu> {
    let spec = config
        .policy
        .network(vector.layout(), vector.action_space());
    let mut rng = Streams::new(2).stream(Component::Init, 0);
    ActorCritic::new(&spec, &[8], 0.0, &mut rng, &Cpu::default()).unwrap()
}

fn play(config: &TrainConfig) -> (ActorCritic<f32, Cpu>, Collector) {
    let mut vector = toys(config.n_envs);
    let policy = policy(config, &vector);
    let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
    let mut collector = Collector::new(&vector, config, Streams::new(2), &policy).unwrap();
    collector.play(&mut vector, &policy, 1, &mut scale).unwrap();
    (policy, collector)
}

fn five_copies() -> TrainConfig {
    TrainConfig {
        n_envs: 5,
        ..TrainConfig::ppo(1 << 20)
    }
}

/// Values after a step equal those of a replay: running steps bootstrap from the next observation,
/// truncated steps from their final observation, terminated steps from nothing.
#[test]
fn values_after_a_step_are_of_the_next_or_final_observation_or_zero() {
    let (policy, collector) = play(&five_copies());
    let (rollout, n_envs) = (&collector.rollout, 5);
    let mut replay = toys(n_envs);
    let Actions::Continuous(actions) = &rollout.samples.actions else {
        panic!("continuous")
    };
    let (mut values, mut n_over) = (Vec::new(), [0; 3]);
    for t in 0..rollout.n_steps {
        let rows = t * n_envs..(t + 1) * n_envs;
        let pairs = rows.start * 2..rows.end * 2;
        assert_eq!(
            rollout.samples.observations[pairs.clone()],
            *replay.observations()
        );
        assert_eq!(rollout.snapshots[pairs], *replay.snapshots());
        let action = Action::Continuous(&actions[rows.clone()]);
        replay.step(action, Shocks::NONE).unwrap();
        let last: Vec<f32> = (0..n_envs)
            .flat_map(|copy| replay.steps().final_observation(copy).to_vec())
            .collect();
        policy.freeze().values(&last, n_envs, &mut values).unwrap();
        for (row, copy) in rows.zip(0..) {
            let outcome = replay.steps().outcomes[copy];
            n_over[outcome as usize] += 1;
            let expected = if outcome == Outcome::Terminated {
                0.0
            } else {
                values[copy]
            };
            assert!((rollout.values_tp1[row] - expected).abs() < 1e-6);
            assert_eq!(rollout.outcomes[row], outcome);
        }
    }
    assert!(n_over.iter().all(|n| *n > 10), "{n_over:?}");
    assert_eq!(rollout.ended.len(), n_over[1] + n_over[2]);
}

/// Plays two rollouts. A player that shocks no copy still makes all copies step together.
#[test]
fn copies_play_the_same_together_and_apart() {
    let two_rollouts = |player, n_workers| {
        let config = TrainConfig {
            player,
            shocked_share: 0.0,
            ..five_copies()
        };
        let mut vector = toys_of(5, n_workers);
        let policy = policy(&config, &vector);
        let mut scale = RewardScale::new(RewardUnit::DiscountedReturnStd, 0.99, 5);
        let mut collector = Collector::new(&vector, &config, Streams::new(2), &policy).unwrap();
        let mut played = Vec::new();
        for update in 1..=2 {
            let rollout = collector.play(&mut vector, &policy, update, &mut scale);
            played.push(rollout.unwrap().clone());
        }
        (played, scale, collector.slots.len())
    };
    let (together, scale, n_slots) = two_rollouts(Player::Random, 2);
    assert_eq!(n_slots, 1);
    assert_ne!(together[0], together[1]);
    for n_workers in [1, 2, 3, 5] {
        let (apart, apart_scale, n_slots) = two_rollouts(Player::None, n_workers);
        assert_eq!(n_slots, n_workers);
        assert!(apart == together, "{n_workers} workers differ");
        assert_eq!(apart_scale, scale);
    }
}

/// With γ = 1 and λ = 1 the return is the sum of later rewards, plus the value after a truncation.
#[test]
fn returns_without_discount_are_sums() {
    let config = five_copies();
    let (_, mut collector) = play(&config);
    let learn = LearnConfig {
        gamma: 1.0,
        gae_lambda: 1.0,
        ..config.learn
    };
    let rollout = &mut collector.rollout;
    rollout.estimate(&learn, 2.0).unwrap();
    for row in 0..rollout.n_rows() {
        let mut to_come = 0.0;
        for later in (row..rollout.n_rows()).step_by(5) {
            to_come += 2.0 * rollout.rewards[later];
            if rollout.outcomes[later].is_over() || later + 5 >= rollout.n_rows() {
                to_come += f64::from(rollout.values_tp1[later]);
                break;
            }
        }
        assert!((f64::from(rollout.samples.returns[row]) - to_come).abs() < 1e-4);
    }
}

#[test]
fn actions_out_of_range_and_refused_are_counted() {
    let (_, collector) = play(&five_copies());
    let rollout = &collector.rollout;
    let mut row = MetricRow::new(1, 0);
    rollout.write(&mut row);
    let Actions::Continuous(actions) = &rollout.samples.actions else {
        panic!("continuous")
    };
    let outside: Vec<f64> = actions
        .iter()
        .map(|x| f64::from(u8::from(x.abs() > 1.0)))
        .collect();
    let expected = stats::mean(&outside).unwrap();
    assert!(expected > 0.0 && expected < 1.0);
    assert!((row.get(Metric::ClampedShare).unwrap() - expected).abs() < 1e-12);
    assert!(row.get(Metric::RefusedShare).unwrap() <= 0.0);

    let config = five_copies();
    let mut vector = toys(config.n_envs);
    // A refusal before the rollout is not counted.
    let bad = [f32::NAN; 5];
    vector.step(Action::Continuous(&bad), Shocks::NONE).unwrap();
    let spec = config
        .policy
        .network(vector.layout(), vector.action_space());
    let mut rng = Streams::new(2).stream(Component::Init, 0);
    let policy = ActorCritic::new(&spec, &[8], f64::NAN, &mut rng, &Cpu::default()).unwrap();
    let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, config.n_envs);
    let mut collector = Collector::new(&vector, &config, Streams::new(2), &policy).unwrap();
    collector.play(&mut vector, &policy, 1, &mut scale).unwrap();
    collector.rollout.write(&mut row);
    assert!((row.get(Metric::RefusedShare).unwrap() - 1.0).abs() < 1e-12);
}

#[test]
fn only_the_given_share_of_copies_is_shocked() {
    let shares = [(8, 0.5), (3, 0.5), (8, 1.0), (8, 0.0)].map(|(n, share)| share_of(n, share));
    assert_eq!(shares, [4, 2, 8, 0]);
    let (_, collector) = play(&TrainConfig {
        n_envs: 4,
        player: Player::Random,
        shocked_share: 0.5,
        ..TrainConfig::ppo(1 << 20)
    });
    let (shocked, clean) = collector.shocks.price_bps.split_at(2);
    assert!(shocked.iter().all(|z| z.abs() > 0.0), "{shocked:?}");
    assert!(clean.iter().all(|z| z.abs() <= 0.0), "{clean:?}");
}

const N_COPIES: usize = 5;

/// A block sold in eight steps, so that a rollout holds many episodes; it has no shock map.
fn sale() -> ExecutionSpec {
    let mut spec = ExecutionSpec::almgren_chriss();
    spec.liquidation.n_steps = 8;
    spec.shocks = ShockSpec {
        max_spread_multiplier: 3.0,
        min_liquidity_multiplier: 0.5,
        kind: ShockKind::Drift,
        ..ShockSpec::none()
    };
    spec
}

fn sales(spec: &ExecutionSpec, n_workers: usize) -> VectorEnv<Execution> {
    let envs = (0..N_COPIES).map(|_| Execution::new(spec.clone()).unwrap());
    let n_workers = NonZeroUsize::new(n_workers).unwrap();
    let (envs, streams) = (envs.collect(), Streams::new(2));
    let mut vector = VectorEnv::new(envs, streams, n_workers, Snapshots::EveryStep).unwrap();
    vector.reset().unwrap();
    vector
}

fn sell(spec: &ExecutionSpec, player: Player, n_workers: usize) -> Rollout {
    let config = TrainConfig {
        player,
        ..five_copies()
    };
    let mut vector = sales(spec, n_workers);
    let network = config
        .policy
        .network(vector.layout(), vector.action_space());
    let mut rng = Streams::new(2).stream(Component::Init, 0);
    let device = Cpu::default();
    let policy = ActorCritic::new(&network, &[8], 0.0, &mut rng, &device).unwrap();
    let mut scale = RewardScale::new(RewardUnit::Fixed(1.0), 0.99, N_COPIES);
    let mut collector = Collector::new(&vector, &config, Streams::new(2), &policy).unwrap();
    let rollout = collector.play(&mut vector, &policy, 1, &mut scale);
    rollout.unwrap().clone()
}

/// Rewards of the same actions in the same episodes under constant multipliers.
fn replay(rollout: &Rollout, spec: &ExecutionSpec, multipliers: (f64, f64)) -> Vec<f64> {
    let mut vector = sales(spec, 1);
    let Actions::Continuous(actions) = &rollout.samples.actions else {
        panic!("continuous")
    };
    let mut rewards = Vec::new();
    for actions in actions.chunks(N_COPIES) {
        let shocks = Shocks {
            price_bps: &[],
            spread_multipliers: &[multipliers.0; N_COPIES],
            liquidity_multipliers: &[multipliers.1; N_COPIES],
        };
        vector.step(Action::Continuous(actions), shocks).unwrap();
        rewards.extend_from_slice(vector.steps().rewards);
    }
    rewards
}

#[test]
fn an_emptied_book_is_charged_in_rollouts() {
    let spec = sale();
    let starved = sell(&spec, Player::Starve, 1);
    assert_eq!(starved.rewards, replay(&starved, &spec, (3.0, 0.5)));
    // Spreads alone: every episode pays the half spread of the whole block three times.
    let mut spread_only = spec.clone();
    spread_only.shocks.min_liquidity_multiplier = 1.0;
    let starved = sell(&spread_only, Player::Starve, 1);
    let clean = replay(&starved, &spread_only, (1.0, 1.0));
    let block = spec.liquidation;
    let expected = 2.0 * block.half_spread * block.shares;
    for episode in 0..starved.n_steps / 8 {
        let rows = episode * 8 * N_COPIES..(episode + 1) * 8 * N_COPIES;
        for copy in 0..N_COPIES {
            let rows = rows.clone().skip(copy).step_by(N_COPIES);
            let paid: f64 = rows.map(|row| clean[row] - starved.rewards[row]).sum();
            assert!((paid / expected - 1.0).abs() < 1e-6, "{paid}");
        }
    }
    // Rewards under drawn multipliers lie between the clean and the worst rewards.
    let drawn = sell(&spec, Player::Random, 1);
    let (best, worst) = (
        replay(&drawn, &spec, (1.0, 1.0)),
        replay(&drawn, &spec, (3.0, 0.5)),
    );
    let sum = |rewards: &[f64]| rewards.iter().sum::<f64>();
    let share = (sum(&best) - sum(&drawn.rewards)) / (sum(&best) - sum(&worst));
    assert!((0.3..0.6).contains(&share), "{share}");
}

#[test]
fn an_emptied_book_does_not_depend_on_the_number_of_workers() {
    for player in [Player::Starve, Player::Random] {
        let alone = sell(&sale(), player.clone(), 1);
        assert!(sell(&sale(), player.clone(), 3) == alone, "{player:?}");
    }
}

#[test]
fn only_the_given_share_of_books_is_emptied() {
    let config = TrainConfig {
        player: Player::Starve,
        shocked_share: 0.4,
        ..five_copies()
    };
    let mut vector = sales(&sale(), 1);
    let mut shocks = RolloutShocks::new(&vector, &config).unwrap();
    let network = config
        .policy
        .network(vector.layout(), vector.action_space());
    let mut rng = Streams::new(2).stream(Component::Init, 0);
    let device = Cpu::default();
    let policy = ActorCritic::new(&network, &[8], 0.0, &mut rng, &device).unwrap();
    let (zeros, frozen) = ([0.0; N_COPIES], policy.freeze());
    let actions = Action::Continuous(&[0.0; N_COPIES]);
    let shocks = shocks.choose(&mut vector, &frozen, actions, &mut rng);
    let shocks = shocks.unwrap();
    assert_eq!(shocks.price_bps, zeros);
    assert_eq!(shocks.spread_multipliers, [3.0, 3.0, 1.0, 1.0, 1.0]);
    assert_eq!(shocks.liquidity_multipliers, [0.5, 0.5, 1.0, 1.0, 1.0]);
}
