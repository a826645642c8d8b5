//! A feature from outside the crate: position of the close in its bar's range, against its mean.
//!
//!     cargo run --example own_feature
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use chrono::{DateTime, TimeDelta};
use shockproof::agent::{Agent, PolicyFile, PolicyHeader};
use shockproof::env::{Order, Shock, TradingEnv, TradingSpec};
use shockproof::features::{
    Feature, FeatureSpec, Field, Memory, Newest, OwnFeature, Place, Scalar,
};
use shockproof::market::{Bar, Panel};
use shockproof::own::Shelf;
use std::{error::Error, path::Path, sync::Arc};

/// `x_t = p_t − m_{t−1}`, `p = (C − L) / (H − L + ε C)`, `m_t = m_{t−1} + α (p_t − m_{t−1})`, ε =
/// 1e-5. State: `[m]`.
#[derive(Debug)]
struct RangePosition(f64);

fn position<S: Scalar>(bar: &Bar<S>) -> S {
    (bar.close - bar.low) * (bar.high - bar.low + bar.close * 1e-5).recip()
}

impl Feature for RangePosition {
    fn memory(&self) -> Memory {
        Memory::new(0, 1)
    }
    fn fields(&self, symbol: &str) -> Vec<Field> {
        let name = format!("{symbol}.range_position({})", self.0);
        vec![Field::shockable(name, "1", 10)]
    }
    fn push(&self, now: &Newest<'_>, _: Place, state: &mut [f64]) {
        state[0] += self.0 * (position(now.bar) - state[0]);
    }
    fn values<S: Scalar>(&self, now: &Newest<'_, S>, state: &[f64], mut out: impl FnMut(usize, S)) {
        out(0, position(now.bar) - state[0]);
    }
}

fn bar(t: u32) -> Bar {
    let (open, close) = (100.0 + f64::from(t).sin(), 100.0 + f64::from(t + 1).sin());
    Bar {
        open,
        high: open.max(close) + 0.3,
        low: open.min(close) - 0.2,
        close,
        volume: 1.0,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (day, bars): (_, Vec<Bar>) = (TimeDelta::days(1), (0..100).map(bar).collect());
    let ends = (0..100).map(|t| DateTime::UNIX_EPOCH + day * t).collect();
    let panel = Panel::new(vec!["A".into()], ends, bars.clone(), day)?;
    let spec = FeatureSpec::own("range_position", [("alpha", 0.2)], RangePosition(0.2));
    let mut env = TradingEnv::fit(panel.clone(), TradingSpec::new(vec![spec]), 0..100)?;
    let market = env.market().clone();

    // The value is compared with the formula, the derivative with a central difference.
    let (pipeline, row, moment) = (market.pipeline(), panel.row(99), panel.moment(99));
    let mut state = vec![0.0; pipeline.state_len()];
    (0..99).for_each(|t| pipeline.push(&mut state, panel.row(t), panel.moment(t)));
    let (mut x, mut slope, mut up, mut down) = ([0.0], [0.0], [0.0], [0.0]);
    pipeline.jacobian(&state, row, &[0.0], moment, &mut x, &mut slope);
    pipeline.peek_printed(&state, row, &[1e-6], moment, &mut up);
    pipeline.peek_printed(&state, row, &[-1e-6], moment, &mut down);
    let mean = |m: f64, bar: &Bar| m + 0.2 * (position(bar) - m);
    let expected = position(&bars[99]) - bars[..99].iter().fold(0.0, mean);
    let difference = (up[0] - down[0]) / 2e-6;
    assert!((x[0] - expected).abs() < 1e-12 && (slope[0] / difference - 1.0).abs() < 1e-6);
    println!(
        "dx/dz = {:.3}, central difference {difference:.3}",
        slope[0]
    );

    // A policy file stores the name; a bot takes the feature from a shelf.
    let rules = env.spec().clone();
    let mut header = PolicyHeader::by_hand(pipeline, &rules.account, 86_400, rules.allocation)?;
    header.normalizer = market.normalizer().clone();
    let file = PolicyFile::linear(header, &[-0.7, 0.1], &[0.0])?;
    let file = PolicyFile::from_bytes(&file.to_bytes(Path::new("p"))?, Path::new("p"))?;
    assert!(Agent::new(&file).is_err_and(|error| error.to_string().contains("range_position")));
    let mut shelf = Shelf::<dyn OwnFeature>::default();
    shelf.add("range_position", |given| {
        Ok(Arc::new(RangePosition(given.get("alpha")?)))
    });
    let mut agent = Agent::with_features(&file, &shelf)?;

    // Bot and environment compute the same observation, bit for bit.
    for t in 0..99 {
        let decision = agent.on_bars(panel.row(t), panel.moment(t), env.account())?;
        let targets = decision.map(|decision| decision.target_weights.to_vec());
        if let (Some(targets), true) = (targets, t >= env.first_row()) {
            assert_eq!(agent.observation(), env.observation());
            env.play(Order::Targets(&targets), Shock::NONE);
        }
    }
    println!(
        "the bot and the environment agree; equity {:.2}",
        env.equity()
    );
    Ok(())
}
