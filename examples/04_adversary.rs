//! Lesson 4. The adversary: the set of admissible shocks, and players that choose from it.
//!
//! The victim is a trend follower of one layer with hand-set weights: its weight in an asset is
//! tanh(0.8 x), where x is the asset's newest return in units of its volatility. A misprint of the
//! newest price changes x.
//!
//!     cargo run --example 04_adversary
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use shockproof::{
    adversary::{AscentConfig, InnerProblem, MarketView, Player, PlayerView, ShockMoves},
    agent::{Activation, Head, NetworkSpec, Squash},
    algo::Space,
    config::{EnvFile, Registry},
    env::{Action, Env, Market, Shock, TradingEnv},
    features::Layout,
    policy::{Actions, ActorCritic, NamedTensor, device::Cpu},
    rng::{Component, Streams},
    run::read_prices,
};
use std::{error::Error, path::Path, sync::Arc};

/// Policy from weights by name, as in a policy file; no player here uses its zero value network.
fn trend_follower(layout: &Layout) -> Result<ActorCritic<f32, Cpu>, Box<dyn Error>> {
    let is_newest = |name: &str| name.contains("scaled_return") && name.ends_with("[0]");
    let fields = layout.market.iter().enumerate();
    let newest: Vec<usize> = fields
        .filter(|(_, field)| is_newest(&field.name))
        .map(|(i, _)| i)
        .collect();
    let (n_inputs, n_dims) = (layout.n_fields(), newest.len());
    let mut weight = vec![0.0; n_inputs * n_dims];
    for (dim, input) in newest.into_iter().enumerate() {
        weight[input * n_dims + dim] = 0.8;
    }
    let tensor = |name: &str, shape: &[usize], values| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values,
    };
    let tensors = [
        tensor("actor.0.weight", &[n_inputs, n_dims], weight),
        tensor("actor.0.bias", &[n_dims], vec![0.0; n_dims]),
        tensor("actor.log_std", &[n_dims], vec![0.0; n_dims]),
        tensor("critic.0.weight", &[n_inputs, 1], vec![0.0; n_inputs]),
        tensor("critic.0.bias", &[1], vec![0.0]),
    ];
    let squash = Squash::Tanh;
    let spec = NetworkSpec {
        n_inputs,
        hidden: Vec::new(),
        activation: Activation::Tanh,
        head: Head::Gaussian { n_dims, squash },
    };
    let device = Cpu::default();
    Ok(ActorCritic::from_tensors(&spec, &[], &tensors, &device)?)
}

/// An env file holds prices, costs, features and the set of admissible shocks.
fn three_stocks() -> Result<TradingEnv, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path, &Registry::default())?;
    let panel = read_prices(&file, &source)?.panel;
    let fitted = Market::fit(panel, &file.trading.features, 0..2000)?;
    Ok(TradingEnv::new(Arc::new(fitted), file.trading, 2000..3000)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut env = three_stocks()?;
    let policy = trend_follower(env.layout())?;
    // The adversary plays against fixed weights.
    let frozen = policy.freeze();

    // The environment owns the set of admissible shocks and projects every shock onto it.
    let shocks = env.shock_space().clone();
    let mut z = [900.0, -70.0, 0.0];
    shocks.project_price(&mut z, shocks.remaining_bps(0.0));
    println!("a shock of [900, -70, 0] bps becomes {z:?}: at most 200 per asset\n");

    // The inner problem of one bar: projected gradient ascent on the change of the action that the
    // misprint causes, in units of the budget.
    let map = env.shock_map().ok_or("no shock map")?;
    let actions = env.action_space().clone();
    let problem = InnerProblem::new(
        "lesson 4",
        Space::Price,
        env.layout(),
        Some(Arc::clone(&map)),
        &shocks,
        &actions,
    )?;
    let mut snapshot = vec![0.0; map.snapshot_len()];
    let mut seen = env.reset(3).to_vec();
    env.snapshot(&mut snapshot);
    let config = AscentConfig::default();
    let mut rng = Streams::new(3).stream(Component::Adversary, 0);
    let trace = problem.ascend(&frozen, &seen, &snapshot, &config, &mut rng)?;
    let (losses, best) = (&trace.losses, trace.best_shock(0));
    println!("ascent on one bar: loss {losses:.3?}, best shock {best:.2?} budgets\n");

    // A year against each player. The player moves second: it observes the decision and the clean
    // next bar, and chooses the misprint of that bar.
    println!("player    mean |change of action|  log growth");
    let players = [Player::None, Player::Random, Player::Gradient(config)];
    for (name, player) in ["none", "random", "gradient"].iter().zip(players) {
        seen.copy_from_slice(env.reset(3));
        let (mut shift, mut growth, mut n_steps) = (0.0, 0.0, 0.0);
        let (mut z, mut clean) = ([0.0; 3], vec![0.0; seen.len()]);
        while !env.outcome().is_over() {
            let Actions::Continuous(action) = policy.decide(&seen, 1)? else {
                return Err("expected a Gaussian head".into());
            };
            let action = Action::Continuous(&action);
            env.preview(action, &mut snapshot);
            let view = PlayerView {
                shocks: &shocks,
                observations: &seen,
                actions: action,
                market: Some(MarketView {
                    map: map.as_ref(),
                    snapshots: &snapshot,
                    action_space: &actions,
                }),
                policy: Some(&frozen),
            };
            let moves = ShockMoves {
                price_bps: &mut z,
                spread_multipliers: &mut [],
                liquidity_multipliers: &mut [],
            };
            player.choose(&view, &mut rng, moves)?;
            let mut shock = Shock::NONE;
            shock.price_bps = &z;
            let step = env.step(action, shock);
            growth += step.reward;
            seen.copy_from_slice(step.observation);
            map.observe(&snapshot, &[0.0; 3], &mut clean);
            if let Actions::Continuous(both) = policy.decide(&[&clean[..], &seen].concat(), 2)? {
                let (clean, shocked) = both.split_at(3);
                let pairs = clean.iter().zip(shocked);
                shift += pairs.map(|(a, b)| f64::from((a - b).abs())).sum::<f64>() / 3.0;
            }
            n_steps += 1.0;
        }
        println!("{name:<9} {:>23.3} {growth:>11.3}", shift / n_steps);
    }
    Ok(())
}
