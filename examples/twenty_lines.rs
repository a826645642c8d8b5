//! From bars in memory to a trained policy file, a clean and an attacked backtest, and live
//! decisions. README.md shows the function `bot`; `tests/readme.rs` compares the two.
//!
//!     cargo run --example twenty_lines
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use shockproof::{
    market::{Bar, Panel},
    rng::{Component, Streams},
};
use std::{error::Error, path::Path};

fn bot(panel: &Panel, path: &Path) -> Result<(), Box<dyn Error>> {
    // README begins
    use shockproof::prelude::*;

    let mut rules = TradingSpec::new(vec![FeatureSpec::Rsi { period: 14 }]);
    rules.shocks = ShockSpec::prints(bps!(200.0)); // a close may be misprinted by 2 %
    let env = TradingEnv::fit(panel.clone(), rules, 0..1600)?; // training rows
    let mut config = TrainConfig::new(150_000);
    config.regularizer = Regularizer::aajr(1.0);
    train(&env, &config, 1)?.save(&env, path)?;

    let policy = PolicyFile::read(path)?;
    let attacks = [AttackSpec::pgd(bps!(200.0))]; // judged without and with this attack
    let judged = evaluate_attacked(&policy, &env.over(1620..2000)?, &attacks)?;
    println!("{judged}");
    let mut agent = Agent::new(&policy)?; // what a live bot holds
    for t in 0..panel.n_bars() {
        let account = AccountView::cash_only(&[0.0]); // flat; a bot passes its broker's weights
        if let Some(decision) = agent.on_bars(panel.row(t), panel.moment(t), account)? {
            println!("bar {t}: hold {:.2?} of equity", decision.target_weights);
        }
    }
    // README ends
    Ok(())
}

/// Prices that return to 100 within ten days, so that there is something to learn.
fn panel() -> Result<Panel, Box<dyn Error>> {
    let mut rng = Streams::new(7).stream(Component::Market, 0);
    let mut close = 100.0_f64;
    let mut bars = Vec::new();
    for _ in 0..2000 {
        let open = close;
        close *= (0.1 * (100.0 / close).ln() + rng.gen_range(-0.02..0.02)).exp();
        let (high, low) = (open.max(close), open.min(close));
        bars.push(Bar {
            open,
            high,
            low,
            close,
            volume: 1e6,
        });
    }
    let ends: Vec<DateTime<Utc>> = (0..2000)
        .map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day))
        .collect();
    Ok(Panel::new(
        vec!["A".to_owned()],
        ends,
        bars,
        TimeDelta::days(1),
    )?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    bot(&panel()?, &folder.path().join("policy.safetensors"))
}
