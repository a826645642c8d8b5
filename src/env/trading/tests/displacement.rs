//! Transient impact in the environment.

use super::fixture::*;
use crate::env::{
    Action, Env, Market, Order, Shock, ShockKind, Threat, TradingEnv, TradingSpec, check_env,
};
use crate::market::{Allocation, Bar, Costs, OrderRules, TransientImpact};
use proptest::prelude::*;
use std::sync::Arc;

/// Rules of the fixture with transient impact.
pub(super) fn displaced(threat: impl Into<Threat>) -> TradingSpec {
    with_impact(spec(threat), 3.0, 30.0)
}

fn with_impact(mut rules: TradingSpec, coefficient: f64, half_life_hours: f64) -> TradingSpec {
    rules.costs.transient_impact = Some(TransientImpact {
        coefficient,
        half_life_hours,
    });
    rules
}

/// One asset whose opens are all 100 and whose closes alternate, so that the volatility is
/// constant; transient impact is the only cost. Daily bars.
fn flat_opens(half_life_hours: f64) -> TradingEnv {
    let bar = |t: usize| Bar {
        open: 100.0,
        high: 101.0,
        low: 100.0,
        close: [100.0, 101.0][t % 2],
        volume: 1e3,
    };
    let mut rules = with_impact(spec(ShockKind::Print), 2.0, half_life_hours);
    rules.allocation = Allocation::Weights {
        low: -1.0,
        high: 1.0,
        max_gross: 1.0,
    };
    rules.costs = Costs {
        transient_impact: rules.costs.transient_impact,
        ..Costs::FREE
    };
    rules.features = vec![crate::features::FeatureSpec::Calendar(
        crate::features::Cycle::Year,
    )];
    let panel = panel_of((0..60).map(bar).collect(), 1);
    let market = Market::fit(panel, &rules.features, 0..60).unwrap();
    TradingEnv::new(Arc::new(market), rules, 0..60).unwrap()
}

/// Displacement k per traded value in [`flat_opens`].
fn rate() -> f64 {
    2.0 * 1.01_f64.ln() / (100.0 * 1e3)
}

/// Plays one step; returns its cost and the value traded at the open.
fn trade(env: &mut TradingEnv, weight: f64, shock: Shock<'_>) -> (f64, f64) {
    let held = env.portfolio().units()[0];
    env.play(Order::Targets(&[weight]), shock);
    let charge = env.last_fill().charge;
    assert_eq!(charge.total().to_bits(), charge.transient_impact.to_bits());
    (charge.total(), 100.0 * (env.filled_units()[0] - held))
}

fn hold(env: &mut TradingEnv, n_bars: u32) {
    for _ in 0..n_bars {
        env.play(Order::Hold, Shock::NONE);
        assert!(
            env.last_fill().charge.total().abs() <= 0.0,
            "holding is free"
        );
    }
}

#[test]
fn two_trades_cost_what_obizhaeva_and_wang_say() {
    for (weights, n_bars) in [([0.3, 0.8], 1), ([0.3, 0.8], 5), ([-0.7, 0.2], 2)] {
        let mut env = flat_opens(36.0);
        let (first, q1) = trade(&mut env, weights[0], Shock::NONE);
        hold(&mut env, n_bars - 1);
        let (second, q2) = trade(&mut env, weights[1], Shock::NONE);
        let kept = 2.0_f64.powf(-24.0 * f64::from(n_bars) / 36.0);
        let expected = rate() * (q1 * q1 / 2.0 + q1 * q2 * kept + q2 * q2 / 2.0);
        assert!(((first + second) / expected - 1.0).abs() < 1e-12);
        let alone = rate() * q2 * q2 / 2.0;
        assert_eq!(second > alone, q1 * q2 > 0.0, "{second} {alone}");
        // The account is marked at the closes of the data.
        let position = env.portfolio().units()[0] * env.closes()[0];
        let marked = env.portfolio().cash() + position;
        assert!((env.equity() - marked).abs() < 1e-12 * marked);
    }
}

#[test]
fn the_liquidation_at_the_end_meets_the_displacement() {
    let mut env = flat_opens(36.0);
    while env.row() + 2 < env.last_row() {
        hold(&mut env, 1);
    }
    let (_, bought) = trade(&mut env, 0.9, Shock::NONE);
    env.play(Order::Hold, Shock::NONE);
    assert!(env.outcome().is_over());
    // The purchase at an open is liquidated at the close of the next day, 48 hours later.
    let close = env.closes()[0];
    let sold = bought / 100.0 * close;
    let k = rate() * 100.0 / close;
    let displacement = (rate() * k).sqrt() * bought * 2.0_f64.powf(-48.0 / 36.0);
    let expected = -sold * (displacement - k * sold / 2.0);
    let found = env.last_fill().charge.total();
    assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
}

/// If the state were the displacement itself, this round trip would earn k v² (5 − 5 / 2 − 1 / 2).
#[test]
fn buying_in_a_thin_market_and_selling_in_a_deep_one_earns_nothing() {
    let mut env = flat_opens(1e9);
    let thin = Shock {
        liquidity_multiplier: 0.2,
        ..Shock::NONE
    };
    let (paid, bought) = trade(&mut env, 0.5, thin);
    let (got_back, sold) = trade(&mut env, 0.0, Shock::NONE);
    assert!((bought + sold).abs() < 1e-12 * bought && got_back < 0.0);
    let expected = rate() * bought * bought * (5.0_f64.sqrt() - 1.0).powi(2) / 2.0;
    assert!(((paid + got_back) / expected - 1.0).abs() < 1e-7);
}

#[test]
fn a_coefficient_of_zero_is_off() {
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let mut envs = [
        spec(ShockKind::Jump),
        with_impact(spec(ShockKind::Jump), 0.0, 5.0),
    ]
    .map(|rules| env_of(&market, rules));
    let mut displaced = env_of(&market, displaced(ShockKind::Jump));
    for t in 0..60_u8 {
        let action = [0.5, -0.4, 0.3].map(|w: f32| w * f32::from(t % 3));
        let rewards = envs.each_mut().map(|env| {
            let step = env.step(Action::Continuous(&action), Shock::NONE);
            step.reward.to_bits()
        });
        assert_eq!(rewards[0], rewards[1]);
        displaced.step(Action::Continuous(&action), Shock::NONE);
    }
    assert!((displaced.equity() / envs[0].equity() - 1.0).abs() > 1e-6);
}

#[test]
fn the_env_keeps_its_contract() {
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let mut rules = displaced(ShockKind::Jump);
    rules.horizon = Some(20);
    let mut limited = rules.clone();
    limited.orders.max_participation = Some(0.001);
    limited.orders.maintenance_margin = 0.3;
    for rules in [rules, limited] {
        let violations = check_env(&mut env_of(&market, rules));
        assert!(violations.is_empty(), "{violations:?}");
    }
}

proptest! {
    /// An independent replay of the charges; their sum is never negative, and cash and equity
    /// change by them and by the prices of the data only.
    #[test]
    fn charges_replay_and_never_sum_to_an_income(
        seed in 0_u64..1000,
        hours in prop::collection::vec(1_i64..90, 40),
        plays in prop::collection::vec(
            (prop::array::uniform3(-1.0..1.0_f32), 0.2..1.0_f64), 1..100,
        ),
        coefficient in 0.0..50.0_f64, half_life in 1.0..200.0_f64,
        cap in prop::option::of(0.001..0.1_f64),
    ) {
        let market = super::holding::with_gaps(seed, &hours);
        let mut rules = with_impact(spec(ShockKind::Print), coefficient, half_life);
        rules.orders = OrderRules { max_participation: cap, ..OrderRules::default() };
        let mut env = env_of(&market, rules);
        env.reset(0);
        let panel = market.panel();
        let (mut pressures, mut last, mut sum) = ([0.0; N_ASSETS], panel.timestamps()[0], 0.0);
        for (weights, liquidity_multiplier) in plays {
            let (cash, held) = (env.portfolio().cash(), env.portfolio().units().to_vec());
            let shock = Shock { liquidity_multiplier, ..Shock::NONE };
            let outcome = env.step(Action::Continuous(&weights), shock).outcome;
            let (row, charge) = (env.row(), env.last_fill().charge);
            let ends = panel.timestamps();
            let open = ends[row - 1].max(ends[row] - chrono::TimeDelta::hours(1));
            let elapsed = (open - last).as_seconds_f64() / 3600.0;
            last = open;
            let (mut expected, mut bought) = (0.0, 0.0);
            for a in 0..N_ASSETS {
                let bar = panel.row(row)[a];
                let depth = bar.open * bar.volume * liquidity_multiplier;
                let k = coefficient * market.variances(row - 1)[a].sqrt() / depth;
                let v = (env.filled_units()[a] - held[a]) * bar.open;
                pressures[a] *= 0.5_f64.powf(elapsed / half_life);
                expected += v * (k.sqrt() * pressures[a] + k * v / 2.0);
                pressures[a] += k.sqrt() * v;
                bought += v;
            }
            sum += charge.transient_impact;
            prop_assert!(sum > -1e-12 * 1e5, "{sum}");
            if outcome.is_over() {
                break;
            }
            // 1e-12 of the initial equity.
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-12 * 1e5;
            prop_assert!(near(charge.transient_impact, expected));
            prop_assert!(near(env.portfolio().cash(), cash - bought - charge.total()));
            let position: f64 = env.portfolio().units().iter().zip(env.closes())
                .map(|(u, c)| u * c).sum();
            prop_assert!(near(env.equity(), env.portfolio().cash() + position));
        }
    }
}
