//! Lesson 7. The bot: one policy file in, one decision per bar out. No dfdx, no polars, no market
//! data library.
//!
//! Without an argument it writes a policy by hand: sell what rose, buy what fell. `06_training
//! policy.safetensors` writes a trained one.
//!
//!     cargo run --no-default-features --features agent --example 07_bot [POLICY_FILE]
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use chrono::{DateTime, TimeDelta, Utc};
use rand::Rng as _;
use shockproof::{
    agent::{
        Activation, Agent, FORMAT, Head, NetworkSpec, PolicyFile, PolicyHeader, Squash, TensorData,
    },
    features::{AccountFeature, AccountView, FeatureSpec, Layout, Normalizer, Pipeline},
    market::{Allocation, Bar},
    rng::{Component, Rng, Streams},
};
use std::{collections::BTreeMap, error::Error, path::PathBuf};

/// weight = tanh(−0.6 x), x the newest return in units of its volatility.
fn contrarian() -> Result<PolicyFile, Box<dyn Error>> {
    let symbols = vec!["A".to_owned()];
    let (window, half_life) = (1, 5.0);
    let features = vec![FeatureSpec::ScaledReturns { window, half_life }];
    let account = vec![AccountFeature::Weights];
    let pipeline = Pipeline::new(&features, &symbols)?;
    let (low, max_gross) = (-1.0, 1.0);
    let (n_dims, squash) = (1, Squash::Tanh);
    let tensor = |shape: &[usize], values: &[f32]| TensorData {
        shape: shape.to_vec(),
        values: values.to_vec(),
    };
    Ok(PolicyFile {
        header: PolicyHeader {
            format: FORMAT,
            library_version: env!("CARGO_PKG_VERSION").to_owned(),
            method: "by_hand".to_owned(),
            seed: 0,
            signals: Vec::new(),
            bar_seconds: 60,
            layout: Layout::new(&pipeline, &account, &symbols)?,
            normalizer: Normalizer {
                mean: vec![0.0],
                scale: vec![1.0],
            },
            network: NetworkSpec {
                n_inputs: 2,
                hidden: Vec::new(),
                activation: Activation::Tanh,
                head: Head::Gaussian { n_dims, squash },
            },
            allocation: Allocation::Weights { low, max_gross },
            trained_against: serde_json::Value::Null,
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
            training_span: None,
            symbols,
            features,
            account,
        },
        tensors: BTreeMap::from([
            ("actor.0.weight".to_owned(), tensor(&[2, 1], &[-0.6, 0.0])),
            ("actor.0.bias".to_owned(), tensor(&[1], &[0.0])),
            ("actor.log_std".to_owned(), tensor(&[1], &[0.0])),
        ]),
    })
}

/// A live feed would be here.
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
    // Reading checks everything. A damaged file is refused by name, not traded:
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
        // What the account says, as fractions of equity. This one is always filled at once and
        // never drifts.
        let account = AccountView {
            weights: &held,
            cash: 1.0 - held.iter().sum::<f64>(),
            unrealized: 0.0,
            time_left: 1.0,
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

    // What a feed gets wrong is named, and changes nothing: the next good bar is decided as if it
    // had not been.
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
        };
        if let Err(error) = agent.on_bars(&bars, end, account) {
            println!("{mistake}: {error}");
        }
    }
    Ok(())
}
