//! Checks of `check_env` that need no shock map.

use super::{
    play::{Trace, play, random_actions},
    rules::{Findings, Rule},
};
use crate::env::{Action, ActionSpace, Env, Shock};
use std::collections::BTreeSet;

/// Longest probing episode, in steps.
const N_STEPS: usize = 40;

pub(super) fn check_spaces<E: Env + ?Sized>(env: &E, findings: &mut Findings) {
    let found = match env.action_space() {
        ActionSpace::Continuous { n_dims: 0, .. } | ActionSpace::Categorical { n_dims: 0, .. } => {
            Some("n_dims is 0".into())
        }
        ActionSpace::Continuous { low, high, .. } => {
            let sound = low.is_finite() && high.is_finite() && low < high;
            (!sound).then(|| format!("low is {low}, high is {high}"))
        }
        ActionSpace::Categorical { levels, .. } => {
            (levels.len() < 2).then(|| format!("{} levels", levels.len()))
        }
    };
    if let Some(found) = found {
        findings.add(Rule::ActionSpace, found);
    }
    if let Err(error) = env.shock_space().check() {
        findings.add(Rule::ShockSpace, error.to_string());
    }
    let layout = env.layout();
    let mut names = BTreeSet::new();
    for field in layout.market.iter().chain(&layout.account) {
        let name = &field.name;
        if !names.insert(name) {
            findings.add(Rule::Layout, format!("two fields have the name {name}"));
        }
        let range = field.low.zip(field.high);
        if range.is_some_and(|(low, high)| low > high) {
            findings.add(Rule::Layout, format!("{name} has low above high"));
        }
        if field.shockable && env.shock_map().is_none() {
            let found = format!("{name} is shockable without a shock map");
            findings.add(Rule::Layout, found);
        }
    }
    if let Some(field) = layout.account.iter().find(|field| field.shockable) {
        let found = format!("account field {} is marked shockable", field.name);
        findings.add(Rule::Layout, found);
    }
}

pub(super) fn check_episodes<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    for seed in 0..3 {
        let moves = random_actions(env.action_space(), seed, N_STEPS);
        // Both compared runs follow the same episode, so leaked state is the same in both.
        play(env, seed, &moves, Shock::NONE);
        let first = play(env, seed, &moves, Shock::NONE);
        check_trace(env, &first, findings);
        let again = play(env, seed, &moves, Shock::NONE);
        if let Some(difference) = first.difference(&again) {
            findings.add(Rule::Determinism, format!("seed {seed}, {difference}"));
            continue;
        }
        // This time the reset follows an unfinished episode with other moves and a shock.
        let price = vec![env.shock_space().budget_bps.get(); env.shock_space().n_assets];
        let shock = Shock {
            price_bps: &price,
            ..Shock::NONE
        };
        let other = random_actions(env.action_space(), seed + 100, 3);
        play(env, seed + 7, &other, shock);
        let after = play(env, seed, &moves, Shock::NONE);
        if let Some(difference) = first.difference(&after) {
            let found = format!("seed {seed} after another episode, {difference}");
            findings.add(Rule::ResetForgets, found);
        }
    }
}

fn check_trace<E: Env + ?Sized>(env: &E, trace: &Trace, findings: &mut Findings) {
    let layout = env.layout();
    let fields = || layout.market.iter().chain(&layout.account);
    for (step, observation) in trace.observations.iter().enumerate() {
        if observation.len() != layout.n_fields() {
            let found = format!("{} numbers after step {step}", observation.len());
            findings.add(Rule::ObservationLength, found);
        }
        for (i, (x, field)) in observation.iter().zip(fields()).enumerate() {
            if !x.is_finite() {
                let found = format!("{} is {x} after step {step}", field.name);
                findings.add(Rule::ObservationFinite, found);
            }
            let x = f64::from(*x);
            let outside = field.low.is_some_and(|low| x < low - 1e-6)
                || field.high.is_some_and(|high| x > high + 1e-6);
            if outside && i >= layout.market.len() {
                let found = format!("{} is {x} after step {step}", field.name);
                findings.add(Rule::ObservationRange, found);
            }
        }
    }
    for (step, reward) in trace.rewards.iter().enumerate() {
        if !reward.is_finite() {
            findings.add(Rule::RewardFinite, format!("{reward} in step {step}"));
        }
    }
}

pub(super) fn check_shocks<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    let space = env.shock_space().clone();
    let moves = random_actions(env.action_space(), 5, 1);
    let zeros = vec![0.0; space.n_assets];
    let zero = Shock {
        price_bps: &zeros,
        ..Shock::NONE
    };
    let clean = play(env, 5, &moves, Shock::NONE);
    if let Some(difference) = clean.difference(&play(env, 5, &moves, zero)) {
        findings.add(Rule::ZeroShock, difference);
    }
    let outside: Vec<f64> = (0..space.n_assets)
        .map(|i| if i % 2 == 0 { 1e4 } else { -7e3 })
        .collect();
    let shock = Shock {
        price_bps: &outside,
        spread_multiplier: space.max_spread_multiplier * 3.0,
        liquidity_multiplier: space.min_liquidity_multiplier / 3.0,
    };
    let mut inside = zeros;
    let projected = space.project(shock, 0.0, &mut inside);
    let admissible = Shock {
        price_bps: &inside,
        spread_multiplier: projected.spread_multiplier,
        liquidity_multiplier: projected.liquidity_multiplier,
    };
    let expected = play(env, 5, &moves, admissible);
    if let Some(difference) = expected.difference(&play(env, 5, &moves, shock)) {
        findings.add(Rule::Projection, difference);
    }
}

pub(super) fn check_non_finite_action<E: Env + ?Sized>(env: &mut E, findings: &mut Findings) {
    let ActionSpace::Continuous { n_dims, .. } = *env.action_space() else {
        return;
    };
    for bad in [f32::NAN, f32::INFINITY] {
        env.reset(1);
        let before = env.n_refused();
        let action = vec![bad; n_dims];
        let step = env.step(Action::Continuous(&action), Shock::NONE);
        let sound = step.reward.is_finite() && step.observation.iter().all(|x| x.is_finite());
        if !sound {
            let found = format!("an action of {bad} led to a reward or field that is not finite");
            findings.add(Rule::NonFiniteAction, found);
        } else if env.n_refused() != before + 1 {
            let found = format!("an action of {bad} was not counted by n_refused()");
            findings.add(Rule::NonFiniteAction, found);
        }
    }
}
