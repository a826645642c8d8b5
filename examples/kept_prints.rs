//! Measures how much longer a misprint disturbs a policy that cannot correct its history.
//!
//! Trains the methods of `configs/quickstart.ron`, then misprints all three stocks by 2 % at every
//! 25th bar of the test span. Prints the weight error Σᵢ |wᵢ − wᵢ of the clean market|: at the
//! misprinted bar, and summed over that bar and 20 more, corrected and kept.
//!
//!     cargo run --release --example kept_prints
#![allow(clippy::print_stdout, reason = "an example prints")]

use shockproof::{
    agent::PolicyFile,
    config::{Experiment, Registry},
    env::{Action, Env, PrintEnding, Shock, TradingEnv},
    eval::{Arena, PolicyDecider},
    run::Prepared,
    train::{TrainConfig, train},
};
use std::{error::Error, path::Path, sync::Arc};

const N_BARS: usize = 21;
const PRINT_BPS: [f64; 3] = [-200.0; 3];

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/quickstart.ron");
    let experiment = Experiment::load(&path, &Registry::default())?;
    let prepared = Prepared::new(&experiment)?;
    let training = prepared.training_env();
    println!("method    at the bar  corrected  kept   (sums over {N_BARS} bars)");
    for method in &experiment.file.methods {
        let config = TrainConfig {
            regularizer: method.regularizer.clone(),
            ..experiment.file.train.clone()
        };
        let file = train(&training, &config, 1)?.policy_file(&training, &method.name);
        let [at_bar, corrected] = errors(&prepared.test, &file, PrintEnding::Corrected)?;
        let [_, kept] = errors(&prepared.test, &file, PrintEnding::Kept)?;
        println!(
            "{:<9} {at_bar:>10.2} {corrected:>10.2} {kept:>5.2}",
            method.name
        );
        assert!(kept > corrected, "a kept misprint disturbs for longer");
    }
    Ok(())
}

/// Mean weight error at the misprinted bar, and over that bar and those after it.
fn errors(
    arena: &Arena,
    file: &PolicyFile,
    ending: PrintEnding,
) -> Result<[f64; 2], Box<dyn Error>> {
    let mut rules = arena.spec().clone();
    rules.shocks.print_ending = ending;
    let mut base = TradingEnv::new(Arc::clone(arena.market()), rules, arena.rows().clone())?;
    let mut decider = PolicyDecider::new(file)?;
    let print = Shock {
        price_bps: &PRINT_BPS,
        ..Shock::NONE
    };
    let (mut sums, mut n_prints) = ([0.0; 2], 0.0);
    while base.row() + N_BARS < base.last_row() {
        let first = weights(&mut decider, &base)?;
        if base.row().is_multiple_of(25) {
            let [mut clean, mut printed] = [base.clone(), base.clone()];
            clean.step(Action::Continuous(&first), Shock::NONE);
            printed.step(Action::Continuous(&first), print);
            for bar in 0..N_BARS {
                let [a, b] = [&clean, &printed].map(|env| weights(&mut decider, env));
                let (a, b) = (a?, b?);
                let moved = a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs()));
                let moved: f64 = moved.sum();
                sums[0] += if bar == 0 { moved } else { 0.0 };
                sums[1] += moved;
                clean.step(Action::Continuous(&a), Shock::NONE);
                printed.step(Action::Continuous(&b), Shock::NONE);
            }
            n_prints += 1.0;
        }
        base.step(Action::Continuous(&first), Shock::NONE);
    }
    Ok(sums.map(|sum| sum / n_prints))
}

/// Target weights that the policy decides on, scaled to the gross bound of 1.
fn weights(decider: &mut PolicyDecider, env: &TradingEnv) -> Result<Vec<f32>, Box<dyn Error>> {
    let Action::Continuous(raw) = decider.act(env.observation(), env.timestamp())? else {
        return Err("the quickstart env takes weights".into());
    };
    let gross: f32 = raw.iter().map(|w| w.abs()).sum();
    Ok(raw.iter().map(|w| w / gross.max(1.0)).collect())
}
