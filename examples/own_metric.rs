//! A metric from outside the crate: the share of bars that end below an earlier peak of equity.
//!
//!     cargo run --example own_metric
#![allow(clippy::print_stdout, reason = "an example prints its result")]

use shockproof::{
    config::EnvFile,
    env::{Market, TradingEnv},
    eval::{
        AttackSpec, Ledger, evaluate_attacked,
        metrics::{Better, Description, Format, Metric},
    },
    policy::device::Cpu,
    run::read_prices,
    train::{MetricRow, Observer, ObserverError, Progress, TrainConfig, policy_file, train},
    units::Bps,
};
use std::{error::Error, num::NonZeroUsize, path::Path, sync::Arc};

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

struct Silent;

impl Observer for Silent {
    fn on_update(&mut self, _row: &MetricRow) -> Result<Progress, ObserverError> {
        Ok(Progress::Continue)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("envs/panel_daily-v1.ron");
    let (file, source) = EnvFile::load(&path)?;
    let (panel, rules) = (read_prices(&file, &source)?.panel, file.trading);
    let market = Arc::new(Market::fit(panel, &rules.features, 0..2500)?);
    let env = |rows| TradingEnv::new(Arc::clone(&market), rules.clone(), rows);

    let config = TrainConfig::ppo(2 * 1024);
    let envs = vec![env(0..2500)?; config.n_envs];
    let trained = train(
        envs,
        &config,
        1,
        NonZeroUsize::MIN,
        &Cpu::default(),
        &mut Silent,
    )?;
    let policy = policy_file(&env(0..2500)?, &trained.policy, "ppo", 1);

    let attacks = [AttackSpec::random(Bps::new(100.0)?)];
    let found = evaluate_attacked(&policy, &env(2520..3270)?, &attacks)?
        .with_metrics(&[Arc::new(TimeUnderWater)])?;
    println!("{found}");
    for row in &found.summary.ledgers {
        let share = row.get("time_under_water").ok_or("a backtest has bars")?;
        assert!(share > 0.0 && share < 1.0);
    }
    let json = serde_json::to_string(&found.summary)?;
    assert!(json.contains("\"time_under_water\":0."));
    Ok(())
}
