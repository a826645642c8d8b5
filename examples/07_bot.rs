//! Lesson 7. The bot: one policy file in, one decision per bar out. No dfdx, no polars, no market
//! data library.
//!
//! Without an argument, it writes a policy with hand-set weights: sell assets that rose, buy assets
//! that fell. `06_training policy.safetensors` writes a trained policy.
//!
//!     cargo run --no-default-features --features agent --example 07_bot [POLICY_FILE]
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use shockproof::{
    agent::{Agent, PolicyFile, PolicyHeader},
    features::{AccountFeature, AccountView, FeatureSpec, Pipeline},
    market::{Allocation, Bar},
    rng::{Component, Rng, Streams},
};
use std::{error::Error, path::PathBuf};

/// weight = tanh(−0.6 x), where x is the newest return in units of its volatility; the current
/// weight w has no influence.
fn contrarian() -> Result<PolicyFile, Box<dyn Error>> {
    let (window, half_life) = (1, 5.0);
    let features = [FeatureSpec::ScaledReturns { window, half_life }];
    let pipeline = Pipeline::new(&features, &["A".to_owned()])?;
    let (low, max_gross) = (-1.0, 1.0);
    let allocation = Allocation::Weights {
        low,
        high: 1.0,
        max_gross,
    };
    let header = PolicyHeader::by_hand(&pipeline, &[AccountFeature::Weights], 60, allocation)?;
    Ok(PolicyFile::linear(header, &[-0.6, 0.0], &[0.0])?)
}

/// Draws the next bar, instead of a live feed.
fn next_bar(close: &mut f64, rng: &mut Rng) -> Bar {
    let open = *close;
    *close *= f64::exp(rng.gen_range(-0.002..0.002));
    Bar {
        open,
        high: open.max(*close),
        low: open.min(*close),
        close: *close,
        volume: 1e4,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = if let Some(path) = std::env::args().nth(1) {
        PathBuf::from(path)
    } else {
        let path = folder.path().join("policy.safetensors");
        contrarian()?.write(&path)?;
        path
    };
    // Reading checks the whole file. A damaged file is refused with its name:
    let mut bytes = std::fs::read(&path)?;
    if let Some(byte) = bytes.last_mut() {
        *byte ^= 1;
    }
    match PolicyFile::from_bytes(&bytes, &path) {
        Ok(_) => return Err("a flipped bit was not noticed".into()),
        Err(error) => println!("one bit flipped: {error}\n"),
    }
    let mut agent = Agent::new(&PolicyFile::read(&path)?)?;
    let header = agent.header();
    println!("policy {:?} for {:?}", header.method, header.symbols);
    println!("needs {} bars of history\n", agent.warm_up());

    let bar_length = TimeDelta::seconds(header.bar_seconds);
    let mut end: DateTime<Utc> =
        DateTime::from_timestamp(1_700_000_000, 0).ok_or("no such time")?;
    let mut rng = Streams::new(5).stream(Component::Market, 0);
    let mut closes = vec![100.0; header.symbols.len()];
    let (mut held, mut bars) = (vec![0.0; closes.len()], Vec::new());
    // History first: a real bot replays it from its store before the first live bar.
    for live in 0..agent.warm_up() + 5 {
        end += bar_length;
        bars = closes
            .iter_mut()
            .map(|close| next_bar(close, &mut rng))
            .collect();
        // Account, as fractions of equity. This account is always filled at once and never drifts.
        let account = AccountView {
            weights: &held,
            cash: 1.0 - held.iter().sum::<f64>(),
            unrealized: 0.0,
            time_left: 1.0,
            tradable: &[],
        };
        let Some(decision) = agent.on_bars(&bars, end, account)? else {
            continue;
        };
        let targets = decision.target_weights.to_vec();
        println!(
            "bar {live:>3}: close {:.3}: hold {targets:.3?}",
            bars[0].close
        );
        held = targets;
    }

    // A wrong row is refused with its fault and changes nothing: the next good bar gives the same
    // decision as without the wrong row.
    bars[0].close = f64::NAN;
    for (mistake, end) in [
        ("the same bar again", end),
        ("a bar without a close", end + bar_length),
    ] {
        let account = AccountView {
            weights: &held,
            cash: 0.0,
            unrealized: 0.0,
            time_left: 1.0,
            tradable: &[],
        };
        if let Err(error) = agent.on_bars(&bars, end, account) {
            println!("{mistake}: {error}");
        }
    }
    Ok(())
}
