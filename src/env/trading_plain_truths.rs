//! What must hold of copies in columns: they are copies stepped one by one, to the bit.

use super::{
    Action, Env as _, Market, Moves, Outcome, ShockKind, Shocks, Steps, Together as _, TradingEnv,
    TradingSpec, trading_copies::TradingCopies, trading_fixture::*, trading_plain::PlainBlock,
};
use crate::{
    features::FeatureSpec,
    market::{Allocation, BLOCK},
    rng::{Component, Streams},
    units::Bps,
};
use rand::Rng as _;
use std::sync::Arc;

/// More than one block, the last of which is not full.
const N_COPIES: usize = BLOCK + 7;

#[derive(Clone, Copy, Debug)]
struct Case {
    n_assets: usize,
    levels: bool,
    impact_coefficient: f64,
    kind: ShockKind,
    horizon: Option<usize>,
    shocked: bool,
    /// Whether the only market features are returns.
    returns: bool,
}

fn rules(case: Case) -> TradingSpec {
    let mut rules = spec(case.kind);
    rules.costs.impact_coefficient = case.impact_coefficient;
    rules.horizon = case.horizon;
    rules.ruin_fraction = 0.95;
    // With leverage and half the spread of a house, some are ruined and some trades change their direction.
    rules.costs.half_spread = Bps::new(120.0).unwrap();
    let max_gross = 1.5;
    rules.allocation = if case.levels {
        let levels = vec![-1.0, 0.0, 0.5, 1.0];
        Allocation::Levels { levels, max_gross }
    } else {
        let (low, max_gross) = (-1.0, 0.9);
        Allocation::Weights { low, max_gross }
    };
    if case.returns {
        let (window, half_life) = (11, 5.0);
        rules.features = vec![FeatureSpec::ScaledReturns { window, half_life }];
    }
    rules
}

fn copies(case: Case) -> Vec<TradingEnv> {
    let (panel, rules) = (
        panel_of(bars(case.n_assets, N_BARS, 1), case.n_assets),
        rules(case),
    );
    let fitted = Market::fit(panel, &rules.features, 0..TRAINING).unwrap();
    let market = fitted.market.with_fewer_windows();
    assert_eq!(
        market.windows().is_some(),
        case.returns && case.n_assets == 1
    );
    let mut env = env_of(&Arc::new(market), rules);
    (0..N_COPIES as u64)
        .map(|seed| {
            env.reset(seed);
            env.clone()
        })
        .collect()
}

/// Everything that can be asked of a copy, as bits.
fn bits_of(env: &TradingEnv) -> Vec<u64> {
    let (fill, shock, account) = (env.last_fill(), env.applied_shock(), env.account());
    let interventions = env.interventions();
    let mut bits = vec![
        env.row() as u64,
        env.outcome() as u64,
        interventions.refused_actions,
        interventions.clamped_weights,
        interventions.scaled_to_gross,
        interventions.projected_shocks,
    ];
    let numbers = [
        env.equity(),
        env.last_turnover(),
        fill.traded_value,
        fill.charge.fee,
        fill.charge.spread,
        fill.charge.impact,
        account.cash,
        account.unrealized,
        account.time_left,
        env.portfolio().cash(),
        shock.spread_multiplier,
        shock.liquidity_multiplier,
        env.spent_bps(),
    ];
    bits.extend(numbers.map(f64::to_bits));
    for per_asset in [
        env.marked_weights(),
        env.closes(),
        account.weights,
        env.portfolio().units(),
        shock.price_bps,
    ] {
        bits.extend(per_asset.iter().map(|x| x.to_bits()));
    }
    let mut snapshot = vec![0.0; env.shock_map().unwrap().snapshot_len()];
    env.snapshot(&mut snapshot);
    bits.extend(snapshot.iter().map(|x| x.to_bits()));
    bits
}

/// One step of all copies together.
struct Played {
    observations: Vec<f32>,
    rewards: Vec<f64>,
    outcomes: Vec<Outcome>,
}

fn step_all(
    copies: &mut TradingCopies,
    n_fields: usize,
    moves: &Moves<'_>,
    n_refused: &mut [u64],
) -> Played {
    let mut played = Played {
        observations: vec![f32::NAN; N_COPIES * n_fields],
        rewards: vec![f64::NAN; N_COPIES],
        outcomes: vec![Outcome::Running; N_COPIES],
    };
    let mut steps = Steps {
        n_fields,
        observations: &mut played.observations,
        rewards: &mut played.rewards,
        outcomes: &mut played.outcomes,
        n_refused,
    };
    copies.step(moves, &mut steps);
    played
}

fn bits(row: &[f32]) -> Vec<u32> {
    row.iter().map(|x| x.to_bits()).collect()
}

/// Together and alone, over steps with refused, clamped and scaled actions, shocks, and ends of episodes.
fn check(case: Case) {
    let mut alone = copies(case);
    let n_fields = alone[0].layout().n_fields();
    let n_actions = N_COPIES * case.n_assets;
    let mut together = TradingCopies::new(copies(case));
    let mut rng = Streams::new(7).stream(Component::Policy, 0);
    let (mut n_truncated, mut n_terminated, mut n_refused) = (0, 0, [0; N_COPIES]);
    for t in 0..120 {
        let wild = t % 10 == 9;
        let levels: Vec<u32> = (0..n_actions)
            .map(|_| rng.gen_range(0..if wild { 6 } else { 4 }))
            .collect();
        let reach = if wild { 1.4 } else { 0.9 };
        let mut weights: Vec<f32> = (0..n_actions)
            .map(|_| rng.gen_range(-reach..reach))
            .collect();
        if t % 20 == 19 {
            weights[3] = f32::NAN;
        }
        let shocked = case.shocked && t % 7 == 3;
        let price_bps: Vec<f64> = (0..n_actions)
            .map(|i| {
                if i % 3 == 0 {
                    0.0
                } else {
                    rng.gen_range(-200.0..200.0)
                }
            })
            .collect();
        let moves = Moves {
            n_dims: case.n_assets,
            n_assets: case.n_assets,
            actions: if case.levels {
                Action::Categorical(&levels)
            } else {
                Action::Continuous(&weights)
            },
            shocks: Shocks {
                price_bps: if shocked { &price_bps } else { &[] },
                ..Shocks::NONE
            },
        };
        let played = step_all(&mut together, n_fields, &moves, &mut n_refused);
        let observations = played.observations.chunks_exact(n_fields);
        for (i, observation) in observations.enumerate() {
            let place = format!("{case:?}, step {t}, copy {i}");
            let step = alone[i].step(moves.action(i), moves.shock(i));
            assert_eq!(bits(observation), bits(step.observation), "{place}");
            assert_eq!(
                played.rewards[i].to_bits(),
                step.reward.to_bits(),
                "{place}"
            );
            assert_eq!(played.outcomes[i], step.outcome, "{place}");
            assert_eq!(n_refused[i], alone[i].n_refused(), "{place}");
            if t % 3 == 0 {
                assert_eq!(bits_of(together.current(i)), bits_of(&alone[i]), "{place}");
            }
            n_truncated += usize::from(played.outcomes[i] == Outcome::Truncated);
            n_terminated += usize::from(played.outcomes[i] == Outcome::Terminated);
            // A step after the end is part of the contract, too.
            if played.outcomes[i].is_over() && t % 2 == 0 {
                let seed = (t * N_COPIES + i) as u64;
                let first = bits(together.reset(i, seed));
                assert_eq!(first, bits(alone[i].reset(seed)), "{place}");
            }
        }
    }
    assert!(
        n_truncated > 0 && n_terminated > 0,
        "{case:?}: an end is missing"
    );
}

#[test]
fn copies_stepped_together_are_copies_stepped_alone_to_the_bit() {
    for i in 0..64 {
        let is_set = |bit: u32| i >> bit & 1 == 1;
        check(Case {
            n_assets: if is_set(5) { 3 } else { 1 },
            levels: is_set(0),
            impact_coefficient: if is_set(1) { 0.5 } else { 0.0 },
            kind: [ShockKind::Print, ShockKind::Jump][usize::from(is_set(2))],
            horizon: Some(9),
            shocked: is_set(3),
            returns: is_set(4),
        });
    }
}

#[test]
fn clean_copies_take_the_short_way_and_others_do_not() {
    for (n_assets, levels) in [(1, true), (1, false), (2, true), (2, false)] {
        check_ways(Case {
            n_assets,
            levels,
            impact_coefficient: 0.0,
            kind: ShockKind::Jump,
            horizon: None,
            shocked: false,
            returns: false,
        });
    }
}

fn check_ways(case: Case) {
    let n_assets = case.n_assets;
    let mut copies = copies(case);
    copies.truncate(BLOCK);
    let rules = Arc::clone(&copies[0].rules);
    assert!(PlainBlock::fits(&rules));
    let mut block = PlainBlock::new(Arc::clone(&rules), BLOCK);
    let (levels, raw) = (vec![1; BLOCK * n_assets], vec![0.1; BLOCK * n_assets]);
    let given = if case.levels {
        Action::Categorical(&levels)
    } else {
        Action::Continuous(&raw)
    };
    let plays = |block: &mut PlainBlock,
                 copies: &mut [TradingEnv],
                 actions: Action<'_>,
                 shocks: Shocks<'_>| {
        let n_fields = copies[0].layout().n_fields();
        let mut observations = vec![0.0; BLOCK * n_fields];
        let mut steps = Steps {
            n_fields,
            observations: &mut observations,
            rewards: &mut [0.0; BLOCK],
            outcomes: &mut [Outcome::Running; BLOCK],
            n_refused: &mut [0; BLOCK],
        };
        let moves = Moves {
            n_dims: n_assets,
            n_assets,
            actions,
            shocks,
        };
        block.step(copies, 0, &moves, &mut steps)
    };
    assert!(plays(&mut block, &mut copies, given, Shocks::NONE));
    if !case.levels {
        let (mut one_clamped, mut one_refused) = (raw.clone(), raw.clone());
        (one_clamped[n_assets], one_refused[n_assets]) = (7.0, f32::NAN);
        let clamped = Action::Continuous(&one_clamped);
        assert!(plays(&mut block, &mut copies, clamped, Shocks::NONE));
        assert_eq!(copies[1].interventions().clamped_weights, 1);
        let refused = Action::Continuous(&one_refused);
        assert!(!plays(&mut block, &mut copies, refused, Shocks::NONE));
        // Nothing was played, and nothing counted.
        assert_eq!(copies[1].interventions().clamped_weights, 1);
        assert_eq!(copies[1].interventions().refused_actions, 0);
    }
    let jump = vec![10.0; BLOCK * n_assets];
    let shocked = Shocks {
        price_bps: &jump,
        ..Shocks::NONE
    };
    assert!(!plays(&mut block, &mut copies, given, shocked));
    let one = Moves {
        n_dims: n_assets,
        n_assets,
        actions: given,
        shocks: shocked,
    };
    copies[0].step(one.action(0), one.shock(0));
    assert!(!plays(&mut block, &mut copies, given, Shocks::NONE));
    copies[0].reset(0);
    assert!(plays(&mut block, &mut copies, given, Shocks::NONE));
}

/// Who builds environments one by one over one market steps them as fast as who clones one.
#[test]
fn copies_built_by_the_same_rules_share_them() {
    let rules = |fee| {
        let mut rules = spec(ShockKind::Print);
        (rules.costs.impact_coefficient, rules.costs.fee) = (0.0, Bps::new(fee).unwrap());
        rules
    };
    let market = market(bars(N_ASSETS, N_BARS, 1));
    let envs = [1.0, 1.0, 3.0].map(|fee| env_of(&market, rules(fee)));
    let copies = TradingCopies::new(envs.to_vec());
    let [first, same, other] = [0, 1, 2].map(|i| copies.rules_of(i));
    assert!(Arc::ptr_eq(first, same));
    assert!(!Arc::ptr_eq(first, other));
}
