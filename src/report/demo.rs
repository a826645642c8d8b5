//! Synthetic records for tests.

use super::input::{NOMINAL, TrainingLog};
use crate::eval::Ledger;
use crate::train::{METRICS, MetricRow};
use chrono::{Duration, TimeZone, Utc};

pub(super) fn ledgers() -> Vec<Ledger> {
    ["ppo", "aajr"].iter().map(|policy| small(policy)).collect()
}

pub(super) fn training() -> Vec<TrainingLog> {
    vec![TrainingLog {
        policy: "ppo".to_owned(),
        seed: 3,
        rows: (1..=5)
            .map(|update| MetricRow {
                update,
                env_steps: update * 2048,
                values: vec![Some(0.5 / update as f64); METRICS.len()],
            })
            .collect(),
    }]
}

fn small(policy: &str) -> Ledger {
    let n_bars = 45;
    let wave = |bar: usize, phase: f64| (bar as f64 * 0.7 + phase).sin();
    let start = Utc.with_ymd_and_hms(2009, 12, 1, 21, 0, 0).unwrap();
    let cells = |scale: f64| {
        (0..2 * n_bars)
            .map(move |cell| scale * wave(cell, 1.0))
            .collect()
    };
    Ledger {
        policy: policy.to_owned(),
        attack: NOMINAL.to_owned(),
        budget_bps: 0.0,
        seed: 3,
        symbols: vec!["AAPL".to_owned(), "IBM".to_owned()],
        initial_equity: 1e6,
        bar_seconds: 86_400,
        timestamps: (0..n_bars)
            .map(|bar| start + Duration::days(bar as i64))
            .collect(),
        equity: (0..n_bars)
            .map(|bar| 1e6 * (1.0 + 0.1 * wave(bar, 0.3)))
            .collect(),
        cost: (0..n_bars).map(|bar| 10.0 + wave(bar, 0.2)).collect(),
        turnover: (0..n_bars).map(|bar| wave(bar, 0.2).abs()).collect(),
        weights: cells(1.0),
        close: cells(50.0),
        shock_bps: cells(25.0),
        ruined: false,
    }
}
