//! A metric from outside the crate: the share of bars that end below an earlier peak of equity.
//!
//!     cargo run --example own_metric
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use shockproof::{
    agent::{PolicyFile, PolicyHeader},
    config::{EnvFile, Registry},
    env::{Market, TradingEnv},
    eval::{
        Ledger, evaluate,
        metrics::{Better, Description, Format, Metric},
    },
    run::read_prices,
};
use std::{error::Error, path::Path, sync::Arc};

struct TimeUnderWater;

impl Metric for TimeUnderWater {
    fn describe(&self) -> Description {
        Description {
            name: "time_under_water".into(),
            label: "Time under water".into(),
            format: Format::Percent,
            better: Better::Lower,
            definition: "share of bars that end below an earlier peak of equity".into(),
            undefined: "there is no bar".into(),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of bars are small")]
    fn value(&self, ledger: &Ledger) -> Option<f64> {
        let mut peak = ledger.initial_equity;
        let is_below = |equity: &&f64| {
            peak = peak.max(**equity);
            **equity < peak
        };
        let n_below = ledger.equity.iter().filter(is_below).count();
        (ledger.n_bars() > 0).then(|| n_below as f64 / ledger.n_bars() as f64)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path, &Registry::default())?;
    let (panel, rules) = (read_prices(&file, &source)?.panel, file.trading);
    let market = Arc::new(Market::fit(panel, &rules.features, 0..2500)?);
    let env = TradingEnv::new(Arc::clone(&market), rules.clone(), 2520..3270)?;

    // A policy with hand-set weights: always a third of the account in each asset.
    let (pipeline, account) = (market.pipeline(), &rules.account);
    let bar_seconds = market.panel().bar_length().num_seconds();
    let allocation = rules.allocation.clone();
    let mut header = PolicyHeader::by_hand(pipeline, account, bar_seconds, allocation)?;
    header.normalizer = market.normalizer().clone();
    let n_inputs = header.network.n_inputs;
    let policy = PolicyFile::linear(header, &vec![0.0; 3 * n_inputs], &[0.346; 3])?;

    let found = evaluate(&policy, &env)?.with_metrics(&[Arc::new(TimeUnderWater)])?;
    println!("{found}");
    let share = found.summary.ledgers[0].get("time_under_water");
    assert!(share.is_some_and(|share| share > 0.0 && share < 1.0));
    let json = serde_json::to_string(&found.summary)?;
    assert!(json.contains("\"time_under_water\":0."));
    Ok(())
}
