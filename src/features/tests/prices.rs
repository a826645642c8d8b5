//! Artificial prices, and helpers to read features off them.

use super::super::{Cycle, FeatureSpec, Pipeline};
use crate::market::{Bar, Columns, Panel};
use chrono::{DateTime, TimeDelta, Utc};

/// Every built-in feature: 12 values per asset, three cycles, two signals.
pub(in crate::features) fn every_spec() -> Vec<FeatureSpec> {
    vec![
        FeatureSpec::ScaledReturns {
            window: 3,
            half_life: 5.0,
        },
        FeatureSpec::EwmaVolatility { half_life: 8.0 },
        FeatureSpec::Calendar(Cycle::Day),
        FeatureSpec::Rsi { period: 6 },
        FeatureSpec::Macd {
            fast: 4,
            slow: 9,
            signal: 3,
        },
        FeatureSpec::AverageTrueRange { period: 5 },
        FeatureSpec::CrossSection { window: 4 },
        FeatureSpec::ZScore { window: 7 },
        FeatureSpec::LogReturns { window: 2 },
        FeatureSpec::RollingVolatility { window: 6 },
        FeatureSpec::Calendar(Cycle::Week),
        FeatureSpec::Signals,
        FeatureSpec::Calendar(Cycle::Year),
    ]
}

pub(in crate::features) fn symbols(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("S{i}")).collect()
}

pub(in crate::features) fn signals() -> Vec<String> {
    ["carry", "value"].map(String::from).to_vec()
}

pub(in crate::features) fn pipeline(specs: &[FeatureSpec], n_assets: usize) -> Pipeline {
    let columns = Columns {
        symbols: &symbols(n_assets),
        signals: &signals(),
    };
    Pipeline::new(specs, columns).expect("admissible specs")
}

/// Generator of pseudorandom numbers, uniform in (0, 1).
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (((z ^ (z >> 31)) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// Daily bars with 2 % moves, gaps, and ranges that strictly contain open and close; two signals.
pub(in crate::features) fn panel(n_assets: usize, n_bars: usize, seed: u64) -> Panel {
    let mut uniform = Uniform(seed);
    let mut price = vec![0.0; n_assets];
    for p in &mut price {
        *p = 20.0 + 200.0 * uniform.next();
    }
    let mut bars = Vec::new();
    for _ in 0..n_bars {
        for p in &mut price {
            let open = *p * (0.01 * (uniform.next() - 0.5)).exp();
            let close = open * (0.07 * (uniform.next() - 0.5)).exp();
            *p = close;
            bars.push(Bar {
                open,
                high: open.max(close) * (0.001 + 0.01 * uniform.next()).exp(),
                low: open.min(close) * (-0.001 - 0.01 * uniform.next()).exp(),
                close,
                volume: 1e6 * uniform.next(),
            });
        }
    }
    let values = (0..2 * n_bars).map(|_| uniform.next() - 0.4).collect();
    let panel = Panel::new(
        symbols(n_assets),
        (0..n_bars).map(end_of_day).collect(),
        bars,
        TimeDelta::days(1),
    )
    .expect("a sound panel");
    panel
        .with_signals(signals(), values)
        .expect("sound signals")
}

pub(in crate::features) fn end_of_day(day: usize) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(11_000 + day as i64) + TimeDelta::minutes(957)
}

/// A bar without range.
pub(in crate::features) fn flat_bar(price: f64) -> Bar {
    Bar {
        open: price,
        high: price,
        low: price,
        close: price,
        volume: 0.0,
    }
}

/// The state with `bars` (one asset) committed.
pub(in crate::features) fn state_after(pipeline: &Pipeline, bars: &[Bar]) -> Vec<f64> {
    let mut state = vec![f64::NAN; pipeline.state_len()];
    pipeline.clear(&mut state);
    for (t, bar) in bars.iter().enumerate() {
        pipeline.push(&mut state, std::slice::from_ref(bar), end_of_day(t).into());
    }
    state
}

/// All outputs of a one-asset pipeline at the last of `bars`.
pub(in crate::features) fn last_values(spec: &FeatureSpec, bars: &[Bar]) -> Vec<f64> {
    let pipeline = pipeline(std::slice::from_ref(spec), 1);
    let (newest, history) = bars.split_last().expect("at least one bar");
    let state = state_after(&pipeline, history);
    let mut out = vec![f64::NAN; pipeline.n_outputs()];
    let end = end_of_day(history.len());
    pipeline.peek(&state, std::slice::from_ref(newest), end.into(), &mut out);
    out
}

/// The only output of a one-asset pipeline at the last of `closes`, bars without range.
pub(in crate::features) fn last_value(spec: &FeatureSpec, closes: &[f64]) -> f64 {
    let bars: Vec<Bar> = closes.iter().map(|&c| flat_bar(c)).collect();
    last_values(spec, &bars)[0]
}

pub(in crate::features) fn closes(panel: &Panel) -> Vec<f64> {
    (0..panel.n_bars()).map(|t| panel.row(t)[0].close).collect()
}

/// Fails unless the numbers agree to `tolerance` relative to max(1, |expected|).
pub(in crate::features) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    let bound = tolerance * expected.abs().max(1.0);
    assert!(
        (found - expected).abs() <= bound,
        "found {found}, expected {expected} within {bound}"
    );
}
