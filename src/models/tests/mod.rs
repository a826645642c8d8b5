//! Samples of simulated returns, and assertions in units of standard errors.

mod every_model;

pub(super) use every_model::every_model;

use super::{
    Correlation, Opening, PriceModel, SECONDS_PER_YEAR, SimulatedAsset, SimulatedMarket, Volume,
};
use crate::rng::Streams;

/// Length of a bar and its number of steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) bar_seconds: u32,
    pub(super) steps_per_bar: u32,
}

impl Cut {
    pub(super) const fn new(bar_seconds: u32, steps_per_bar: u32) -> Self {
        Self {
            bar_seconds,
            steps_per_bar,
        }
    }

    pub(super) fn years(self) -> f64 {
        f64::from(self.bar_seconds) / SECONDS_PER_YEAR
    }
}

/// A change of a valid value that makes it invalid.
pub(super) type Change<'a, T> = &'a dyn Fn(&mut T);

pub(super) const YEAR: u32 = 31_557_600;
pub(super) const DAY: u32 = 86_400;

/// A market of `models` with initial prices of 100.
pub(super) fn market(models: &[PriceModel], cut: Cut, n_bars: usize) -> SimulatedMarket {
    let asset = |(i, model): (usize, &PriceModel)| SimulatedAsset {
        symbol: format!("S{i}"),
        initial_price: 100.0,
        model: model.clone(),
        volume: Volume::Absent,
    };
    SimulatedMarket {
        assets: models.iter().enumerate().map(asset).collect(),
        correlation: Correlation::Independent,
        n_bars,
        bar_seconds: cut.bar_seconds,
        steps_per_bar: cut.steps_per_bar,
        start: chrono::DateTime::UNIX_EPOCH,
        trading_seconds_per_year: SECONDS_PER_YEAR,
        opening: Opening::FirstStep,
    }
}

/// Log returns `[path][asset][bar]` of `n_paths` paths, the first return from the initial price.
pub(super) fn log_returns(market: &SimulatedMarket, n_paths: u32, seed: u64) -> Vec<Vec<Vec<f64>>> {
    let streams = Streams::new(seed);
    let of_path = |path| {
        let panel = market.panel(&streams, path).unwrap();
        let of_asset = |(i, asset): (usize, &SimulatedAsset)| {
            let mut before = asset.initial_price.ln();
            let step = |bar: &crate::market::Bar| {
                let now = bar.close.ln();
                now - std::mem::replace(&mut before, now)
            };
            panel.asset(i).map(step).collect()
        };
        market.assets.iter().enumerate().map(of_asset).collect()
    };
    (0..n_paths).map(of_path).collect()
}

/// All returns of asset 0, for models with independent returns.
pub(super) fn pooled(market: &SimulatedMarket, n_paths: u32, seed: u64) -> Vec<f64> {
    log_returns(market, n_paths, seed)
        .into_iter()
        .flat_map(|assets| assets.into_iter().next().unwrap())
        .collect()
}

/// Asserts that the mean of independent `values` lies within `n_se` standard errors of `expected`;
/// returns the standard error.
pub(super) fn assert_mean(what: &str, values: &[f64], expected: f64, n_se: f64) -> f64 {
    let mean = crate::stats::mean(values).unwrap();
    let se = crate::stats::std_dev(values).unwrap() / (values.len() as f64).sqrt();
    assert!(
        (mean - expected).abs() <= n_se * se,
        "{what}: found {mean}, expected {expected}, {:.2} standard errors of {se} apart",
        (mean - expected) / se
    );
    se
}

/// [`assert_mean`] of a stationary series, with the standard error of the means of 100 segments.
pub(super) fn assert_mean_of_series(what: &str, series: &[f64], expected: f64, n_se: f64) -> f64 {
    let segments: Vec<f64> = series
        .chunks_exact(series.len() / 100)
        .map(|segment| crate::stats::mean(segment).unwrap())
        .collect();
    assert_mean(what, &segments, expected, n_se)
}

/// The first four cumulants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cumulants(pub(super) [f64; 4]);

/// Asserts that the mean and the central moments 2 to 4 of independent `values` lie within 4
/// standard errors of `expected`.
pub(super) fn assert_cumulants(what: &str, values: &[f64], expected: Cumulants) {
    let Cumulants([mean, k2, k3, k4]) = expected;
    let power = |n: i32| -> Vec<f64> { values.iter().map(|x| (x - mean).powi(n)).collect() };
    // Moments around the true mean are means of independent values.
    let errors = [
        assert_mean(&format!("{what}, mean"), values, mean, 4.0),
        assert_mean(&format!("{what}, variance"), &power(2), k2, 4.0),
        assert_mean(&format!("{what}, third moment"), &power(3), k3, 4.0),
        assert_mean(
            &format!("{what}, fourth moment"),
            &power(4),
            k4 + 3.0 * k2 * k2,
            4.0,
        ),
    ];
    // A variance known to 3 % makes the test sensitive.
    assert!(errors[1] < 0.03 * k2, "{what}: too few values");
}
