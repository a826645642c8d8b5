//! A market of simulated assets.

use super::{
    Correlation, ModelError, Opening, PriceModel, Volume,
    bar_path::BarPath,
    bounds::{self, Bound},
    calendar::{self, Calendar},
    process::{Grid, Process},
    streams::{Purpose, stream},
};
use crate::market::{Bar, Panel};
use crate::rng::{Rng, Streams};
use chrono::{DateTime, Utc};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// A market whose prices are drawn from models.
///
/// Parameters of models are per year; a year consists of `trading_seconds_per_year` seconds of
/// bars. A bar consists of `steps_per_bar` steps of the model; its high and low are taken over the
/// open and the prices after each step. Bars follow each other without gaps. The panel is a pure
/// function of market, seed and path number.
///
/// ```
/// use shockproof::{models::*, rng::Streams};
/// let market = SimulatedMarket {
///     assets: vec![SimulatedAsset {
///         symbol: "SIM".to_owned(),
///         initial_price: 100.0,
///         model: PriceModel::GeometricBrownianMotion(GeometricBrownianMotion {
///             drift: 0.05,
///             volatility: 0.2,
///         }),
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
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SimulatedMarket {
    /// Assets. Range: 1 to 1000 assets.
    pub assets: Vec<SimulatedAsset>,
    /// Correlation of the normal drivers of the assets. Default: `Independent`.
    #[serde(default)]
    pub correlation: Correlation,
    /// Number of bars. Range: [1, 100 000 000 / number of assets].
    pub n_bars: usize,
    /// Length of a bar. Unit: seconds. Range: [1, ∞).
    pub bar_seconds: u32,
    /// Number of model steps in a bar. Range: [1, ∞). Try first: 24.
    pub steps_per_bar: u32,
    /// Start of the first bar. Unit: UTC.
    pub start: DateTime<Utc>,
    /// Total length of a year's bars, e.g. 252 × 86,400 = 21,772,800 for daily bars of a stock
    /// exchange. Unit: seconds. Range: (0, ∞). Default: 31,557,600 (365.25 days).
    #[serde(default = "calendar::seconds_per_year")]
    pub trading_seconds_per_year: f64,
    /// Price at which a bar opens. Default: `FirstStep`.
    #[serde(default)]
    pub opening: Opening,
}

/// One asset of a simulated market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SimulatedAsset {
    /// Symbol. Range: not empty and unique.
    pub symbol: String,
    /// Price at the start of the first bar. Unit: quote currency. Range: (0, ∞).
    pub initial_price: f64,
    /// Price model.
    pub model: PriceModel,
    /// Volume of each bar. Default: `Absent`.
    #[serde(default)]
    pub volume: Volume,
}

impl SimulatedMarket {
    /// Symbols of the assets, in order.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        let symbols = self.assets.iter().map(|asset| asset.symbol.clone());
        symbols.collect()
    }

    /// Checks all parameters of the market.
    ///
    /// # Errors
    /// [`ModelError`] naming the asset, the parameter, the value found and the admissible range.
    pub fn check(&self) -> Result<(), ModelError> {
        self.processes().map(drop)
    }

    /// Draws the bars of path number `path` under the seed of `streams`.
    ///
    /// # Errors
    /// [`ModelError`] from [`SimulatedMarket::check`], or for prices that overflow.
    pub fn panel(&self, streams: &Streams, path: u32) -> Result<Panel, ModelError> {
        let mut processes = self.processes()?;
        let (calendar, symbols) = (self.calendar(), self.symbols());
        let bars = self.bars(&mut processes, *streams, path)?;
        Ok(Panel::new(
            symbols,
            calendar.ends()?,
            bars,
            calendar.bar_length(),
        )?)
    }

    const fn calendar(&self) -> Calendar {
        Calendar {
            start: self.start,
            bar_seconds: self.bar_seconds,
            n_bars: self.n_bars,
        }
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
        let mut of_drivers = rngs(Purpose::Driver);
        let mut of_models = rngs(Purpose::Model);
        let mut of_volumes = rngs(Purpose::Volume);
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

    /// Checks the market and builds one process per asset.
    fn processes(&self) -> Result<Vec<Box<dyn Process>>, ModelError> {
        let n = self.assets.len();
        self.calendar().check(&self.symbols(), self.steps_per_bar)?;
        let year = self.trading_seconds_per_year;
        let year = ("trading_seconds_per_year", year, Bound::Positive);
        bounds::check("SimulatedMarket", &[year])?;
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
        let price = ("initial_price", self.initial_price, Bound::Positive);
        bounds::check("asset", &[price])?;
        self.volume.check()?;
        self.model.process(grid)
    }
}
