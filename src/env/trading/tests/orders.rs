//! Tests of orders: their sizes, and which of them can be filled.

use super::{
    episodes::tiny,
    fixture::{N_ASSETS, N_BARS, TRAINING, bars, env_of, panel_of, spec},
};
use crate::env::{
    Action, Env, Market, Order, Outcome, Shock, ShockKind, ShockSpec, TradingEnv, TradingSpec,
    check_env,
};
use crate::{
    features::{AccountFeature, Cycle, FeatureSpec},
    market::{Allocation, Bar, Costs, OrderRules, Panel, Portfolio, Quote, Unfilled},
    rng::{Component, Streams},
    stats,
    units::bps,
};
use proptest::prelude::*;
use rand::Rng as _;
use std::sync::Arc;

/// Opens and closes of a driftless random walk, and the same closes with clean opens.
///
/// The noise of an open is independent of all closes and has mean 0 in prices.
fn noisy_opens(n_bars: usize, seed: u64) -> [Vec<(f64, f64)>; 2] {
    let mut rng = Streams::new(seed).stream(Component::Market, 0);
    let mut factor = || if rng.gen_bool(0.5) { 1.01 } else { 0.99 };
    let (mut close, mut with_noise, mut clean) = (100.0, Vec::new(), Vec::new());
    for _ in 0..n_bars {
        let (open, noise) = (close, factor());
        close *= factor();
        with_noise.push((open * noise, close));
        clean.push((open, close));
    }
    [with_noise, clean]
}

/// Log growth of each step under the constant target weight one half.
fn growth_of_half(env: &mut TradingEnv) -> Vec<f64> {
    env.reset(0);
    let mut growth = Vec::new();
    while !env.outcome().is_over() {
        growth.push(env.play(Order::Targets(&[0.5]), Shock::NONE).reward);
    }
    growth
}

/// Log growth of each step if each order is sized with the price that fills it.
fn growth_sized_at_the_fill(prices: &[(f64, f64)]) -> Vec<f64> {
    let costs = Costs::FREE.terms().unwrap();
    let mut portfolio = Portfolio::new(1, 1000.0);
    let (mut growth, mut equity_t, mut units) = (Vec::new(), 1000.0_f64, [0.0]);
    for &(open, close) in &prices[1..] {
        let quote = Quote {
            price: open,
            sigma: 0.0,
            depth: 0.0,
            displacement: 0.0,
        };
        let equity = portfolio.equity(&[open]);
        portfolio.size(&[0.5], equity, &[quote], &costs, &mut units);
        portfolio.fill(&units, &[quote], &costs, 1.0);
        let marked = portfolio.equity(&[close]);
        growth.push((marked / equity_t).ln());
        equity_t = marked;
    }
    growth
}

/// Mean of the paired differences, in standard errors.
fn z_score(found: &[f64], expected: &[f64]) -> f64 {
    let gaps: Vec<f64> = found.iter().zip(expected).map(|(a, b)| a - b).collect();
    let n = f64::from(u32::try_from(gaps.len()).unwrap());
    stats::mean(&gaps).unwrap() / (stats::std_dev(&gaps).unwrap() / n.sqrt())
}

/// Noise in the opens earns nothing: an order sized with the price that fills it would buy after a
/// low open and sell after a high one, and the close takes the noise back.
#[test]
fn noise_in_the_opens_earns_nothing() {
    let (mut with_noise, mut without, mut old) = (Vec::new(), Vec::new(), Vec::new());
    for seed in 1..5 {
        let [noisy, clean] = noisy_opens(3000, seed);
        let play = |prices: &[(f64, f64)]| growth_of_half(&mut tiny(prices, |_| {}).unwrap());
        with_noise.extend(play(&noisy));
        without.extend(play(&clean));
        old.extend(growth_sized_at_the_fill(&noisy));
    }
    let z = z_score(&with_noise, &without);
    assert!(z.abs() < 2.0, "{z} standard errors");
    let z = z_score(&old, &without);
    assert!(z > 20.0, "{z} standard errors with the old sizing");
}

/// One asset, bars with volume, no costs; `halted` rows cannot be traded.
fn halted_env(
    prices: &[(f64, f64)],
    halted: &[usize],
    change: impl FnOnce(&mut TradingSpec),
) -> TradingEnv {
    let bar = |&(open, close): &(f64, f64)| Bar {
        open,
        high: open.max(close),
        low: open.min(close),
        close,
        volume: 100.0,
    };
    let flags = (0..prices.len()).map(|row| !halted.contains(&row));
    let panel = panel_of(prices.iter().map(bar).collect(), 1);
    let panel = panel.with_tradable(flags.collect()).unwrap();
    env_on(panel, change)
}

/// An environment on `panel` without costs, with the features of [`tiny`] and 1000 of cash.
fn env_on(panel: Panel, change: impl FnOnce(&mut TradingSpec)) -> TradingEnv {
    let mut rules = TradingSpec {
        initial_cash: 1000.0,
        costs: Costs::FREE,
        ..TradingSpec::new(vec![FeatureSpec::Calendar(Cycle::Year)])
    };
    change(&mut rules);
    let n_bars = panel.n_bars();
    let market = Market::fit(panel, &rules.features, 0..n_bars).unwrap();
    TradingEnv::new(Arc::new(market), rules, 0..n_bars).unwrap()
}

fn target(env: &mut TradingEnv, weight: f64) {
    env.play(Order::Targets(&[weight]), Shock::NONE);
}

fn units(env: &TradingEnv) -> f64 {
    env.portfolio().units()[0]
}

#[test]
fn an_order_waits_for_a_bar_that_can_be_traded() {
    let prices = [
        (10.0, 10.0),
        (10.0, 10.0),
        (10.0, 10.0),
        (16.0, 20.0),
        (20.0, 20.0),
    ];
    let mut env = halted_env(&prices, &[1, 2], |_| {});
    env.reset(0);
    target(&mut env, 0.5);
    assert!(units(&env).abs() < 1e-15 && env.last_fill().traded_value.abs() < 1e-15);
    // Doing nothing leaves the order in place.
    env.play(Order::Hold, Shock::NONE);
    assert!(units(&env).abs() < 1e-15);
    // 50 units, sized at the decision's close of 10, are filled at 16.
    env.play(Order::Hold, Shock::NONE);
    assert!((units(&env) - 50.0).abs() < 1e-12);
    assert!((env.portfolio().cash() - 200.0).abs() < 1e-9);
    assert!((env.equity() - 1200.0).abs() < 1e-9);
    assert_eq!(env.interventions().delayed_orders, 2);

    // A newer decision replaces the order that waits.
    env.reset(0);
    target(&mut env, 0.5);
    target(&mut env, -0.2);
    env.play(Order::Hold, Shock::NONE);
    assert!((units(&env) + 20.0).abs() < 1e-12);
    // A reset forgets the waiting order.
    env.reset(0);
    target(&mut env, 0.5);
    env.reset(0);
    for _ in 0..4 {
        env.play(Order::Hold, Shock::NONE);
    }
    assert!((env.equity() - 1000.0).abs() < 1e-12);
}

#[test]
fn the_account_is_marked_and_closed_at_stale_prices() {
    let prices = [(10.0, 10.0), (10.0, 10.0), (12.0, 12.0), (12.0, 12.0)];
    let mut env = halted_env(&prices, &[3], |spec| spec.costs.fee = bps!(100.0).into());
    env.reset(0);
    target(&mut env, 0.5);
    let (held, cash) = (units(&env), env.portfolio().cash());
    env.play(Order::Hold, Shock::NONE);
    let step = env.play(Order::Hold, Shock::NONE);
    assert_eq!(step.outcome, Outcome::Truncated);
    // Closed at 12 at a cost, although the last bar was halted.
    assert!((env.equity() - (cash + held * 12.0 * 0.99)).abs() < 1e-9);
    assert!((env.last_fill().charge.fee - held * 0.12).abs() < 1e-9);
}

#[test]
fn with_impact_a_bar_without_volume_cannot_be_traded() {
    let mut bars = bars(1, 60, 1);
    for row in [25, 26, 59] {
        bars[row].volume = 0.0;
    }
    let volume = bars[58].volume;
    let mut env = env_on(panel_of(bars, 1), |spec| {
        spec.costs.impact_coefficient = 1.0;
    });
    env.reset(0);
    while env.row() < 24 {
        target(&mut env, 0.0);
    }
    target(&mut env, 0.3);
    target(&mut env, 0.4);
    assert!(units(&env).abs() < 1e-15);
    target(&mut env, 0.5);
    assert!(units(&env) > 0.0 && env.equity().is_finite());
    while !env.outcome().is_over() {
        env.play(Order::Hold, Shock::NONE);
    }
    // The liquidation in the last bar has the depth of the bar before.
    let (fill, depth) = (env.last_fill(), env.closes()[0] * volume);
    let variance = env.market().variances(59)[0];
    let expected = fill.traded_value * (variance * fill.traded_value / depth).sqrt();
    assert!((fill.charge.impact / expected - 1.0).abs() < 1e-9);
}

#[test]
fn the_observation_can_tell_halted_assets() {
    let prices = [(10.0, 10.0), (10.0, 11.0), (12.0, 12.0), (12.0, 12.0)];
    let mut env = halted_env(&prices, &[1], |spec| {
        spec.account = vec![AccountFeature::Tradable];
    });
    assert_eq!(env.layout().account[0].name, "A0.tradable");
    assert!(!env.layout().account[0].shockable);
    let last = |observation: &[f32]| observation.last().copied().unwrap();
    assert!((last(env.reset(0)) - 1.0).abs() < 1e-9);
    let step = env.play(Order::Hold, Shock::NONE);
    assert!(last(step.observation).abs() < 1e-9);
    assert_eq!(env.account().tradable, [false]);
    let step = env.play(Order::Hold, Shock::NONE);
    assert!((last(step.observation) - 1.0).abs() < 1e-9);
}

/// Two assets with the same random walk; the second has gaps, filled with its previous close.
fn twins(n_bars: usize, seed: u64) -> Panel {
    let mut rng = Streams::new(seed).stream(Component::Market, 0);
    let (mut close, mut stale) = (100.0_f64, 100.0);
    let (mut bars, mut tradable) = (Vec::new(), Vec::new());
    for _ in 0..n_bars {
        let open = close;
        close *= if rng.gen_bool(0.5) { 1.01 } else { 0.99 };
        let is_missing = rng.gen_bool(0.5);
        let real = bar_of(open, close);
        let shown = if is_missing {
            bar_of(stale, stale)
        } else {
            real
        };
        stale = shown.close;
        bars.extend([real, shown]);
        tradable.extend([true, !is_missing]);
    }
    panel_of(bars, 2).with_tradable(tradable).unwrap()
}

fn bar_of(open: f64, close: f64) -> Bar {
    Bar {
        open,
        high: open.max(close),
        low: open.min(close),
        close,
        volume: 1.0,
    }
}

/// Returns of a trader who buys the second twin while its price is behind, and sells it short while
/// it is ahead.
fn returns_of_catching_up(panel: Panel) -> Vec<f64> {
    let mut env = env_on(panel, |_| {});
    env.reset(0);
    let mut returns = Vec::new();
    while !env.outcome().is_over() {
        let (closes, equity) = (env.closes(), env.equity());
        let behind = (closes[0] / closes[1]).ln();
        let weight = if behind.abs() < 1e-9 {
            0.0
        } else {
            0.3_f64.copysign(behind)
        };
        env.play(Order::Targets(&[0.0, weight]), Shock::NONE);
        returns.push(env.equity() / equity - 1.0);
    }
    returns
}

#[test]
fn catching_up_with_filled_gaps_earns_nothing() {
    let (mut honest, mut stale) = (Vec::new(), Vec::new());
    for seed in 1..5 {
        let panel = twins(2000, seed);
        let n_flags = 2 * panel.n_bars();
        honest.extend(returns_of_catching_up(panel.clone()));
        let all = panel.with_tradable(vec![true; n_flags]).unwrap();
        stale.extend(returns_of_catching_up(all));
    }
    let zeros = vec![0.0; honest.len()];
    let z = z_score(&honest, &zeros);
    assert!(z.abs() < 2.0, "{z} standard errors");
    let z = z_score(&stale, &zeros);
    assert!(z > 10.0, "{z} standard errors at stale prices");
}

/// Inside the band nothing is traded; outside it, an order goes the whole way to the target.
#[test]
fn the_band_is_a_region_without_trades() {
    let band = 0.004;
    let mut env = env_on(panel_of(bars(1, 150, 3), 1), |spec| {
        spec.orders.no_trade_band = band;
    });
    env.reset(0);
    let (mut n_kept, mut n_traded) = (0, 0);
    while env.row() + 1 < env.last_row() {
        let (before, weight) = (units(&env), env.account().weights[0]);
        let wanted = 0.5 * env.equity() / env.closes()[0];
        target(&mut env, 0.5);
        if (weight - 0.5).abs() < band {
            assert_eq!(before.to_bits(), units(&env).to_bits());
            n_kept += 1;
        } else {
            assert!((units(&env) / wanted - 1.0).abs() < 1e-12);
            n_traded += 1;
        }
    }
    assert!(n_kept > 20 && n_traded > 20, "{n_kept} {n_traded}");
}

#[test]
fn prices_are_rounded_to_ticks_and_small_orders_are_not_placed() {
    let prices = [(10.0, 10.0), (10.02, 10.0), (10.04, 10.0), (10.0, 10.0)];
    let mut env = halted_env(&prices, &[], |spec| {
        spec.orders.ticks = vec![0.05];
        spec.orders.min_notional = 20.0;
    });
    env.reset(0);
    target(&mut env, 0.5);
    assert!((env.portfolio().cash() - (1000.0 - 50.0 * 10.05)).abs() < 1e-9);
    // One more unit is worth 10, less than the smallest order.
    let (held, weight) = (units(&env), env.account().weights[0]);
    target(&mut env, weight + 0.01);
    assert_eq!(held.to_bits(), units(&env).to_bits());
}

#[test]
fn what_exceeds_the_cap_waits_or_is_dropped() {
    // The cap is a tenth of the 100 units of a bar; the order is 25 units.
    let play = |unfilled| {
        let mut env = halted_env(&[(10.0, 10.0); 8], &[], |spec| {
            spec.orders.max_participation = Some(0.1);
            spec.orders.unfilled = unfilled;
        });
        env.reset(0);
        target(&mut env, 0.25);
        let held: Vec<f64> = (0..4)
            .map(|_| {
                let held = units(&env);
                env.play(Order::Hold, Shock::NONE);
                held
            })
            .collect();
        (held, env.interventions())
    };
    let close = |found: &[f64], expected: [f64; 4]| {
        found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 1e-12)
    };
    let (held, counts) = play(Unfilled::Wait);
    assert!(close(&held, [10.0, 20.0, 25.0, 25.0]), "{held:?}");
    assert_eq!((counts.delayed_orders, counts.dropped_orders), (2, 0));
    let (held, counts) = play(Unfilled::Drop);
    assert!(close(&held, [10.0; 4]), "{held:?}");
    assert_eq!((counts.delayed_orders, counts.dropped_orders), (0, 1));
}

fn leveraged(spec: &mut TradingSpec) {
    spec.allocation = Allocation::Weights {
        low: -3.0,
        high: 3.0,
        max_gross: 3.0,
    };
    spec.orders.maintenance_margin = 0.2;
}

#[test]
fn a_margin_call_sells_where_equity_meets_the_margin() {
    let low = |low: f64| Bar {
        low,
        ..bar_of(10.0, 10.0)
    };
    // 300 units, cash −2000: 300 p − 2000 = 0.2 · 300 p at p = 2000 / 240.
    let panel = |bar: Bar| panel_of([low(10.0), low(9.0), bar, low(10.0)].to_vec(), 1);
    let mut env = env_on(panel(low(8.0)), leveraged);
    env.reset(0);
    env.step(Action::Continuous(&[3.0]), Shock::NONE);
    assert!((units(&env) - 300.0).abs() < 1e-9);
    env.play(Order::Hold, Shock::NONE);
    assert!(units(&env).abs() < 1e-15);
    assert_eq!(env.interventions().forced_liquidations, 1);
    assert!((env.equity() - 0.2 * 300.0 * 2000.0 / 240.0).abs() < 1e-9);

    // A gap beyond the margin: sold at the open.
    let mut env = env_on(panel(bar_of(7.0, 7.5)), leveraged);
    env.reset(0);
    env.step(Action::Continuous(&[3.0]), Shock::NONE);
    env.play(Order::Hold, Shock::NONE);
    assert!((env.equity() - 100.0).abs() < 1e-9, "{}", env.equity());

    // A low above the margin: nothing happens.
    let mut env = env_on(panel(low(8.4)), leveraged);
    env.reset(0);
    env.step(Action::Continuous(&[3.0]), Shock::NONE);
    env.play(Order::Hold, Shock::NONE);
    assert_eq!(env.interventions().forced_liquidations, 0);
    assert!((units(&env) - 300.0).abs() < 1e-9);
}

/// Two positions whose profits cancel are never sold, whatever the highs and lows of the bars. A
/// test at their extremes would combine prices that did not occur at the same time.
#[test]
fn a_hedged_pair_gets_no_margin_call() {
    let wide = |close: f64| Bar {
        high: 13.0,
        low: 7.0,
        ..bar_of(close, close)
    };
    let rows = [10.0, 10.5, 9.5, 10.2, 9.9, 10.0];
    let panel = panel_of(rows.iter().flat_map(|close| [wide(*close); 2]).collect(), 2);
    let mut env = env_on(panel, |spec| {
        leveraged(spec);
        spec.orders.maintenance_margin = 0.3;
    });
    env.reset(0);
    env.step(Action::Continuous(&[1.5, -1.5]), Shock::NONE);
    for _ in 0..3 {
        env.play(Order::Hold, Shock::NONE);
    }
    assert_eq!(env.interventions().forced_liquidations, 0);
    assert!((env.equity() - 1000.0).abs() < 1e-9, "{}", env.equity());
}

/// Without a margin, positions are sold as soon as the equity is used up, not at the close.
#[test]
fn equity_that_is_used_up_within_a_bar_ends_the_account() {
    let crash = Bar {
        low: 5.0,
        ..bar_of(10.0, 12.0)
    };
    let rows = vec![
        bar_of(10.0, 10.0),
        bar_of(10.0, 10.0),
        crash,
        bar_of(12.0, 12.0),
    ];
    let mut env = env_on(panel_of(rows, 1), |spec| {
        leveraged(spec);
        spec.orders.maintenance_margin = 0.0;
    });
    env.reset(0);
    env.step(Action::Continuous(&[3.0]), Shock::NONE);
    let outcome = env.play(Order::Hold, Shock::NONE).outcome;
    assert_eq!(outcome, Outcome::Terminated);
    assert!(env.equity().abs() < 1e-9, "{}", env.equity());
}

/// A jump beyond the margin forces a sale at the close that it moves, before the next decision.
#[test]
fn a_jump_beyond_the_margin_sells_at_its_close() {
    let mut env = env_on(panel_of(vec![bar_of(10.0, 10.0); 6], 1), |spec| {
        leveraged(spec);
        spec.shocks = ShockSpec {
            kind: ShockKind::Jump,
            ..ShockSpec::prints(bps!(3000.0))
        };
    });
    env.reset(0);
    let jump = Shock {
        price_bps: &[-2000.0],
        ..Shock::NONE
    };
    env.step(Action::Continuous(&[3.0]), jump);
    assert_eq!(env.interventions().forced_liquidations, 1);
    assert!(units(&env).abs() <= 0.0);
    let price = 10.0 * (-0.2_f64).exp();
    assert!((env.equity() - (300.0 * price - 2000.0)).abs() < 1e-9);
    assert!(env.account().weights[0].abs() <= 0.0);
}

/// Random panels with halts, and rules with lots, ticks, a band, a cap and a smallest order.
fn limited_env(seed: u64, unfilled: Unfilled, margin: f64) -> TradingEnv {
    let mut rng = Streams::new(seed).stream(Component::Market, 7);
    let mut bars = bars(N_ASSETS, N_BARS, seed);
    let mut flags = Vec::new();
    for bar in &mut bars {
        let kind = rng.gen_range(0..10);
        flags.push(kind != 0);
        if kind == 1 {
            bar.volume = 0.0;
        } else {
            bar.volume = rng.gen_range(10.0..5e3);
        }
    }
    let panel = panel_of(bars, N_ASSETS).with_tradable(flags).unwrap();
    let mut rules = spec(ShockKind::Jump);
    rules.orders = OrderRules {
        no_trade_band: 0.01,
        lots: vec![1.0, 0.25, 5.0],
        ticks: vec![0.01, 0.05, 0.25],
        min_notional: 150.0,
        max_participation: Some(0.2),
        unfilled,
        maintenance_margin: margin,
    };
    rules.account.push(AccountFeature::Tradable);
    let market = Market::fit(panel, &rules.features, 0..TRAINING).unwrap();
    env_of(&Arc::new(market), rules)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Under all limits, cash changes by fills at tick prices and by charges only; no asset is
    /// traded in a bar that cannot be traded, none before its first order, none beyond the cap.
    #[test]
    fn money_is_conserved_under_all_limits(
        seed in 0_u64..1000,
        unfilled in prop::sample::select(vec![Unfilled::Wait, Unfilled::Drop]),
        n_idle in 0_usize..4,
        plays in prop::collection::vec((
            prop::array::uniform3(-1.2..1.2_f64),
            0_u8..4,
            prop::array::uniform3(-200.0..200.0_f64),
        ), 10..60),
    ) {
        let mut env = limited_env(seed, unfilled, 0.0);
        env.reset(0);
        let mut multipliers = [1.0; N_ASSETS];
        for (k, (weights, kind, price_bps)) in plays.into_iter().enumerate() {
            let is_order = k >= n_idle && kind > 0;
            let order = if is_order { Order::Targets(&weights) } else { Order::Hold };
            let (held, cash) = (env.portfolio().units().to_vec(), env.portfolio().cash());
            let shock = Shock { price_bps: &price_bps, ..Shock::NONE };
            let outcome = env.play(order, shock).outcome;
            if outcome.is_over() {
                break;
            }
            let row = env.row();
            let rules = &env.spec().orders;
            let mut expected = cash - env.last_fill().charge.total();
            let mut scale = cash.abs();
            for i in 0..N_ASSETS {
                let bar = env.market().panel().row(row)[i];
                let traded = env.portfolio().units()[i] - held[i];
                let open = bar.open * multipliers[i];
                multipliers[i] *= (env.applied_shock().price_bps[i] * 1e-4).exp();
                let price = rules.fill_price(i, open, traded);
                expected -= traded * price;
                scale += (traded * price).abs();
                let is_tradable = env.market().panel().is_tradable(row, i) && bar.volume > 0.0;
                prop_assert_eq!(env.account().tradable[i], is_tradable);
                prop_assert!(is_tradable || traded.abs() <= 0.0);
                prop_assert!(k >= n_idle || traded.abs() <= 0.0);
                let panel = env.market().panel();
                let volumes = (0..row).rev().map(|t| panel.row(t)[i].volume);
                let known = volumes.into_iter().find(|volume| *volume > 0.0).unwrap_or(0.0);
                prop_assert!(traded.abs() <= 0.2 * known * (1.0 + 1e-6));
                let lots = env.portfolio().units()[i] / rules.lots[i];
                prop_assert!((lots - lots.round()).abs() < 1e-6);
            }
            prop_assert!((env.portfolio().cash() - expected).abs() <= 1e-12 * scale);
            let marked = env.portfolio().equity(env.closes());
            prop_assert!((env.equity() - marked).abs() <= 1e-12 * scale);
        }
    }

    /// A margin call sells everything at one price between the open and the extreme of the bar, at
    /// which equity meets the margin, and pays for it.
    #[test]
    fn margin_calls_conserve_money(seed in 0_u64..1000, weight in 1.5..2.9_f32, sign in 0_u8..2) {
        let weight = if sign == 0 { weight } else { -weight };
        let panel = panel_of(bars(1, 100, seed), 1);
        let mut env = env_on(panel, |spec| {
            leveraged(spec);
            spec.costs.fee = bps!(10.0).into();
        });
        env.reset(0);
        env.step(Action::Continuous(&[weight]), Shock::NONE);
        while !env.outcome().is_over() && env.interventions().forced_liquidations == 0 {
            let (held, cash) = (units(&env), env.portfolio().cash());
            env.play(Order::Hold, Shock::NONE);
            let bar = env.market().panel().row(env.row())[0];
            let excess = |price: f64| cash + held * price - 0.2 * (held * price).abs();
            let worst = if held > 0.0 { bar.low } else { bar.high };
            let called = env.interventions().forced_liquidations == 1;
            prop_assert_eq!(called, held.abs() > 0.0 && excess(worst) < 0.0);
            if called {
                let fill = env.last_fill();
                let price = fill.traded_value / held.abs();
                let sold = cash + held * price - fill.charge.total();
                prop_assert!((env.portfolio().cash() - sold).abs() <= 1e-12 * cash.abs());
                prop_assert!(units(&env).abs() <= 0.0);
                let met = excess(bar.open) <= 0.0 && (price / bar.open - 1.0).abs() < 1e-12
                    || excess(price).abs() < 1e-9 * cash.abs();
                prop_assert!(met, "{} {} {:?}", price, excess(price), bar);
            }
        }
    }

    /// Under all limits, prices, volumes and halts after row t change nothing at or before t.
    #[test]
    fn scrambling_the_future_changes_no_order_before_it(cut in 40_usize..120, seed in 0_u64..500) {
        let past = limited_env(1, Unfilled::Wait, 0.1);
        let other = limited_env(seed + 2, Unfilled::Wait, 0.1);
        let (a, b) = (past.market().panel(), other.market().panel());
        let rows = (0..=cut).map(|t| (a, t)).chain((cut + 1..N_BARS).map(|t| (b, t)));
        let (mut bars, mut flags) = (Vec::new(), Vec::new());
        for (panel, t) in rows {
            bars.extend_from_slice(panel.row(t));
            flags.extend((0..N_ASSETS).map(|i| panel.is_tradable(t, i)));
        }
        let panel = panel_of(bars, N_ASSETS).with_tradable(flags).unwrap();
        let normalizer = past.market().normalizer().clone();
        let market = Market::new(panel, &past.spec().features, normalizer).unwrap();
        let (mut future, mut past) = (env_of(&Arc::new(market), past.spec().clone()), past);
        past.reset(0);
        future.reset(0);
        for t in 0_u32.. {
            let weights = [0, 1, 2].map(|i| f64::from(t * 7 + i * 13).sin());
            let seen = past.play(Order::Targets(&weights), Shock::NONE);
            let (seen, reward) = (seen.observation.to_vec(), seen.reward);
            let step = future.play(Order::Targets(&weights), Shock::NONE);
            let same = step.observation == seen && step.reward.to_bits() == reward.to_bits();
            if past.row() > cut || past.outcome().is_over() {
                break;
            }
            prop_assert!(same, "row {} knows what comes after row {cut}", past.row());
            prop_assert_eq!(past.portfolio(), future.portfolio());
            prop_assert_eq!(past.interventions(), future.interventions());
        }
    }
}

#[test]
fn check_env_finds_nothing_under_limits() {
    let violations = check_env(&mut limited_env(3, Unfilled::Wait, 0.1));
    assert!(violations.is_empty(), "{violations:?}");
}
