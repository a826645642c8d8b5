//! Lesson 6. Training: PPO alone, and with the penalty on adversarially aligned directions (AAJR),
//! on the same prices and seed.
//!
//! The training is far too short to trade on, but long enough to show the effect of the penalty.
//! `configs/` holds whole experiments.
//!
//!     cargo run --example 06_training [POLICY_FILE]
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use shockproof::{
    adversary::{AscentConfig, Objective, Player},
    algo::{Form, Regularizer, Space},
    bps,
    config::EnvFile,
    env::{Market, TradingEnv},
    eval::{Arena, AttackSpec, attack},
    policy::device::Cpu,
    run::read_prices,
    train::{Metric, MetricRow, Observer, ObserverError, Progress, TrainConfig, train_with},
};
use std::{error::Error, num::NonZeroUsize, path::Path, sync::Arc};

const SEED: u64 = 1;

/// Prints every fifth update. An observer cannot change the result, except by stopping it.
struct Table;

impl Observer for Table {
    fn on_update(&mut self, row: &MetricRow) -> Result<Progress, ObserverError> {
        if row.update.is_multiple_of(5) {
            let show = |metric| {
                row.get(metric)
                    .map_or("-".to_owned(), |x| format!("{x:.4}"))
            };
            let (update, steps) = (row.update, row.env_steps);
            let sensitivity = show(Metric::SensitivityMean);
            let penalty = show(Metric::Penalty);
            println!("  {update:>6} {steps:>7} {sensitivity:>12} {penalty:>8}");
        }
        Ok(Progress::Continue)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path)?;
    let panel = read_prices(&file, &source)?.panel;
    let (rules, training, test) = (file.trading, 0..2500, 2520..3270);
    let market = Arc::new(Market::fit(panel, &rules.features, training.clone())?);
    let env = TradingEnv::new(Arc::clone(&market), rules.clone(), training)?;

    let arena = Arena::new(Arc::clone(&market), rules.clone(), test)?;
    let ascent = AscentConfig {
        objective: Objective::OneStepPnl,
        ..AscentConfig::default()
    };
    let attacks = [AttackSpec {
        name: "pgd_pnl".to_owned(),
        player: Player::Gradient(ascent),
        budgets_bps: vec![bps!(100.0), bps!(200.0)],
    }];

    let (weight, space, form) = (1.0, Space::Price, Form::Square);
    let methods = [
        ("ppo", Regularizer::None),
        (
            "aajr",
            Regularizer::Adversarial {
                weight,
                space,
                form,
            },
        ),
    ];
    for (method, regularizer) in methods {
        println!("{method}\n  update   steps  sensitivity  penalty");
        let mut config = TrainConfig::ppo(15 * 1024);
        config.regularizer = regularizer;
        config.policy.hidden = vec![32];
        config.policy.critic_hidden = vec![32];
        let device = Cpu::default();
        let trained = train_with(&env, &config, SEED, NonZeroUsize::MIN, &device, &mut Table)?;

        // A backtest plays the file, as a bot does, so that it measures what is deployed.
        let file = trained.policy_file(&env, method);
        for ledger in attack(&arena, &file, &device, &attacks, SEED)? {
            let last = ledger.equity.last().ok_or("a backtest has bars")?;
            let (name, growth) = (&ledger.attack, (last / ledger.initial_equity).ln());
            println!(
                "  test: {name:<7} {:>3} bps  log growth {growth:>6.3}",
                ledger.budget_bps
            );
        }
        if let Some(path) = std::env::args().nth(1) {
            file.write(Path::new(&path))?;
            println!("  wrote {path}");
        }
    }
    Ok(())
}
