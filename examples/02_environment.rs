//! Lesson 2. The environment: a market, rules, and a random trader who learns what trading costs.
//!
//!     cargo run --example 02_environment
#![allow(clippy::print_stdout, reason = "a lesson is printed")]

use rand::Rng as _;
use shockproof::{
    bps,
    env::{
        Action, Env, Market, Norm, Reward, Shock, ShockKind, ShockSpec, TradingEnv, TradingSpec,
    },
    features::{AccountFeature, FeatureSpec},
    ingest::{BarLabel, Calendar, DataFile, read_panel},
    market::{Allocation, Costs},
    rng::{Component, Streams},
};
use std::{error::Error, path::Path, sync::Arc};

/// What `envs/*.ron` say in a file: everything but the prices and the rows.
fn rules() -> Result<TradingSpec, Box<dyn Error>> {
    let (low, max_gross) = (-1.0, 1.0);
    let (window, half_life) = (5, 20.0);
    Ok(TradingSpec {
        initial_cash: 1e6,
        costs: Costs {
            fee: bps!(1.0),
            half_spread: bps!(2.0),
            impact_coefficient: 0.1,
            own: Vec::new(),
        },
        // One number per asset: its weight, short positions allowed, no leverage.
        allocation: Allocation::Weights { low, max_gross },
        reward: Reward::LogGrowth,
        // None: all rows in order. Some(252): a year from a random start.
        horizon: Some(252),
        ruin_fraction: 0.1,
        features: vec![
            FeatureSpec::ScaledReturns { window, half_life },
            FeatureSpec::Rsi { period: 14 },
        ],
        account: vec![AccountFeature::Weights],
        shocks: ShockSpec {
            kind: ShockKind::Print,
            norm: Norm::LInf,
            budget_bps: bps!(200.0),
            episode_budget_bps: None,
            max_spread_multiplier: 1.0,
            min_liquidity_multiplier: 1.0,
        },
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let bars_of =
        |symbol: &str, name: &str| DataFile::new(symbol, folder.join(name), BarLabel::Open);
    let files = [
        bars_of("AAPL", "aapl_1d_raw_adj.csv"),
        bars_of("IBM", "ibm_1d_raw_adj.csv"),
    ];
    let panel = read_panel(&files, Calendar::Refuse, None)?.panel;

    // Features and their normalizer are made once and shared by all copies. The normalizer sees the
    // training rows only.
    let (rules, training) = (rules()?, 0..2000);
    let fitted = Market::fit(panel, &rules.features, training.clone())?;
    let mut env = TradingEnv::new(Arc::new(fitted), rules, training)?;
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
        // Decided on the bar that closed, filled at the next open, marked at the next close. Nobody
        // shocks anything today.
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
