//! Tests of time, accounting, shocks and episode ends of the trading environment.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small numbers made up for tests"
)]

use super::displacement::displaced;
use super::fixture::{N_ASSETS, N_BARS, TRAINING, bars, env, env_of, market, panel_of, spec};
use crate::env::{
    Action, Env, EnvError, LogGrowth, Market, Outcome, PrintEnding, Shock, ShockKind, Threat,
    TradingEnv, TradingSpec, check_env,
};
use crate::{
    market::{Allocation, Bar, Costs},
    units::bps,
};
use proptest::prelude::*;
use std::sync::Arc;

const THREATS: [Threat; 3] = [Threat::Corrected, Threat::Kept, Threat::Jump];

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn bits64(x: &[f64]) -> Vec<u64> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// A deterministic sequence in [-1, 1].
fn wiggle(t: usize, i: usize) -> f64 {
    ((t * 7 + i * 13 + 3) as f64 * 0.7).sin()
}

fn action(t: usize) -> [f32; N_ASSETS] {
    std::array::from_fn(|i| wiggle(t, i) as f32)
}

fn shock(t: usize) -> [f64; N_ASSETS] {
    std::array::from_fn(|i| 150.0 * wiggle(t + 1, i + 5))
}

fn shock_of(price_bps: &[f64]) -> Shock<'_> {
    Shock {
        price_bps,
        ..Shock::NONE
    }
}

/// One asset without costs, bars `(open, close)`, and a feature with a short warm-up.
pub(super) fn tiny(
    prices: &[(f64, f64)],
    change: impl FnOnce(&mut TradingSpec),
) -> Result<TradingEnv, EnvError> {
    let bars = prices.iter().map(|&(open, close)| Bar {
        open,
        high: open.max(close),
        low: open.min(close),
        close,
        volume: 0.0,
    });
    let mut spec = spec(ShockKind::Print);
    spec.allocation = Allocation::Weights {
        low: -1.0,
        high: 1.0,
        max_gross: 1.0,
    };
    spec.features = vec![crate::features::FeatureSpec::Calendar(
        crate::features::Cycle::Year,
    )];
    spec.costs = Costs::FREE;
    spec.initial_cash = 1000.0;
    change(&mut spec);
    let panel = panel_of(bars.collect(), 1);
    let n_bars = panel.n_bars();
    let market = Market::fit(panel, &spec.features, 0..n_bars)?;
    TradingEnv::new(Arc::new(market), spec, 0..n_bars)
}

fn step1(env: &mut TradingEnv, weight: f32) -> (f64, Outcome) {
    let step = env.step(Action::Continuous(&[weight]), Shock::NONE);
    (step.reward, step.outcome)
}

#[test]
fn decide_at_the_close_fill_at_the_next_open_mark_at_its_close() {
    let prices = [(1.0, 100.0), (110.0, 121.0), (150.0, 75.0), (80.0, 80.0)];
    let mut env = tiny(&prices, |_| {}).unwrap();
    env.reset(0);
    assert_eq!(env.row(), 0);
    // The close 100 gives 10 units. They earn 110 -> 121 and not the gap 100 -> 110.
    let (reward, _) = step1(&mut env, 1.0);
    assert!((reward - 1.11_f64.ln()).abs() < 1e-12);
    assert!((env.equity() - 1110.0).abs() < 1e-9);
    // The old 10 units take the gap 121 -> 150, the new 555 / 121 units take 150 -> 75.
    let (reward, _) = step1(&mut env, 0.5);
    let expected = 1110.0 + 10.0 * 29.0 - 555.0 / 121.0 * 75.0;
    assert!((env.portfolio().units()[0] - 555.0 / 121.0).abs() < 1e-12);
    assert!((env.equity() - expected).abs() < 1e-9);
    assert!((reward - (expected / 1110.0).ln()).abs() < 1e-12);
    let (_, outcome) = step1(&mut env, 0.0);
    assert_eq!(outcome, Outcome::Truncated);
}

#[test]
fn the_liquidation_is_in_the_last_reward() {
    let prices = [(100.0, 100.0), (100.0, 100.0), (100.0, 100.0)];
    let fee = |spec: &mut TradingSpec| spec.costs.fee = bps!(100.0).into();
    let mut env = tiny(&prices, fee).unwrap();
    env.reset(0);
    let bought = 1000.0 / 1.01;
    let (reward, outcome) = step1(&mut env, 1.0);
    assert_eq!(outcome, Outcome::Running);
    assert!((reward - (bought / 1000.0_f64).ln()).abs() < 1e-12);
    let (reward, outcome) = step1(&mut env, 1.0);
    assert_eq!(outcome, Outcome::Truncated);
    assert!((reward - 0.99_f64.ln()).abs() < 1e-12);
    assert!((env.equity() - bought * 0.99).abs() < 1e-9);
    assert!((env.last_turnover() - 1.0).abs() < 1e-9);
    assert!((env.last_fill().charge.fee - bought * 0.01).abs() < 1e-9);
    assert!((env.marked_weights()[0] - 1.0).abs() < 1e-9);
    assert!(env.account().weights[0].abs() < 1e-15);
    // A step after the end changes nothing.
    let equity = env.equity();
    assert_eq!(step1(&mut env, -1.0), (0.0, Outcome::Truncated));
    assert_eq!(equity.to_bits(), env.equity().to_bits());
}

#[test]
fn ruin_terminates_and_liquidates_with_a_finite_reward() {
    let prices = [(10.0, 10.0), (10.0, 10.0), (10.0, 1.9), (10.0, 10.0)];
    let fee = |spec: &mut TradingSpec| spec.costs.fee = bps!(100.0).into();
    let mut env = tiny(&prices, fee).unwrap();
    env.reset(0);
    step1(&mut env, 1.0);
    let held = env.equity();
    let (reward, outcome) = step1(&mut env, 1.0);
    assert_eq!(outcome, Outcome::Terminated);
    assert!((env.equity() - held * 0.19 * 0.99).abs() < 1e-9);
    assert!((reward - (0.19 * 0.99_f64).ln()).abs() < 1e-12);

    // A short position through a ninefold price: the account owes money, the reward is finite.
    let prices = [(10.0, 10.0), (10.0, 10.0), (10.0, 90.0), (10.0, 10.0)];
    let mut env = tiny(&prices, |_| {}).unwrap();
    env.reset(0);
    step1(&mut env, -1.0);
    let (reward, outcome) = step1(&mut env, -1.0);
    assert_eq!(outcome, Outcome::Terminated);
    assert!(env.equity() < 0.0);
    assert!((reward - LogGrowth::FLOOR.ln()).abs() < 1e-12);
    assert!(env.account().cash.is_finite());
}

#[test]
fn the_seed_picks_the_start_and_the_horizon_truncates() {
    let mut spec = spec(ShockKind::Print);
    spec.horizon = Some(11);
    let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), spec);
    let mut starts = std::collections::BTreeSet::new();
    for seed in 0..200 {
        env.reset(seed);
        let start = env.row();
        assert!((env.first_row()..=env.last_row() - 11).contains(&start));
        starts.insert(start);
        for k in 1..=11 {
            let outcome = env
                .step(Action::Continuous(&action(k)), Shock::NONE)
                .outcome;
            assert_eq!(outcome.is_over(), k == 11);
        }
        assert_eq!(env.outcome(), Outcome::Truncated);
        assert!(env.account().time_left.abs() < 1e-15);
        env.reset(seed);
        assert_eq!(env.row(), start);
        assert!((env.account().time_left - 1.0).abs() < 1e-15);
    }
    assert!(starts.len() > 50);
}

#[test]
fn log_growth_rewards_sum_to_the_log_growth_of_the_account() {
    for kind in THREATS {
        let mut env = env(kind);
        env.reset(0);
        let (mut sum, mut t) = (0.0, 0);
        while !env.outcome().is_over() {
            sum += env
                .step(Action::Continuous(&action(t)), shock_of(&shock(t)))
                .reward;
            t += 1;
        }
        assert_eq!(env.row(), N_BARS - 1);
        assert!((sum - (env.equity() / 1e5).ln()).abs() < 1e-9);
    }
}

#[test]
fn an_action_that_is_not_finite_holds_the_position_and_is_counted() {
    let mut env = env(ShockKind::Print);
    env.reset(0);
    env.step(Action::Continuous(&[0.5, -0.5, 0.2]), Shock::NONE);
    let (units, cash) = (bits64(env.portfolio().units()), env.portfolio().cash());
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        env.step(Action::Continuous(&[0.1, bad, 0.1]), Shock::NONE);
    }
    env.step(Action::Categorical(&[0, 0, 0]), Shock::NONE);
    assert_eq!(units, bits64(env.portfolio().units()));
    assert_eq!(cash.to_bits(), env.portfolio().cash().to_bits());
    assert!(env.last_fill().traded_value.abs() < 1e-15);
    assert_eq!(env.n_refused(), 4);
    env.step(Action::Continuous(&[3.0, -2.0, 0.0]), shock_of(&[1e5; 3]));
    let interventions = env.interventions();
    assert_eq!(interventions.refused_actions, 4);
    assert_eq!(interventions.clamped_weights, 2);
    assert_eq!(interventions.scaled_to_gross, 1);
    assert_eq!(interventions.projected_shocks, 1);
}

#[test]
fn a_level_action_trades_to_the_weight_of_that_level() {
    let mut spec = spec(ShockKind::Print);
    let levels = vec![-0.5, 0.0, 0.5];
    let weights = env_of(&market(bars(N_ASSETS, N_BARS, 1)), spec.clone());
    spec.allocation = Allocation::Levels {
        levels,
        max_gross: 1.5,
    };
    let mut named = env_of(weights.market(), spec);
    let mut weights = weights;
    weights.reset(0);
    named.reset(0);
    for t in 0..20_u32 {
        let choice = [t % 3, (t + 1) % 3, (t * t) % 3];
        let real = choice.map(|level| level as f32 * 0.5 - 0.5);
        named.step(Action::Categorical(&choice), Shock::NONE);
        weights.step(Action::Continuous(&real), Shock::NONE);
        assert_eq!(named.equity().to_bits(), weights.equity().to_bits());
    }
}

#[test]
fn spread_and_liquidity_shocks_act_on_the_trades_of_the_step() {
    let fill = |spread_multiplier, liquidity_multiplier| {
        let mut env = env(ShockKind::Print);
        env.reset(0);
        let shock = Shock {
            price_bps: &[],
            spread_multiplier,
            liquidity_multiplier,
        };
        env.step(Action::Continuous(&[0.3, 0.0, 0.0]), shock);
        env.last_fill()
    };
    let (clean, shocked) = (fill(1.0, 1.0), fill(3.0, 0.25));
    // The order is sized before the shock, so the traded units are the same.
    assert!((shocked.charge.spread / clean.charge.spread - 3.0).abs() < 1e-12);
    assert!((shocked.charge.impact / clean.charge.impact - 2.0).abs() < 1e-12);
    assert!((shocked.charge.fee / clean.charge.fee - 1.0).abs() < 1e-12);
}

#[test]
fn impact_follows_the_square_root_law_with_the_variance_before_the_fill() {
    let mut env = env(ShockKind::Print);
    env.reset(0);
    for t in 0..30 {
        env.step(Action::Continuous(&[0.0; 3]), shock_of(&shock(t)));
    }
    let panel = env.market().panel();
    let closes: Vec<f64> = (0..=env.row()).map(|t| panel.row(t)[0].close).collect();
    let squares: Vec<f64> = closes
        .windows(2)
        .map(|pair| (pair[1] / pair[0]).ln().powi(2))
        .collect();
    let keep = 0.5_f64.powf(1.0 / 20.0);
    let variance = squares[1..]
        .iter()
        .fold(squares[0], |v, r2| keep * v + (1.0 - keep) * r2);
    let next = panel.row(env.row() + 1)[0];
    let depth = next.open * next.volume;
    env.step(Action::Continuous(&[0.4, 0.0, 0.0]), Shock::NONE);
    let fill = env.last_fill();
    let expected = fill.traded_value * 0.5 * variance.sqrt() * (fill.traded_value / depth).sqrt();
    assert!((fill.charge.impact / expected - 1.0).abs() < 1e-9);
    assert!((fill.charge.spread / fill.traded_value - 3e-4).abs() < 1e-15);
}

#[cfg(feature = "learn")]
#[test]
fn copies_give_the_same_bytes_at_any_number_of_workers() {
    use crate::env::{Shocks, Snapshots, VectorEnv};
    const N_COPIES: usize = 9;
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let trace = |n_workers: usize| {
        let mut spec = displaced(ShockKind::Jump);
        spec.horizon = Some(7);
        let copies = (0..N_COPIES).map(|_| env_of(&market, spec.clone()));
        let n_workers = std::num::NonZeroUsize::new(n_workers).unwrap();
        let streams = crate::rng::Streams::new(5);
        let snapshots = Snapshots::EveryStep;
        let mut vector = VectorEnv::new(copies.collect(), streams, n_workers, snapshots).unwrap();
        vector.reset().unwrap();
        let mut trace = Vec::new();
        for t in 0..30 {
            let actions: Vec<f32> = (0..N_COPIES).flat_map(|i| action(t + i)).collect();
            let price_bps: Vec<f64> = (0..N_COPIES).flat_map(|i| shock(t + i)).collect();
            let shocks = Shocks {
                price_bps: &price_bps,
                ..Shocks::NONE
            };
            vector.preview(Action::Continuous(&actions)).unwrap();
            vector.step(Action::Continuous(&actions), shocks).unwrap();
            trace.extend(vector.observations().iter().map(|x| u64::from(x.to_bits())));
            trace.extend(bits64(vector.steps().rewards));
            trace.extend(bits64(vector.snapshots()));
            trace.extend(bits64(vector.previews()));
        }
        trace
    };
    let inline = trace(1);
    assert!(inline == trace(2) && inline == trace(8));
}

/// One step of random moves for every copy, with refused actions, zero shocks and no shocks.
#[cfg(feature = "learn")]
#[derive(Default)]
struct Round {
    actions: Vec<f32>,
    price_bps: Vec<f64>,
    spread: Vec<f64>,
    liquidity: Vec<f64>,
}

#[cfg(feature = "learn")]
impl Round {
    fn draw(rng: &mut crate::rng::Rng, n_copies: usize) -> Self {
        use rand::Rng as _;
        let mut round = Self::default();
        let shocked = rng.gen_bool(0.7);
        for _ in 0..n_copies {
            let (refused, still) = (rng.gen_bool(0.05), rng.gen_bool(0.3));
            for _ in 0..N_ASSETS {
                let weight = rng.gen_range(-1.5..1.5);
                round.actions.push(if refused { f32::NAN } else { weight });
            }
            if shocked {
                let size = if still { 0.0 } else { 900.0 };
                let moves = (0..N_ASSETS).map(|_| size * rng.gen_range(-1.0..1.0));
                round.price_bps.extend(moves);
                round.spread.push(rng.gen_range(0.5..6.0));
                round.liquidity.push(rng.gen_range(0.1..1.0));
            }
        }
        round
    }

    fn action(&self, copy: usize) -> Action<'_> {
        Action::Continuous(&self.actions[copy * N_ASSETS..(copy + 1) * N_ASSETS])
    }

    fn shock(&self, copy: usize) -> Shock<'_> {
        if self.spread.is_empty() {
            return Shock::NONE;
        }
        Shock {
            price_bps: &self.price_bps[copy * N_ASSETS..(copy + 1) * N_ASSETS],
            spread_multiplier: self.spread[copy],
            liquidity_multiplier: self.liquidity[copy],
        }
    }
}

/// Copies at any number of workers equal environments stepped one by one.
#[cfg(feature = "learn")]
#[test]
fn copies_equal_single_environments() {
    use crate::env::{Shocks, Snapshots, VectorEnv};
    use crate::rng::{Component, Streams};
    const N_COPIES: usize = 75;
    let clean = market(bars(N_ASSETS, N_BARS, 1));
    let long = Arc::new(clean.without_states());
    for (kind, market) in [
        (Threat::Corrected, &clean),
        (Threat::Kept, &clean),
        (Threat::Kept, &long),
        (Threat::Jump, &clean),
        (Threat::Jump, &long),
    ] {
        for n_workers in 1..=3 {
            let mut rules = spec(kind);
            rules.horizon = Some(9);
            rules.ruin_fraction = 0.9;
            let streams = Streams::new(8);
            let mut rng = streams.stream(Component::Policy, 0);
            let single = env_of(market, rules);
            let mut singles = vec![(single.clone(), 0); N_COPIES];
            let envs = vec![single; N_COPIES];
            let n_workers = std::num::NonZeroUsize::new(n_workers).unwrap();
            let mut vector = VectorEnv::new(envs, streams, n_workers, Snapshots::Off).unwrap();
            vector.reset().unwrap();
            for (copy, (env, _)) in singles.iter_mut().enumerate() {
                env.reset(streams.episode_seed(copy as u64, 0));
            }
            let mut n_ends = [0; 3];
            for _ in 0..40 {
                let round = Round::draw(&mut rng, N_COPIES);
                let shocks = Shocks {
                    price_bps: &round.price_bps,
                    spread_multipliers: &round.spread,
                    liquidity_multipliers: &round.liquidity,
                };
                vector
                    .step(Action::Continuous(&round.actions), shocks)
                    .unwrap();
                for (copy, (env, episode)) in singles.iter_mut().enumerate() {
                    let step = env.step(round.action(copy), round.shock(copy));
                    let (reward, outcome) = (step.reward, step.outcome);
                    assert_eq!(
                        bits(vector.steps().final_observation(copy)),
                        bits(step.observation)
                    );
                    assert_eq!(vector.steps().rewards[copy].to_bits(), reward.to_bits());
                    assert_eq!(vector.steps().outcomes[copy], outcome);
                    assert_eq!(vector.n_refused()[copy], env.n_refused());
                    n_ends[outcome as usize] += 1;
                    if outcome.is_over() {
                        *episode += 1;
                        env.reset(streams.episode_seed(copy as u64, *episode));
                    }
                    let n = env.observation().len();
                    let row = &vector.observations()[copy * n..(copy + 1) * n];
                    assert_eq!(bits(row), bits(env.observation()));
                }
            }
            assert!(n_ends.iter().all(|n| *n > 10), "{n_ends:?}");
        }
    }
}

#[test]
fn the_episode_budget_runs_out() {
    let mut spec = spec(ShockKind::Jump);
    spec.shocks.episode_budget_bps = Some(bps!(450.0));
    let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), spec);
    env.reset(0);
    for expected in [300.0, 150.0, 0.0, 0.0] {
        env.step(Action::Continuous(&[0.1; 3]), shock_of(&[900.0, 0.0, 0.0]));
        assert!((env.applied_shock().price_bps[0] - expected).abs() < 1e-9);
    }
    assert!((env.spent_bps() - 450.0).abs() < 1e-9);
    env.reset(0);
    assert!(env.spent_bps().abs() < 1e-15);
}

#[test]
fn a_print_moves_the_observation_and_nothing_else() {
    let (mut clean, mut printed) = (env(ShockKind::Print), env(ShockKind::Print));
    clean.reset(0);
    printed.reset(0);
    let n_market = clean.layout().market.len();
    for t in 0..60 {
        let seen = clean.step(Action::Continuous(&action(t)), Shock::NONE);
        let (seen, reward) = (seen.observation.to_vec(), seen.reward);
        // Every third bar has a zero shock.
        let z = if t % 3 == 2 {
            [0.0; N_ASSETS]
        } else {
            shock(t)
        };
        let step = printed.step(Action::Continuous(&action(t)), shock_of(&z));
        assert_eq!(reward.to_bits(), step.reward.to_bits());
        assert_eq!(bits(&seen[n_market..]), bits(&step.observation[n_market..]));
        let same = bits(&seen[..n_market]) == bits(&step.observation[..n_market]);
        assert_eq!(same, t % 3 == 2);
        assert_eq!(clean.portfolio(), printed.portfolio());
        assert_eq!(clean.last_fill(), printed.last_fill());
        assert_eq!(bits64(clean.closes()), bits64(printed.closes()));
    }
}

/// The panel with the jumps `shock(t)`, t = 0.., in the closes of the rows after `first`.
fn jumped_bars(first: usize, n_jumps: usize) -> Vec<Bar> {
    let mut bars = bars(N_ASSETS, N_BARS, 1);
    let mut log_moves = [0.0; N_ASSETS];
    for (k, bar) in bars.iter_mut().enumerate() {
        let (t, i) = (k / N_ASSETS, k % N_ASSETS);
        let before = f64::exp(log_moves[i]);
        if t > first && t <= first + n_jumps {
            log_moves[i] += shock(t - first - 1)[i] * 1e-4;
        }
        let close = bar.close * f64::exp(log_moves[i]);
        *bar = Bar {
            open: bar.open * before,
            high: (bar.high * before).max(close),
            low: (bar.low * before).min(close),
            close,
            volume: bar.volume,
        };
    }
    bars
}

#[test]
fn a_jump_equals_a_panel_that_contains_it() {
    let mut jumped = env(ShockKind::Jump);
    let n_jumps = 25;
    let first = jumped.first_row();
    assert!(first + n_jumps < TRAINING);
    let really = panel_of(jumped_bars(first, n_jumps), N_ASSETS);
    let normalizer = jumped.market().normalizer().clone();
    let features = jumped.spec().features.clone();
    let really = Arc::new(Market::new(really, &features, normalizer).unwrap());
    let mut real = env_of(&really, jumped.spec().clone());
    assert_eq!(bits(jumped.reset(0)), bits(real.reset(0)));
    for t in 0..60 {
        let z = if t < n_jumps {
            shock(t)
        } else {
            [0.0; N_ASSETS]
        };
        let step = jumped.step(Action::Continuous(&action(t)), shock_of(&z));
        let (observation, reward) = (step.observation.to_vec(), step.reward);
        let step = real.step(Action::Continuous(&action(t)), Shock::NONE);
        assert!((reward - step.reward).abs() < 1e-11, "step {t}");
        for (a, b) in observation.iter().zip(step.observation) {
            assert!((a - b).abs() < 2e-5, "step {t}: {a} {b}");
        }
        assert!((jumped.equity() / real.equity() - 1.0).abs() < 1e-11);
        for (a, b) in jumped.closes().iter().zip(real.closes()) {
            assert!((a / b - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn snapshots_and_previews_contain_every_jump() {
    for kind in THREATS {
        let mut env = env(kind);
        let map = env.shock_map().unwrap();
        let n_market = env.layout().market.len();
        let (mut snapshot, mut rebuilt) = (
            vec![0.0; map.snapshot_len()],
            vec![0.0; env.layout().n_fields()],
        );
        env.reset(0);
        for t in 0..50 {
            env.preview(Action::Continuous(&action(t)), &mut snapshot);
            map.observe(&snapshot, &shock(t), &mut rebuilt);
            let step = env.step(Action::Continuous(&action(t)), shock_of(&shock(t)));
            let shown = step.observation.to_vec();
            assert_eq!(bits(&rebuilt[..n_market]), bits(&shown[..n_market]));
            if kind != Threat::Jump {
                assert_eq!(bits(&rebuilt), bits(&shown));
            }
            env.snapshot(&mut snapshot);
            map.observe(&snapshot, &shock(t), &mut rebuilt);
            assert_eq!(bits(&rebuilt), bits(&shown));
        }
    }
}

#[test]
fn results_with_and_without_stored_states_are_equal() {
    for kind in THREATS {
        let mut stored = env(kind);
        let streamed = Arc::new(stored.market().without_states());
        let mut streamed = env_of(&streamed, spec(kind));
        let mut snapshots = [(); 2].map(|()| vec![0.0; stored.shock_map().unwrap().snapshot_len()]);
        for seed in 0..2 {
            assert_eq!(bits(stored.reset(seed)), bits(streamed.reset(seed)));
            for t in 0..40 {
                let z = if t < 5 { [0.0; N_ASSETS] } else { shock(t) };
                for (env, snapshot) in [&mut stored, &mut streamed].into_iter().zip(&mut snapshots)
                {
                    env.step(Action::Continuous(&action(t)), shock_of(&z));
                    env.snapshot(snapshot);
                }
                assert_eq!(bits64(&snapshots[0]), bits64(&snapshots[1]));
                assert_eq!(stored.account().weights, streamed.account().weights);
            }
        }
    }
}

/// The jump of a step lowers the equity by the loss that the preview's exposure states.
#[test]
fn a_jump_costs_what_the_exposure_says() {
    let mut rules = spec(Threat::Jump);
    rules.costs = Costs::FREE;
    let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), rules);
    let map = env.shock_map().unwrap();
    let mut snapshot = vec![0.0; map.snapshot_len()];
    let mut t = 0;
    while !env.outcome().is_over() {
        let (mut clean, action) = (env.clone(), action(t));
        clean.step(Action::Continuous(&action), Shock::NONE);
        env.preview(Action::Continuous(&action), &mut snapshot);
        env.step(Action::Continuous(&action), shock_of(&shock(t)));
        let exposure = map.exposure(&snapshot).unwrap();
        assert_eq!(bits64(exposure.weights), bits64(clean.marked_weights()));
        // This also holds in the last step, whose liquidation is free.
        let loss = exposure.loss(env.applied_shock().price_bps);
        let found = 1.0 - env.equity() / clean.equity();
        assert!((found - loss).abs() < 1e-12, "step {t}: {found} {loss}");
        t += 1;
    }
    assert!(t > 100);
    for threat in [Threat::Corrected, Threat::Kept] {
        let env = self::env(threat);
        let map = env.shock_map().unwrap();
        assert!(map.exposure(&vec![0.0; map.snapshot_len()]).is_none());
    }
}

#[test]
fn hindsight_is_the_profit_per_weight_from_fill_to_mark() {
    for kind in THREATS {
        let mut env = env(kind);
        let map = env.shock_map().unwrap();
        let mut snapshot = vec![0.0; map.snapshot_len()];
        env.reset(0);
        let mut t = 0;
        while !env.outcome().is_over() {
            env.snapshot(&mut snapshot);
            let hindsight = map.hindsight(&snapshot).unwrap();
            let panel = env.market().panel();
            let bars = panel.row(env.row()).iter().zip(panel.row(env.row() + 1));
            for (found, (bar, next)) in hindsight.simple_returns.iter().zip(bars) {
                assert!((found - (next.close - next.open) / bar.close).abs() < 1e-15);
            }
            assert_eq!(bits64(hindsight.weights), bits64(env.account().weights));
            let rates = hindsight.cost_rates;
            assert!(rates.len() == N_ASSETS && rates.iter().all(|c| (c - 5e-4).abs() < 1e-15));
            assert!((hindsight.max_gross - 1.5).abs() < 1e-15);
            env.step(Action::Continuous(&action(t)), shock_of(&shock(t)));
            t += 1;
        }
        // After the end of an episode, the hindsight returns are 0.
        env.snapshot(&mut snapshot);
        let hindsight = map.hindsight(&snapshot).unwrap();
        assert_eq!(bits64(hindsight.simple_returns), bits64(&[0.0; N_ASSETS]));
        assert_eq!(bits64(hindsight.weights), bits64(&[0.0; N_ASSETS]));
    }
}

/// Without costs, the hindsight returns give the profit of any action up to a constant.
#[test]
fn hindsight_prices_every_action() {
    for kind in THREATS {
        let mut rules = spec(kind);
        rules.costs = Costs::FREE;
        let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), rules);
        let map = env.shock_map().unwrap();
        let mut snapshot = vec![0.0; map.snapshot_len()];
        env.reset(0);
        for t in 0..40 {
            env.snapshot(&mut snapshot);
            let returns = map.hindsight(&snapshot).unwrap().simple_returns.to_vec();
            let gain = |action: [f32; N_ASSETS]| {
                let (mut env, equity) = (env.clone(), env.equity());
                env.step(Action::Continuous(&action), Shock::NONE);
                let weights = action.iter().map(|w| f64::from(*w));
                let priced: f64 = weights.zip(&returns).map(|(w, r)| w * r).sum();
                env.equity() / equity - priced
            };
            let (long, short) = (gain([0.5; N_ASSETS]), gain([-0.4, 0.1, 0.3]));
            assert!((long - short).abs() < 1e-12, "{long} {short}");
            env.step(Action::Continuous(&action(t)), shock_of(&shock(t)));
        }
    }
}

#[test]
fn the_jacobian_is_the_slope_of_the_map() {
    assert_slopes(env(ShockKind::Print), |_| [0.0; N_ASSETS]);
}

/// Earlier prints are constants of the state; only the newest one moves the observation.
#[test]
fn the_jacobian_is_the_slope_after_kept_prints() {
    assert_slopes(env(Threat::Kept), |t| shock(3 * t + 1));
}

fn assert_slopes(mut env: TradingEnv, played: impl Fn(usize) -> [f64; N_ASSETS]) {
    let map = env.shock_map().unwrap();
    let n_fields = env.layout().n_fields();
    let mut snapshot = vec![0.0; map.snapshot_len()];
    let [mut at, mut above, mut below] = [(); 3].map(|()| vec![0.0_f32; n_fields]);
    let mut jacobian = vec![0.0_f32; n_fields * N_ASSETS];
    let (mut n_compared, mut n_kinks) = (0, 0);
    env.reset(0);
    for t in 0..40 {
        env.step(Action::Continuous(&action(t)), shock_of(&played(t)));
        env.snapshot(&mut snapshot);
        let z = shock(t);
        map.jacobian(&snapshot, &z, &mut at, &mut jacobian);
        map.observe(&snapshot, &z, &mut above);
        assert_eq!(bits(&at), bits(&above));
        for asset in 0..N_ASSETS {
            let (mut plus, mut minus) = (z, z);
            plus[asset] += 1.0;
            minus[asset] -= 1.0;
            map.observe(&snapshot, &plus, &mut above);
            map.observe(&snapshot, &minus, &mut below);
            for field in 0..n_fields {
                let slope = (f64::from(above[field]) - f64::from(below[field])) / 2.0;
                let claimed = f64::from(jacobian[field * N_ASSETS + asset]);
                let rounding = 2.0 * f64::from(f32::EPSILON * above[field].abs().max(0.01));
                n_compared += usize::from(slope.abs() > 0.0);
                // A kink (high, low or unchanged close) may lie within the difference interval.
                n_kinks += usize::from((slope - claimed).abs() > 1e-4 * slope.abs() + rounding);
            }
        }
    }
    assert!(
        n_compared > 300 && n_kinks * 50 < n_compared,
        "{n_kinks} of {n_compared}"
    );
}

#[test]
fn check_env_finds_nothing() {
    for kind in THREATS {
        let violations = check_env(&mut env(kind));
        assert!(violations.is_empty(), "{violations:?}");
        let mut tight = spec(kind);
        tight.shocks.episode_budget_bps = Some(bps!(500.0));
        tight.horizon = Some(9);
        let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), tight);
        let violations = check_env(&mut env);
        assert!(violations.is_empty(), "{violations:?}");
    }
}

#[test]
fn the_spec_survives_serialization_and_refuses_unknown_fields() {
    for threat in THREATS {
        let spec = spec(threat);
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<TradingSpec>(&text).unwrap(), spec);
        // `Corrected` is the default and is left out of the text.
        assert_eq!(
            text.contains("\"print_ending\":\"Kept\""),
            threat == Threat::Kept
        );
        assert_eq!(text.contains("print_ending"), threat == Threat::Kept);
    }
    let text = serde_json::to_string(&spec(ShockKind::Jump)).unwrap();
    let unknown = text.replacen("{\"initial_cash\"", "{\"levrage\":2,\"initial_cash\"", 1);
    assert!(serde_json::from_str::<TradingSpec>(&unknown).is_err());
}

/// Error of an environment over `rows` with changed rules.
fn refusal(rows: std::ops::Range<usize>, change: fn(&mut TradingSpec)) -> EnvError {
    let mut spec = spec(ShockKind::Print);
    change(&mut spec);
    TradingEnv::new(market(bars(N_ASSETS, N_BARS, 1)), spec, rows).unwrap_err()
}

#[test]
fn invalid_environments_are_refused() {
    let all = 0..N_BARS;
    assert!(matches!(
        refusal(all.clone(), |s| s.initial_cash = 0.0),
        EnvError::Bounds(_)
    ));
    assert!(matches!(
        refusal(all.clone(), |s| s.ruin_fraction = 0.0),
        EnvError::RuinFraction { .. }
    ));
    assert!(matches!(
        refusal(all.clone(), |s| s.horizon = Some(0)),
        EnvError::Horizon
    ));
    assert!(matches!(
        refusal(all.clone(), |s| s.horizon = Some(149)),
        EnvError::TooShort { .. }
    ));
    assert!(matches!(
        refusal(all.clone(), |s| s.shocks.kind = ShockKind::Drift),
        EnvError::Drift
    ));
    assert!(matches!(
        refusal(all.clone(), |s| {
            (s.shocks.kind, s.shocks.print_ending) = (ShockKind::Jump, PrintEnding::Kept);
        }),
        EnvError::PrintEnding {
            kind: ShockKind::Jump
        }
    ));
    assert!(matches!(
        refusal(all, |s| s.features.truncate(1)),
        EnvError::ForeignMarket
    ));
    assert!(matches!(refusal(5..5, |_| {}), EnvError::Rows { .. }));
    assert!(matches!(
        refusal(0..N_BARS + 1, |_| {}),
        EnvError::Rows { .. }
    ));
    assert!(matches!(refusal(0..15, |_| {}), EnvError::TooShort { .. }));
    let free = tiny(&[(1.0, 1.0); 40], |s| s.costs.impact_coefficient = 0.1);
    let EnvError::NeverTradable {
        symbol,
        from,
        to,
        reason,
    } = free.unwrap_err()
    else {
        panic!("another error");
    };
    assert_eq!((symbol.as_str(), from, to), ("A0", 21, 40));
    assert!(reason.contains("costs.impact_coefficient"), "{reason}");
    let leverage = tiny(&[(1.0, 1.0); 40], |s| {
        s.allocation = Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 3.0,
        };
    });
    let error = leverage.unwrap_err().to_string();
    assert!(
        error.contains("Weights(low: -3, high: 3, max_gross: 3)"),
        "{error}"
    );
}

#[test]
fn invalid_rules_of_orders_are_refused() {
    assert!(matches!(
        refusal(0..N_BARS, |s| s.orders.lots = vec![1.0]),
        EnvError::Orders(_)
    ));
    assert!(matches!(
        refusal(0..N_BARS, |s| s.orders.ticks = vec![0.01, 1e4, 0.01]),
        EnvError::Tick { .. }
    ));
    for (field, change) in [
        (
            "lots",
            (|s| s.orders.lots = vec![1e9; N_ASSETS]) as fn(&mut TradingSpec),
        ),
        ("min_notional", |s| s.orders.min_notional = 1e9),
    ] {
        let refused = refusal(0..N_BARS, change);
        let EnvError::NeverAffordable { field: found, .. } = refused else {
            panic!("{refused}");
        };
        assert_eq!(found, field);
    }
    let tiny_ticks = refusal(0..N_BARS, |s| s.orders.ticks = vec![1e-320; N_ASSETS]);
    assert!(
        tiny_ticks
            .to_string()
            .contains("expected a number in [1e-12, 1e12]"),
        "{tiny_ticks}"
    );
}

#[test]
fn warm_up_may_lie_before_the_rows() {
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let env = TradingEnv::new(market, spec(ShockKind::Print), 100..N_BARS).unwrap();
    assert_eq!((env.first_row(), env.last_row()), (100, N_BARS - 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Equity changes only by the price changes of the holdings minus the reported costs.
    #[test]
    fn equity_is_conserved_up_to_reported_costs(
        seed in 0_u64..1000,
        kind in prop::sample::select(THREATS.to_vec()),
        plays in prop::collection::vec((
            prop::array::uniform3(-2.0..2.0_f32),
            prop::array::uniform3(-600.0..600.0_f64),
            0.5..9.0_f64,
            0.05..1.5_f64,
        ), 1..60),
    ) {
        let mut env = env_of(&market(bars(N_ASSETS, N_BARS, seed)), spec(kind));
        env.reset(seed);
        let mut multipliers = [1.0; N_ASSETS];
        for (weights, price_bps, spread_multiplier, liquidity_multiplier) in plays {
            let held = env.portfolio().units().to_vec();
            let (equity, marks) = (env.equity(), env.closes().to_vec());
            let shock = Shock { price_bps: &price_bps, spread_multiplier, liquidity_multiplier };
            let step = env.step(Action::Continuous(&weights), shock);
            let outcome = step.outcome;
            prop_assert!(step.reward.is_finite() && step.observation.iter().all(|x| x.is_finite()));
            let applied = env.applied_shock();
            prop_assert!(crate::env::Norm::L2.of(applied.price_bps) <= 300.0);
            let mut expected = equity - env.last_fill().charge.total();
            let row = env.market().panel().row(env.row());
            for i in 0..N_ASSETS {
                let open = row[i].open * multipliers[i];
                if kind == Threat::Jump {
                    multipliers[i] *= (applied.price_bps[i] * 1e-4).exp();
                }
                let close = row[i].close * multipliers[i];
                prop_assert!((close / env.closes()[i] - 1.0).abs() < 1e-12);
                expected += held[i] * (open - marks[i]);
                if !outcome.is_over() {
                    expected += env.portfolio().units()[i] * (close - open);
                }
            }
            let charge = env.last_fill().charge;
            prop_assert!(charge.fee >= 0.0 && charge.spread >= 0.0 && charge.impact >= 0.0);
            if outcome.is_over() {
                prop_assert!((env.equity() - env.portfolio().cash()).abs() < 1e-9);
                prop_assert!(env.portfolio().units().iter().all(|u| u.abs() <= 0.0));
                break;
            }
            prop_assert!((env.equity() - expected).abs() < 1e-7, "{} {}", env.equity(), expected);
        }
    }

    /// Prices after row t change nothing at or before t.
    #[test]
    fn scrambling_the_future_changes_nothing_before_it(
        cut in 50_usize..120, seed in 0_u64..1000, kind in prop::sample::select(THREATS.to_vec()),
    ) {
        let past = market(bars(N_ASSETS, N_BARS, 1));
        let mut scrambled = bars(N_ASSETS, N_BARS, 1);
        let other = bars(N_ASSETS, N_BARS, seed + 2);
        scrambled[(cut + 1) * N_ASSETS..].copy_from_slice(&other[(cut + 1) * N_ASSETS..]);
        let normalizer = past.normalizer().clone();
        let scrambled = panel_of(scrambled, N_ASSETS);
        let future = Market::new(scrambled, &spec(kind).features, normalizer).unwrap();
        let rules = displaced(kind);
        let (mut a, mut b) = (env_of(&past, rules.clone()), env_of(&Arc::new(future), rules));
        prop_assert_eq!(bits(a.reset(0)), bits(b.reset(0)));
        for t in 0.. {
            let moves = (action(t), shock(t));
            let step = a.step(Action::Continuous(&moves.0), shock_of(&moves.1));
            let (observation, reward) = (bits(step.observation), step.reward.to_bits());
            let step = b.step(Action::Continuous(&moves.0), shock_of(&moves.1));
            let same = observation == bits(step.observation) && reward == step.reward.to_bits();
            if a.row() > cut {
                prop_assert!(!same, "the test cannot tell the futures apart");
                break;
            }
            prop_assert!(same, "row {} knows what comes after row {cut}", a.row());
            prop_assert_eq!(a.portfolio(), b.portfolio());
        }
    }
}
