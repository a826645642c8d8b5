//! A market of simulated assets.

use super::{
    Correlation, ModelError, Opening, PriceModel, Volume,
    bar_path::BarPath,
    bounds::{self, Bound},
    calendar,
    process::{Grid, Process},
    streams::{Purpose, stream},
};
use crate::market::{Bar, Panel};
use crate::rng::{Rng, Streams};
use chrono::{DateTime, TimeDelta, Utc};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// A market whose prices are drawn from models instead of read from files.
///
/// Parameters of models are per year; a year is `trading_seconds_per_year` of bars. Every bar is
/// made of `steps_per_bar` steps of the model; high and low are those of the prices after each step
/// (and of the open). Bars follow each other without gaps. The panel is a pure function of this
/// value, the seed and the path number.
///
/// ```
/// use shockproof::{models::*, rng::Streams};
/// let market = SimulatedMarket {
///     assets: vec![SimulatedAsset {
///         symbol: "SIM".to_owned(),
///         initial_price: 100.0,
///         model: PriceModel::GeometricBrownianMotion(GeometricBrownianMotion { drift: 0.05, volatility: 0.2 }),
///         volume: Volume::Constant(1000.0),
///     }],
///     correlation: Correlation::Independent,
///     n_bars: 250,
///     bar_seconds: 86_400,
///     steps_per_bar: 24,
///     start: chrono::DateTime::UNIX_EPOCH,
///     trading_seconds_per_year: SECONDS_PER_YEAR,
///     opening: Opening::FirstStep,
/// };
/// let panel = market.panel(&Streams::new(7), 0)?;
/// assert_eq!((panel.n_bars(), panel.symbols()), (250, &["SIM".to_owned()][..]));
/// # Ok::<(), ModelError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedMarket {
    /// The assets, at least one.
    pub assets: Vec<SimulatedAsset>,
    /// How their normal drivers correlate.
    #[serde(default)]
    pub correlation: Correlation,
    /// Bars to simulate. Range: >= 1.
    pub n_bars: usize,
    /// Length of a bar. Unit: seconds. Range: >= 1.
    pub bar_seconds: u32,
    /// Steps of the model in a bar. Range: >= 1.
    pub steps_per_bar: u32,
    /// Where the first bar begins.
    pub start: DateTime<Utc>,
    /// Seconds of bars that make a year, e.g. 252 × 86,400 = 21,772,800 for daily bars of a stock
    /// exchange. Default: [`SECONDS_PER_YEAR`](super::SECONDS_PER_YEAR), 365.25 days.
    #[serde(default = "calendar::seconds_per_year")]
    pub trading_seconds_per_year: f64,
    /// What the open of a bar is.
    #[serde(default)]
    pub opening: Opening,
}

/// One asset of a simulated market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedAsset {
    /// Its symbol.
    pub symbol: String,
    /// Its price where the first bar begins. Unit: quote currency. Range: > 0.
    pub initial_price: f64,
    /// How its price moves.
    pub model: PriceModel,
    /// Its volume.
    #[serde(default)]
    pub volume: Volume,
}

impl SimulatedMarket {
    /// The assets' symbols, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        let symbols = self.assets.iter().map(|asset| asset.symbol.clone());
        symbols.collect()
    }

    /// Refuses a market that cannot be.
    ///
    /// # Errors
    /// [`ModelError`] naming asset, parameter, what was found and what is admissible.
    pub fn check(&self) -> Result<(), ModelError> {
        self.processes().map(drop)
    }

    /// Path number `path` under a seed, drawn from streams of its own.
    ///
    /// # Errors
    /// [`ModelError`]: see [`SimulatedMarket::check`]; prices that overflow.
    pub fn panel(&self, streams: &Streams, path: u32) -> Result<Panel, ModelError> {
        let mut processes = self.processes()?;
        let bar_length = self.bar_length();
        let ends = calendar::bar_ends(self.start, bar_length, self.n_bars)?;
        let bars = self.bars(&mut processes, *streams, path)?;
        Ok(Panel::new(self.symbols(), ends, bars, bar_length)?)
    }

    fn bar_length(&self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.bar_seconds))
    }

    fn bars(
        &self,
        processes: &mut [Box<dyn Process>],
        streams: Streams,
        path: u32,
    ) -> Result<Vec<Bar>, ModelError> {
        let n = self.assets.len();
        let factor = self.correlation.factor(n)?;
        let rngs = |purpose| -> Vec<Rng> {
            (0..n)
                .map(|asset| stream(streams, path, asset, purpose))
                .collect()
        };
        let (mut of_drivers, mut of_models, mut of_volumes) = (
            rngs(Purpose::Driver),
            rngs(Purpose::Model),
            rngs(Purpose::Volume),
        );
        let mut closes: Vec<f64> = self.assets.iter().map(|a| a.initial_price.ln()).collect();
        let (mut normals, mut drivers) = (vec![0.0; n], vec![0.0; n]);
        let mut bars = Vec::with_capacity(self.n_bars * n);
        for _ in 0..self.n_bars {
            let mut row: Vec<BarPath> = closes
                .iter()
                .map(|&close| BarPath::new(self.opening, close))
                .collect();
            for (process, rng) in processes.iter_mut().zip(&mut of_models) {
                process.open_bar(rng);
            }
            for _ in 0..self.steps_per_bar {
                for (normal, rng) in normals.iter_mut().zip(&mut of_drivers) {
                    *normal = StandardNormal.sample(rng);
                }
                factor.apply(&normals, &mut drivers);
                for (asset, bar) in row.iter_mut().enumerate() {
                    let rng = &mut of_models[asset];
                    bar.push(processes[asset].step(bar.log_price(), drivers[asset], rng));
                }
            }
            for (asset, bar) in row.iter().enumerate() {
                closes[asset] = bar.log_price();
                let volume = self.assets[asset].volume.sample(&mut of_volumes[asset]);
                bars.push(bar.bar(volume));
            }
        }
        Ok(bars)
    }

    /// Everything checked, and one process per asset.
    fn processes(&self) -> Result<Vec<Box<dyn Process>>, ModelError> {
        let n = self.assets.len();
        calendar::check_counts(n, self.n_bars)?;
        calendar::check_steps(self.bar_seconds, self.steps_per_bar)?;
        calendar::check_span(self.start, self.bar_seconds, self.n_bars)?;
        calendar::check_names(&self.symbols())?;
        bounds::check(
            "SimulatedMarket",
            &[(
                "trading_seconds_per_year",
                self.trading_seconds_per_year,
                Bound::Positive,
            )],
        )?;
        self.correlation.factor(n)?;
        let grid = Grid {
            bar_years: f64::from(self.bar_seconds) / self.trading_seconds_per_year,
            n_steps: f64::from(self.steps_per_bar),
        };
        let process = |(asset, simulated): (usize, &SimulatedAsset)| {
            simulated.process(&grid).map_err(|error| ModelError::Asset {
                asset,
                symbol: simulated.symbol.clone(),
                error: Box::new(error),
            })
        };
        self.assets.iter().enumerate().map(process).collect()
    }
}

impl SimulatedAsset {
    fn process(&self, grid: &Grid) -> Result<Box<dyn Process>, ModelError> {
        bounds::check(
            "asset",
            &[("initial_price", self.initial_price, Bound::Positive)],
        )?;
        self.volume.check()?;
        self.model.process(grid)
    }
}
