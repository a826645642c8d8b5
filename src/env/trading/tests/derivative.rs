//! Derivatives of a step against central differences of played episodes.

use super::fixture::{N_ASSETS, N_BARS, bars, env_of, market, spec};
use crate::env::{
    Action, Differentiable, Env, NotDifferentiable, Outcome, Reward, Shock, ShockKind, TradingEnv,
    TradingSpec,
};
use crate::{
    features::AccountFeature,
    market::{Allocation, Costs, OrderRules},
    rng::{Component, Streams},
    units::bps,
};
use rand::Rng as _;

const GAMMA: f64 = 0.97;

fn linear(kind: ShockKind, max_gross: f64, reward: Reward, horizon: usize) -> TradingSpec {
    TradingSpec {
        costs: Costs {
            fee: bps!(20.0).into(),
            half_spread: bps!(10.0),
            ..Costs::FREE
        },
        allocation: Allocation::Weights {
            low: -1.0,
            high: 1.0,
            max_gross,
        },
        reward,
        horizon: Some(horizon),
        account: vec![
            AccountFeature::TimeLeft,
            AccountFeature::Weights,
            AccountFeature::Cash,
        ],
        ..spec(kind)
    }
}

/// Actions of `n_steps` steps; multiples of 2⁻⁶, so that a shift by 2⁻¹² is exact in f32.
fn actions(n_steps: usize, seed: u64) -> Vec<[f32; N_ASSETS]> {
    let mut rng = Streams::new(seed).stream(Component::Market, 1);
    let mut draw = || f32::from(rng.gen_range(-58_i8..=58)) / 64.0;
    (0..n_steps).map(|_| [draw(), draw(), draw()]).collect()
}

/// Shock of step `k`.
fn price_bps(k: usize) -> [f64; N_ASSETS] {
    let z = if k.is_multiple_of(2) { 90.0 } else { -70.0 };
    [z, -z, 0.5 * z]
}

fn shock(price_bps: &[f64]) -> Shock<'_> {
    Shock {
        price_bps,
        spread_multiplier: 2.0,
        ..Shock::NONE
    }
}

/// Plays the actions; `visit` sees the environment after each step. Returns the discounted sum of
/// rewards.
fn play(
    env: &mut TradingEnv,
    actions: &[[f32; N_ASSETS]],
    mut visit: impl FnMut(&TradingEnv, &[f32]),
) -> f64 {
    env.reset(3);
    let (mut total, mut discount) = (0.0, 1.0);
    for (k, action) in actions.iter().enumerate() {
        let step = env.step(Action::Continuous(action), shock(&price_bps(k)));
        total += discount * step.reward;
        discount *= GAMMA;
        visit(env, action);
    }
    total
}

fn discount(k: usize) -> f64 {
    std::iter::repeat_n(GAMMA, k).product()
}

/// Derivatives of the discounted sum of rewards by all actions: the chain rule, backward.
fn chained(env: &mut TradingEnv, actions: &[[f32; N_ASSETS]]) -> Vec<f64> {
    let shape = env.differentiable().unwrap();
    let mut rows = Vec::new();
    play(env, actions, |env, action| {
        let mut row = vec![f64::NAN; shape.row_len()];
        env.step_derivative(Action::Continuous(action), &mut row);
        rows.push(row);
    });
    let (mut adjoint, mut gradient) = (vec![0.0; N_ASSETS], Vec::new());
    for (k, row) in rows.iter().enumerate().rev() {
        let parts = shape.parts(row);
        let pull = |reward: &[f64], weights: &[f64]| -> Vec<f64> {
            let column = |j: usize| {
                let through = (0..N_ASSETS).map(|i| weights[i * N_ASSETS + j] * adjoint[i]);
                reward[j] + GAMMA * through.sum::<f64>()
            };
            (0..N_ASSETS).map(column).collect()
        };
        let by_action = pull(parts.reward_by_action, parts.weights_by_action);
        adjoint = pull(parts.reward_by_weights, parts.weights_by_weights);
        let discounted = by_action.iter().map(|g| discount(k) * g);
        gradient.splice(0..0, discounted);
    }
    gradient
}

/// The same by central differences with steps h = 2⁻¹² and h / 2, extrapolated to order h⁴.
fn differenced(env: &mut TradingEnv, actions: &[[f32; N_ASSETS]]) -> Vec<f64> {
    let mut central = |entry: usize, h: f32| {
        let mut at = |shift: f32| {
            let mut moved = actions.to_vec();
            moved[entry / N_ASSETS][entry % N_ASSETS] += shift;
            play(env, &moved, |_, _| {})
        };
        (at(h) - at(-h)) / (2.0 * f64::from(h))
    };
    let h = 1.0 / 4096.0;
    let entries = 0..actions.len() * N_ASSETS;
    entries
        .map(|entry| (4.0 * central(entry, 0.5 * h) - central(entry, h)) / 3.0)
        .collect()
}

/// Shifts every action of H = 1, 2 and 16 steps: with and without a binding gross bound, with
/// leverage, prints and jumps, with both rewards, and up to the liquidation at the end.
#[test]
fn chained_derivatives_equal_central_differences() {
    let risk = Reward::PnlMinusRisk { risk_aversion: 9.0 };
    for (kind, max_gross, reward) in [
        (ShockKind::Print, 1.0, Reward::LogGrowth),
        (ShockKind::Jump, 1.0, risk.clone()),
        (ShockKind::Jump, 2.9, Reward::LogGrowth),
        (ShockKind::Print, 2.9, risk),
    ] {
        for (horizon, lengths) in [(40, [1, 2, 16]), (16, [16, 16, 16]), (1, [1, 1, 1])] {
            let rules = linear(kind, max_gross, reward.clone(), horizon);
            let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), rules);
            for n_steps in lengths {
                let actions = actions(n_steps, 5);
                let found = chained(&mut env, &actions);
                let ends = n_steps == horizon;
                assert_eq!(env.outcome() == Outcome::Truncated, ends);
                let expected = differenced(&mut env, &actions);
                let scale = expected.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                assert!(scale > 1e-3);
                for (f, e) in found.iter().zip(&expected) {
                    let error = (f - e).abs() / scale;
                    assert!(error < 1e-6, "{kind:?} {max_gross} {n_steps}: {f} {e}");
                }
            }
        }
    }
}

/// A shift of the weights moves the fields of the observation by the stated factors.
#[test]
fn observed_fields_are_linear_in_the_weights() {
    let rules = linear(ShockKind::Print, 1.0, Reward::LogGrowth, 40);
    let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), rules);
    let Differentiable { observed, .. } = env.differentiable().unwrap();
    assert_eq!(observed.len(), 2 * N_ASSETS);
    play(&mut env, &actions(8, 6), |env, _| {
        for (column, field) in env.observation().iter().enumerate() {
            let own = observed.iter().filter(|o| o.column == column);
            let found: f64 = own.map(|o| o.factor * env.account().weights[o.asset]).sum();
            let layout = env.layout();
            let mut fields = layout.market.iter().chain(&layout.account);
            let name = fields.nth(column).map(|f| f.name.as_str());
            match name {
                Some("account.cash") => assert!((found + 1.0 - f64::from(*field)).abs() < 1e-6),
                Some(name) if name.ends_with(".weight") => {
                    assert!((found - f64::from(*field)).abs() < 1e-7);
                }
                _ => assert!(found.abs() < 1e-15),
            }
        }
    });
}

/// Beyond the clamp an action has no effect; a refused one places no order, so only the weights
/// before it matter.
#[test]
fn clamped_and_refused_actions_have_no_effect() {
    let rules = linear(ShockKind::Print, 1.0, Reward::LogGrowth, 40);
    let mut env = env_of(&market(bars(N_ASSETS, N_BARS, 1)), rules);
    let shape = env.differentiable().unwrap();
    let mut row = vec![f64::NAN; shape.row_len()];
    env.step(Action::Continuous(&[0.5, 0.25, -0.125]), Shock::NONE);
    for (action, is_refused) in [([1.5, -2.0, 0.5], false), ([f32::NAN, 0.0, 0.0], true)] {
        env.step(Action::Continuous(&action), Shock::NONE);
        env.step_derivative(Action::Continuous(&action), &mut row);
        let parts = shape.parts(&row);
        let moves = |i: usize| parts.reward_by_action[i].abs() > 0.0;
        assert_eq!([0, 1, 2].map(moves), [false, false, !is_refused]);
        if is_refused {
            // Holding: ∂ log e / ∂w_i = (p'_i / p_i − 1) / e.
            let (now, last) = (env.row(), env.row() - 1);
            let panel = env.market().panel();
            let returns = [0, 1, 2].map(|i| panel.row(now)[i].close / panel.row(last)[i].close);
            let by_first = parts.reward_by_weights[0] / (returns[0] - 1.0);
            for i in [1, 2] {
                let by_other = parts.reward_by_weights[i] / (returns[i] - 1.0);
                assert!((by_other / by_first - 1.0).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn rules_without_derivatives_are_named() {
    let plain = || linear(ShockKind::Print, 1.0, Reward::LogGrowth, 40);
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let reason = |spec: TradingSpec| env_of(&market, spec).differentiable();
    assert!(reason(plain()).is_ok());
    let with_costs = |costs: Costs| TradingSpec { costs, ..plain() };
    for (spec, expected) in [
        (
            with_costs(Costs {
                impact_coefficient: 0.1,
                ..Costs::FREE
            }),
            NotDifferentiable::Impact,
        ),
        (
            with_costs(Costs {
                cash_rate: 0.02,
                ..Costs::FREE
            }),
            NotDifferentiable::Holding,
        ),
        (
            TradingSpec {
                orders: OrderRules {
                    no_trade_band: 0.01,
                    ..OrderRules::default()
                },
                ..plain()
            },
            NotDifferentiable::Orders,
        ),
        (
            TradingSpec {
                allocation: Allocation::Levels {
                    levels: vec![-1.0, 0.0, 1.0],
                    max_gross: 1.0,
                },
                ..plain()
            },
            NotDifferentiable::Levels,
        ),
        (
            TradingSpec {
                account: vec![AccountFeature::Unrealized],
                ..plain()
            },
            NotDifferentiable::Unrealized,
        ),
    ] {
        assert_eq!(reason(spec), Err(expected));
        assert!(expected.to_string().contains("Ppo"));
    }
}
