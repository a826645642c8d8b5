//! Lesson 2. The environment: a market, rules, and a random trader who pays the costs.
//!
//!     cargo run --example 02_environment
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use rand::Rng as _;
use shockproof::{
    bps,
    env::{Action, Env, Shock, ShockSpec, TradingEnv, TradingSpec},
    features::FeatureSpec,
    ingest::{BarLabel, Calendar, DataFile, Session, read_panel},
    market::Costs,
    rng::{Component, Streams},
};
use std::{error::Error, path::Path};

/// Rules, as in `envs/*.ron`. Omitted fields have the defaults of `TradingSpec::new`.
fn rules() -> TradingSpec {
    let (window, half_life) = (5, 20.0);
    let features = vec![
        FeatureSpec::ScaledReturns { window, half_life },
        FeatureSpec::Rsi { period: 14 },
    ];
    TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: bps!(1.0).into(),
            half_spread: bps!(2.0),
            impact_coefficient: 0.1,
            ..Costs::FREE
        },
        // `None` plays all rows in order; `Some(252)` plays a year from a random start.
        horizon: Some(252),
        shocks: ShockSpec::prints(bps!(200.0)),
        ..TradingSpec::new(features)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let bars_of = |symbol: &str, name: &str| DataFile {
        session: Some(Session::AMERICAN_STOCKS),
        ..DataFile::new(symbol, folder.join(name), BarLabel::Open)
    };
    let files = [
        bars_of("AAPL", "aapl_1d_raw_adj.csv"),
        bars_of("IBM", "ibm_1d_raw_adj.csv"),
    ];
    let panel = read_panel(&files, Calendar::Refuse, None)?.panel;

    // All copies share the features and the normalizer, which is fitted on training rows only.
    let training = 0..2000;
    let mut env = TradingEnv::fit(panel, rules(), training)?;
    println!("the agent sees {} numbers:", env.layout().n_fields());
    for field in env.layout().market.iter().chain(&env.layout().account) {
        let shockable = if field.shockable { "shockable" } else { "" };
        println!("  {:<28} {:<20} {shockable}", field.name, field.unit);
    }

    // All randomness is a pure function of a seed: the start of the episode, and here the trader.
    let mut rng = Streams::new(7).stream(Component::Policy, 0);
    env.reset(7);
    let (mut log_growth, mut traded, mut paid) = (0.0, 0.0, 0.0);
    println!("\nbar end         equity  turnover     cost   AAPL, IBM");
    for step in 0.. {
        let action: [f32; 2] = [rng.gen_range(-1.0..1.0), rng.gen_range(-1.0..1.0)];
        // The action is decided at a bar's close, filled at the next open, marked at the next
        // close, without a shock.
        let (reward, outcome) = {
            let played = env.step(Action::Continuous(&action), Shock::NONE);
            (played.reward, played.outcome)
        };
        let fill = env.last_fill();
        log_growth += reward;
        traded += fill.traded_value;
        paid += fill.charge.total();
        if step % 42 == 0 || outcome.is_over() {
            let weights = env.marked_weights();
            println!(
                "{} {:>11.0} {:>9.2} {:>8.0} {weights:>6.2?}",
                env.timestamp().date_naive(),
                env.equity(),
                env.last_turnover(),
                fill.charge.total(),
            );
        }
        if outcome.is_over() {
            println!("\n{outcome:?} after {} steps", step + 1);
            break;
        }
    }
    let growth = (env.equity() / 1e6).ln();
    println!("rewards add up to {log_growth:.4}, the log growth of the account: {growth:.4}");
    println!("{traded:.0} traded cost {paid:.0}: chance pays the spread");
    println!("interventions: {:?}", env.interventions());
    Ok(())
}
