//! Tests of the trading environment on a market with signals.

#![allow(
    clippy::cast_precision_loss,
    reason = "small numbers made up for tests"
)]

use super::fixture::{env_of, spec};
use crate::env::{Action, Env, Market, Order, Reward, Shock, ShockKind, TradingSpec, check_env};
use crate::{
    features::FeatureSpec,
    market::{Allocation, Costs, Panel},
    models::{Correlation, SignalMarket, SignalPath},
    rng::Streams,
    stats,
};
use chrono::DateTime;
use std::sync::Arc;

const N_SIGNALS: usize = 4;
const N_RETURNS: usize = 2;
const N_BARS: usize = 300;

fn path(n_assets: usize, n_bars: usize) -> SignalPath {
    let market = SignalMarket {
        symbols: (0..n_assets).map(|i| format!("A{i}")).collect(),
        initial_price: 50.0,
        n_bars,
        bar_seconds: 3600,
        steps_per_bar: 2,
        start: DateTime::UNIX_EPOCH,
        bar_volatility: 0.01,
        correlation: Correlation::Common(if n_assets > 1 { 0.3 } else { 0.0 }),
        n_signals: N_SIGNALS,
        n_relevant: 3,
        persistence: 0.5,
        sharpness: 2.0,
        signal_strength: 0.4,
        n_returns: 2,
        return_strength: 0.05,
        coefficients_seed: 3,
    };
    market.simulate(&Streams::new(9), 0).unwrap()
}

/// Returns of two assets, then the signals.
fn features() -> Vec<FeatureSpec> {
    vec![
        FeatureSpec::ScaledReturns {
            window: N_RETURNS,
            half_life: 5.0,
        },
        FeatureSpec::Signals,
    ]
}

/// Rules without impact, because a simulated market has no volume.
fn rules(kind: ShockKind, features: Vec<FeatureSpec>) -> TradingSpec {
    let rules = spec(kind);
    TradingSpec {
        costs: Costs {
            impact_coefficient: 0.0,
            ..rules.costs
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross: 1.0,
        },
        features,
        ..rules
    }
}

fn market(panel: &Panel, features: &[FeatureSpec]) -> Arc<Market> {
    let fitted = Market::fit(panel.clone(), features, 0..100).unwrap();
    assert_eq!(fitted.constant_features(), Vec::<String>::new());
    Arc::new(fitted)
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn shock(t: usize) -> [f64; 2] {
    [0, 1].map(|i| 150.0 * ((t * 7 + i * 13) as f64 * 0.7).sin())
}

fn shock_of(price_bps: &[f64]) -> Shock<'_> {
    Shock {
        price_bps,
        ..Shock::NONE
    }
}

const ACTION: Action<'_> = Action::Continuous(&[0.4, -0.3]);

#[test]
fn check_env_finds_nothing() {
    let market = market(path(2, N_BARS).panel(), &features());
    for kind in [ShockKind::Print, ShockKind::Jump] {
        let violations = check_env(&mut env_of(&market, rules(kind, features())));
        assert!(violations.is_empty(), "{violations:?}");
    }
}

/// The observed fields equal the normalized signals under every shock, also after jumps.
#[test]
fn the_observed_fields_are_the_normalized_signals() {
    let path = path(2, N_BARS);
    let market = market(path.panel(), &features());
    let first = 2 * N_RETURNS;
    for kind in [ShockKind::Print, ShockKind::Jump] {
        let mut env = env_of(&market, rules(kind, features()));
        let names: Vec<_> = env.layout().market[first..].iter().collect();
        assert_eq!(names[0].name, "signal.relevant[0]");
        assert_eq!(names[3].name, "signal.noise[0]");
        let mut t = 0;
        while !env.outcome().is_over() {
            env.step(ACTION, shock_of(&shock(t)));
            let normalizer = env.market().normalizer();
            for (k, signal) in path.signals(env.row()).iter().enumerate() {
                let (mean, scale) = (normalizer.mean[first + k], normalizer.scale[first + k]);
                let expected = (signal - mean) / scale;
                let found = f64::from(env.observation()[first + k]);
                assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0));
            }
            t += 1;
        }
        assert!(t > 200, "{t}");
    }
}

/// A shock moves no signal; it moves all other fields as in a market without signals.
#[test]
fn the_derivative_of_a_signal_is_zero_and_the_others_do_not_change() {
    let path = path(2, N_BARS);
    let alone = &features()[..1];
    let n_prices = 2 * N_RETURNS;
    for kind in [ShockKind::Print, ShockKind::Jump] {
        let with = market(path.panel(), &features());
        let mut with = env_of(&with, rules(kind, features()));
        let mut without = env_of(&market(path.panel(), alone), rules(kind, alone.to_vec()));
        let maps = [with.shock_map().unwrap(), without.shock_map().unwrap()];
        let mut snapshots = maps.each_ref().map(|map| vec![0.0; map.snapshot_len()]);
        let n_fields = [&with, &without].map(|env| env.layout().n_fields());
        assert_eq!(n_fields[0], n_fields[1] + N_SIGNALS);
        let buffers = || n_fields.map(|n| vec![f32::NAN; n]);
        let [mut at, mut above, mut below] = [(); 3].map(|()| buffers());
        let mut jacobians = n_fields.map(|n| vec![f32::NAN; 2 * n]);
        for t in 0..60 {
            with.step(ACTION, shock_of(&shock(t)));
            without.step(ACTION, shock_of(&shock(t)));
            with.snapshot(&mut snapshots[0]);
            without.snapshot(&mut snapshots[1]);
            let z = shock(t + 1);
            for i in 0..2 {
                maps[i].jacobian(&snapshots[i], &z, &mut at[i], &mut jacobians[i]);
            }
            let signals = n_prices..n_prices + N_SIGNALS;
            let [ours, theirs] = &jacobians;
            assert_eq!(bits(&ours[..2 * n_prices]), bits(&theirs[..2 * n_prices]));
            assert_eq!(bits(&at[0][..n_prices]), bits(&at[1][..n_prices]));
            let of_signals = &ours[2 * signals.start..2 * signals.end];
            assert_eq!(bits(of_signals), [0; 2 * N_SIGNALS]);
            for asset in 0..2 {
                let (mut plus, mut minus) = (z, z);
                plus[asset] += 20.0;
                minus[asset] -= 20.0;
                maps[0].observe(&snapshots[0], &plus, &mut above[0]);
                maps[0].observe(&snapshots[0], &minus, &mut below[0]);
                assert_eq!(
                    bits(&above[0][signals.clone()]),
                    bits(&at[0][signals.clone()])
                );
                assert_eq!(
                    bits(&below[0][signals.clone()]),
                    bits(&at[0][signals.clone()])
                );
                // The newest return of the asset is linear in its shock.
                let newest = asset * N_RETURNS;
                let slope = (above[0][newest] - below[0][newest]) / 40.0;
                let claimed = ours[2 * newest + asset];
                assert!(slope > 0.0 && (slope / claimed - 1.0).abs() < 1e-3);
            }
        }
    }
}

/// Signals move no price, and later signals change nothing before them.
#[test]
fn later_signals_change_nothing_before_them() {
    const CUT: usize = 150;
    let path = path(2, N_BARS);
    let panel = path.panel();
    let values = (0..N_BARS).flat_map(|t| {
        let signals = panel.signals(t).iter();
        signals.map(move |s| if t < CUT { *s } else { 1.0 - 2.0 * s })
    });
    let other = panel
        .clone()
        .with_signals(panel.signal_names().to_vec(), values.collect())
        .unwrap();
    let mut envs = [panel, &other].map(|panel| {
        let market = market(panel, &features());
        env_of(&market, rules(ShockKind::Jump, features()))
    });
    let mut t = 0;
    while !envs[0].outcome().is_over() {
        let rewards = envs.each_mut().map(|env| {
            let reward = env.step(ACTION, shock_of(&shock(t))).reward;
            reward.to_bits()
        });
        assert_eq!(rewards[0], rewards[1]);
        let [a, b] = envs.each_ref().map(|env| bits(env.observation()));
        assert_eq!(a == b, envs[0].row() < CUT, "row {}", envs[0].row());
        t += 1;
    }
    assert!(envs[0].row() > CUT + 50);
}

/// Trading on the exact conditional means earns the stated reward; half the best weights lose the
/// stated regret.
#[test]
fn trading_on_the_conditional_means_earns_their_reward() {
    let (n_bars, risk_aversion) = (4000, 100.0);
    let path = path(2, n_bars);
    let market = market(path.panel(), &features());
    let play = |share: f64| {
        let mut env = env_of(
            &market,
            TradingSpec {
                costs: Costs::FREE,
                allocation: Allocation::Weights {
                    low: -100.0,
                    high: 100.0,
                    max_gross: 100.0,
                },
                orders: crate::market::OrderRules::default(),
                reward: Reward::PnlMinusRisk { risk_aversion },
                ..rules(ShockKind::Print, features())
            },
        );
        let (mut returns, mut rewards, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        while !env.outcome().is_over() {
            let (t, equity) = (env.row(), env.equity());
            let mut weights = path.best_weights(t, risk_aversion).unwrap();
            for weight in &mut weights {
                *weight *= share;
            }
            let means = weights.iter().zip(path.conditional_means(t));
            let mean: f64 = means.map(|(weight, mean)| weight * mean).sum();
            let reward = env.play(Order::Targets(&weights), Shock::NONE).reward;
            returns.push(env.equity() / equity - 1.0 - mean);
            rewards.push(reward);
            expected.push([
                mean,
                path.expected_reward(t, &weights, risk_aversion),
                path.regret(t, &weights, risk_aversion).unwrap(),
            ]);
        }
        (returns, rewards, expected)
    };
    let mean = |values: &[f64]| stats::mean(values).unwrap();
    let se = |values: &[f64]| stats::std_dev(values).unwrap() / (values.len() as f64).sqrt();
    let column = |expected: &[[f64; 3]], k: usize| {
        mean(&expected.iter().map(|row| row[k]).collect::<Vec<_>>())
    };
    let (surprises, best, expected) = play(1.0);
    assert!(best.len() > 3900, "{}", best.len());
    // The expected reward is far above the sample's standard error.
    let (growth, reward) = (column(&expected, 0), column(&expected, 1));
    assert!(mean(&surprises).abs() < 4.0 * se(&surprises));
    assert!(
        growth > 10.0 * se(&surprises),
        "{growth} {}",
        se(&surprises)
    );
    let gaps: Vec<f64> = best.iter().zip(&expected).map(|(r, e)| r - e[1]).collect();
    assert!(mean(&gaps).abs() < 4.0 * se(&gaps));
    assert!(reward > 10.0 * se(&gaps), "{reward} {}", se(&gaps));
    assert!(column(&expected, 2).abs() < 1e-12);

    let (_, half, expected) = play(0.5);
    let regret = column(&expected, 2);
    let lost: Vec<f64> = best
        .iter()
        .zip(&half)
        .map(|(best, half)| best - half)
        .collect();
    assert!((mean(&lost) - regret).abs() < 4.0 * se(&lost));
    // Half the best weights keep three quarters of the best reward.
    assert!((regret - 0.25 * reward).abs() < 1e-12);
}

/// The copies of a vector environment observe the signals of a single environment.
#[cfg(feature = "learn")]
#[test]
fn copies_observe_the_signals() {
    use crate::env::{Shocks, Snapshots, VectorEnv};
    use std::num::NonZeroUsize;
    let market = market(path(1, N_BARS).panel(), &features());
    let mut rules = rules(ShockKind::Print, features());
    rules.horizon = Some(9);
    let single = env_of(&market, rules);
    let streams = Streams::new(8);
    let mut singles = vec![(single.clone(), 0); 21];
    let envs = vec![single; 21];
    let mut vector = VectorEnv::new(envs, streams, NonZeroUsize::MIN, Snapshots::Off).unwrap();
    vector.reset().unwrap();
    for (copy, (env, _)) in singles.iter_mut().enumerate() {
        env.reset(streams.episode_seed(copy as u64, 0));
    }
    let actions = [0.5; 21];
    for _ in 0..30 {
        let stepped = vector.step(Action::Continuous(&actions), Shocks::NONE);
        stepped.unwrap();
        for (copy, (env, episode)) in singles.iter_mut().enumerate() {
            let step = env.step(Action::Continuous(&actions[..1]), Shock::NONE);
            assert_eq!(
                vector.steps().rewards[copy].to_bits(),
                step.reward.to_bits()
            );
            if step.outcome.is_over() {
                *episode += 1;
                env.reset(streams.episode_seed(copy as u64, *episode));
            }
            let n = env.observation().len();
            let row = &vector.observations()[copy * n..(copy + 1) * n];
            assert_eq!(bits(row), bits(env.observation()));
        }
    }
}
