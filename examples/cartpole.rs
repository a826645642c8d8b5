//! Your own environment behind the public `Env` trait: `CartPole` with Gymnasium's v1 dynamics,
//! learned with PPO or A2C.
//!
//!     cargo run --release --no-default-features --features learn --example cartpole -- \
//!         [--algorithm ppo|a2c] [--seeds N]
//!
//! Prints, per seed, the mean return of 100 greedy evaluation episodes (solved at 475 of 500).
#![allow(clippy::print_stdout, reason = "an example prints its table")]

#[path = "cartpole/env.rs"]
mod env;

use env::CartPole;
use shockproof::{
    env::{Action, Env, Shock},
    policy::{Actions, ActorCritic, PolicyError, device::Cpu},
    rng::Streams,
    train::{TrainConfig, train},
};
use std::{error::Error, process::ExitCode};

const EVALUATION_EPISODES: u64 = 100;
const SOLVED: f64 = 475.0;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|i| arguments.get(i + 1))
            .map_or(default, String::as_str)
            .to_owned()
    };
    let n_seeds: u64 = option("--seeds", "10").parse()?;
    let config = match option("--algorithm", "ppo").as_str() {
        "ppo" => TrainConfig::ppo(200_000),
        "a2c" => TrainConfig::a2c(500_000),
        other => return Err(format!("--algorithm: found {other}, expected ppo or a2c").into()),
    };
    println!(
        "{:>4}  {:>9}  {:>27}",
        "seed", "env steps", "mean of 100 greedy episodes"
    );
    let mut n_solved = 0;
    for seed in 0..n_seeds {
        let trained = train(&CartPole::new(), &config, seed)?;
        let mean = evaluate(&trained.policy)?;
        n_solved += u64::from(mean >= SOLVED);
        println!("{seed:>4}  {:>9}  {mean:>27.1}", trained.env_steps);
    }
    println!("{n_solved} of {n_seeds} seeds reach {SOLVED}");
    Ok(if n_solved * 10 >= n_seeds * 9 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Mean return of greedy episodes from starts outside the training (all copies play in parallel).
fn evaluate(policy: &ActorCritic<f32, Cpu>) -> Result<f64, PolicyError> {
    let evaluation = Streams::new(u64::MAX);
    let mut total = 0.0;
    let mut playing: Vec<CartPole> = (0..EVALUATION_EPISODES)
        .map(|episode| {
            let mut env = CartPole::new();
            env.reset(evaluation.episode_seed(0, episode));
            env
        })
        .collect();
    while !playing.is_empty() {
        let observations: Vec<f32> = playing.iter().flat_map(|env| env.observation).collect();
        let Actions::Categorical(levels) = policy.decide(&observations, playing.len())? else {
            break;
        };
        let mut levels = levels.iter();
        playing.retain_mut(|env| {
            let step = env.step(Action::Categorical(levels.as_slice()), Shock::NONE);
            levels.next();
            total += step.reward;
            !step.outcome.is_over()
        });
    }
    #[allow(clippy::cast_precision_loss, reason = "a hundred")]
    Ok(total / EVALUATION_EPISODES as f64)
}
