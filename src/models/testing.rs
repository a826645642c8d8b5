//! What the tests of the models share: samples of simulated returns, and truths held against them
//! in standard errors.

use super::{
    Correlation, Opening, PriceModel, SECONDS_PER_YEAR, SimulatedAsset, SimulatedMarket, Volume,
};
use crate::rng::Streams;

/// Bars of one length, cut into steps.
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

/// A change that makes a good value one that cannot be.
pub(super) type Change<'a, T> = &'a dyn Fn(&mut T);

pub(super) const YEAR: u32 = 31_557_600;
pub(super) const DAY: u32 = 86_400;

/// A market of `models`, prices beginning at 100.
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

/// All returns of asset 0, where they are independent.
pub(super) fn pooled(market: &SimulatedMarket, n_paths: u32, seed: u64) -> Vec<f64> {
    log_returns(market, n_paths, seed)
        .into_iter()
        .flat_map(|assets| assets.into_iter().next().unwrap())
        .collect()
}

/// The mean of independent `values` must be within `n_se` of its standard errors of `expected`;
/// gives the standard error.
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

/// [`assert_mean`] of a stationary series, with the standard error of the means of 100 stretches of
/// it.
pub(super) fn assert_mean_of_series(what: &str, series: &[f64], expected: f64, n_se: f64) -> f64 {
    let stretches: Vec<f64> = series
        .chunks_exact(series.len() / 100)
        .map(|stretch| crate::stats::mean(stretch).unwrap())
        .collect();
    assert_mean(what, &stretches, expected, n_se)
}

/// The first four cumulants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cumulants(pub(super) [f64; 4]);

/// Mean and central moments 2 to 4 of independent `values` must be those of `expected`, each within
/// 4 standard errors.
pub(super) fn assert_cumulants(what: &str, values: &[f64], expected: Cumulants) {
    let Cumulants([mean, k2, k3, k4]) = expected;
    let power = |n: i32| -> Vec<f64> { values.iter().map(|x| (x - mean).powi(n)).collect() };
    // Around the true mean, so that each is a mean of independent numbers.
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
    // The variance is known to 3 %, so that the test can fail.
    assert!(errors[1] < 0.03 * k2, "{what}: too few values");
}
