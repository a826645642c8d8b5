//! An attack objective of your own, which drives the policy to sell everything.
//!
//! L(π(o')) = −Σ wᵢ; the ascent finds the misprint of the newest closes that raises L most. The
//! same objective serves a gradient player, an attack, and the regularizer's ascent.
//!
//!     cargo run --example own_objective
#![allow(clippy::print_stdout, reason = "an example prints")]

use shockproof::{
    adversary::{
        AscentConfig, AttackObjective, InnerProblem, Objective, ObjectiveNeeds, ObjectiveRow,
    },
    algo::Space,
    config::{EnvFile, Registry},
    env::{Env, Market, TradingEnv},
    own::Own,
    rng::{Component, Streams},
    run::read_prices,
    train::{TrainConfig, train},
};
use std::{error::Error, path::Path, sync::Arc};

/// Objective −Σ wᵢ and its gradient.
struct SellEverything;

impl AttackObjective for SellEverything {
    fn needs(&self) -> ObjectiveNeeds {
        ObjectiveNeeds::OUTPUT
    }

    fn evaluate(&self, row: &ObjectiveRow<'_>, gradient: &mut [f32]) -> f64 {
        gradient.fill(-1.0);
        -row.output.iter().map(|w| f64::from(*w)).sum::<f64>()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path, &Registry::default())?;
    let panel = read_prices(&file, &source)?.panel;
    let market = Market::fit(panel, &file.trading.features, 0..2500)?;
    let mut env = TradingEnv::new(Arc::new(market), file.trading, 0..2500)?;
    let policy = train(&env, &TrainConfig::new(8 * 2048), 1)?.policy.freeze();

    let (map, shocks) = (env.shock_map().ok_or("no shock map")?, env.shock_space());
    let (layout, actions) = (env.layout(), env.action_space());
    let space = Space::Price;
    let problem = InnerProblem::new("own", space, layout, Some(map.clone()), shocks, actions)?;
    let observation = env.reset(3).to_vec();
    let mut snapshot = vec![0.0; map.snapshot_len()];
    env.snapshot(&mut snapshot);

    let own = Own::new(
        "sell_everything",
        [],
        Arc::new(SellEverything) as Arc<dyn AttackObjective>,
    );
    let config = AscentConfig {
        objective: Objective::Own(own),
        n_steps: 8,
        random_start: 0.0,
        ..AscentConfig::default()
    };
    let mut rng = Streams::new(1).stream(Component::Ascent, 0);
    let trace = problem.ascend(&policy, &observation, &snapshot, &config, &mut rng)?;
    let best = trace.losses.iter().copied().fold(f64::MIN, f64::max);
    println!(
        "sum of weights: {:.3} clean, {:.3} attacked",
        -trace.losses[0], -best
    );
    println!("shock: {:.2?} budgets", trace.best_shock(0));
    assert!(best > trace.losses[0], "the attack sells nothing");
    Ok(())
}
