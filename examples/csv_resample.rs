//! Benchmark against polars and pandas: one-minute bars to hourly bars with log return, volatility
//! and RSI, timed as a whole. Prints one line of JSON.
//!
//!     cargo run --release --example csv_resample -- FILE.csv [SECONDS]
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "it is printed and timed: that is what it is for"
)]

use serde_json::json;
use shockproof::{
    features::{FeatureSpec, FeatureTable, Pipeline},
    ingest::{BarLabel, Calendar, DataFile, Ingested, read_panel},
};
use std::{error::Error, path::PathBuf, time::Instant};

/// Rounds to six decimals, as the compared scripts do.
fn rounded(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}

/// Largest resident set so far, if the system reports it. Unit: MB, of 1024 kB.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("name a CSV file of bars")?);
    let seconds = arguments.next().map_or(Ok(3600), |text| text.parse())?;
    let start = Instant::now();
    let file = DataFile {
        resample_seconds: Some(seconds),
        ..DataFile::new("X", path, BarLabel::Open)
    };
    let Ingested { panel, report } = read_panel(&[file], Calendar::Refuse, None)?;
    let read = start.elapsed();

    let specs = [
        FeatureSpec::LogReturns { window: 1 },
        FeatureSpec::RollingVolatility { window: 24 },
        FeatureSpec::Rsi { period: 14 },
    ];
    let pipeline = Pipeline::new(&specs, &panel)?;
    let features = FeatureTable::new(&pipeline, &panel)?;
    let total = start.elapsed();

    let last = panel.row(panel.n_bars() - 1)[0];
    let features = features.row(features.n_rows() - 1);
    let line = json!({
        "bench": "csv",
        "impl": "shockproof",
        "unit": "s",
        "total": total.as_secs_f64(),
        "read_s": read.as_secs_f64(),
        "feat_s": total.saturating_sub(read).as_secs_f64(),
        "peak_mb": peak_mb(),
        "rows_read": report.files[0].rows_read,
        "rows": panel.n_bars(),
        "resampled": report.files[0].resampled,
        "checks": {
            "close": rounded(last.close),
            "volume": rounded(last.volume),
            "logret": rounded(features[0]),
            "vol24": rounded(features[1]),
            // The crate's RSI is in [-1, 1].
            "rsi14": rounded(50.0 * (features[2] + 1.0)),
        },
    });
    println!("{line}");
    Ok(())
}
