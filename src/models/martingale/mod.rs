//! Geometric martingales on a fine clock, cut into bars at the open and end times of price files.
//!
//! The fine clock holds every instant at which a bar of any file opens or ends, and every decision.
//! Between neighboring instants k − 1 and k the log price of asset i moves by
//!
//! `v_ki w_ki − v_ki² / 2`, `w_k = L z_k`, so that `E[S_k | S_0 .. S_{k−1}] = S_{k−1}` exactly.
//!
//! v is the asset's volatility over the interval, taken from its file: the mean squared log return
//! of the 21 bars around, spread evenly over the time of the bar, with a share for the time between
//! bars. `L Lᵀ` is the correlation of the assets' returns in the panel, shrunk by 5 %.
//!
//! A bar closes at the price of its end and opens at the price of its open instant, times a noise
//! of mean 1 that no later price keeps. High and low are those of a Brownian bridge between the
//! instants. The volume is that of the file.

mod scale;

use super::cholesky::Cholesky;
use crate::{
    market::{
        Bar, BarPrices, BarTimes, Panel,
        instant::{instant_ns, time},
    },
    rng::{Component, Rng, Streams},
    stats::mean,
};
use chrono::{DateTime, Utc};
use rand::Rng as _;
use rand_distr::StandardNormal;
use scale::{between, correlation, knots, variances};

/// Standard deviation of the noise of an open. Unit: volatilities of a bar.
const OPEN_NOISE: f64 = 0.25;

/// Instants, volatilities and correlations from which martingales are drawn.
#[derive(Debug, Clone)]
pub(crate) struct FineClock {
    /// Instants, strictly increasing. Unit: nanoseconds since 1970.
    instants: Vec<i128>,
    tapes: Vec<Tape>,
    factor: Cholesky,
}

/// One asset on the fine clock.
#[derive(Debug, Clone)]
struct Tape {
    times: BarTimes,
    /// Index of each bar's open and end instant in the clock.
    open_at: Vec<usize>,
    end_at: Vec<usize>,
    /// Volatility between each instant and the one before it; 0 for the first.
    volatilities: Vec<f64>,
    open_noise: f64,
}

/// World to draw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    /// Random streams of all worlds.
    pub(crate) streams: Streams,
    /// Number of the world.
    pub(crate) world: u32,
    /// Opens with or without noise.
    pub(crate) opens: Opens,
    /// Fork that makes this world a twin; `None` draws the world itself.
    pub(crate) fork: Option<Fork>,
}

/// Fork of a world: its twin has the same prices up to `after` and other prices from then on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fork {
    /// Last common instant.
    pub(crate) after: DateTime<Utc>,
    /// Number of the twin, 1 to 255.
    pub(crate) twin: u8,
}

/// Prices at which bars open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opens {
    /// An open is the martingale's price.
    Exact,
    /// An open is the martingale's price times a noise of mean 1.
    Noisy,
}

/// One world: prices on the fine clock, and the bars cut from them.
#[derive(Debug, Clone)]
pub(crate) struct Martingale {
    /// Prices, `[n_assets][n_instants]`.
    prices: Vec<Vec<f64>>,
    /// Bars of each file, `[n_assets][n_bars of the file]`.
    pub(crate) bars: Vec<Vec<Bar>>,
}

impl FineClock {
    /// Builds the clock from the bar times of the files that became `panel`, and from the
    /// decisions.
    pub(crate) fn new(times: Vec<BarTimes>, decisions: &[DateTime<Utc>], panel: &Panel) -> Self {
        let stamps = times
            .iter()
            .flat_map(|file| file.opens.iter().chain(&file.ends));
        let mut instants: Vec<i128> = stamps.chain(decisions).copied().map(instant_ns).collect();
        instants.sort_unstable();
        instants.dedup();
        let tapes = times.into_iter().map(|file| Tape::new(file, &instants));
        Self {
            tapes: tapes.collect(),
            factor: correlation(panel),
            instants,
        }
    }

    /// Draws a world.
    pub(crate) fn draw(&self, draw: Draw) -> Martingale {
        let prices = self.prices(draw);
        let bars = self.tapes.iter().zip(&prices).enumerate();
        let bars = bars.map(|(asset, (tape, prices))| self.cut(tape, prices, asset, draw));
        Martingale {
            bars: bars.collect(),
            prices,
        }
    }

    /// Price of `asset` at `instant`: that of the last instant of the clock at or before it.
    pub(crate) fn price(&self, world: &Martingale, asset: usize, instant: DateTime<Utc>) -> f64 {
        let n_past = self
            .instants
            .partition_point(|&at| at <= instant_ns(instant));
        world.prices[asset][n_past.max(1) - 1]
    }

    /// All prices of `asset` with their instants, sorted by price.
    pub(crate) fn index(&self, world: &Martingale, asset: usize) -> PriceIndex {
        let prices = world.prices[asset].iter().copied();
        let mut sorted: Vec<(f64, i128)> = prices.zip(self.instants.iter().copied()).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        PriceIndex(sorted)
    }

    fn prices(&self, draw: Draw) -> Vec<Vec<f64>> {
        let n = self.tapes.len();
        let first = |tape: &Tape| tape.times.bars.first().map_or(1.0, |bar| bar.open);
        let mut logs: Vec<f64> = self.tapes.iter().map(|tape| first(tape).ln()).collect();
        let mut prices: Vec<Vec<f64>> = logs.iter().map(|log| vec![log.exp()]).collect();
        let mut twins = draw.rngs(0);
        let (mut z, mut w) = (vec![0.0; n], vec![0.0; n]);
        for k in 1..self.instants.len() {
            let rng = twins.at(draw.side_after(self.instants[k]));
            z.fill_with(|| rng.sample(StandardNormal));
            self.factor.apply(&z, &mut w);
            for (i, tape) in self.tapes.iter().enumerate() {
                let volatility = tape.volatilities[k];
                logs[i] += volatility * w[i] - volatility * volatility / 2.0;
                prices[i].push(logs[i].exp());
            }
        }
        prices
    }

    /// Cuts the prices of one asset into the bars of its file.
    fn cut(&self, tape: &Tape, prices: &[f64], asset: usize, draw: Draw) -> Vec<Bar> {
        let mut twins = draw.rngs(asset as u64 + 1);
        let noise = match draw.opens {
            Opens::Exact => 0.0,
            Opens::Noisy => tape.open_noise,
        };
        let bars = tape.times.bars.iter().zip(&tape.open_at).zip(&tape.end_at);
        bars.map(|((bar, &open_at), &end_at)| {
            let opens_later = draw.side_from(self.instants[open_at]);
            let z: f64 = twins.at(opens_later).sample(StandardNormal);
            let open = prices[open_at] * (noise * z - noise * noise / 2.0).exp();
            let close = prices[end_at];
            let rng = twins.at(draw.side_after(self.instants[end_at]));
            let (low, high) = tape.extremes(prices, open_at..end_at.max(open_at), rng);
            match tape.times.prices {
                BarPrices::Range => Bar {
                    open,
                    high: high.max(open).max(close),
                    low: low.min(open).min(close),
                    close,
                    volume: bar.volume,
                },
                BarPrices::CloseOnly => Bar {
                    open: close,
                    high: close,
                    low: close,
                    close,
                    volume: bar.volume,
                },
            }
        })
        .collect()
    }
}

/// Prices of one asset with their instants, sorted by price; finds the instant of a price.
#[derive(Debug)]
pub(crate) struct PriceIndex(Vec<(f64, i128)>);

impl PriceIndex {
    /// Instant at which the asset had `price`; `None` if it never had this price.
    pub(crate) fn instant(&self, price: f64) -> Option<DateTime<Utc>> {
        let at = self.0.partition_point(|(other, _)| *other < price);
        let (found, instant) = self.0.get(at)?;
        (found.to_bits() == price.to_bits()).then(|| time(*instant))
    }
}

impl Tape {
    fn new(times: BarTimes, instants: &[i128]) -> Self {
        let place = |at: &DateTime<Utc>| {
            let at = instant_ns(*at);
            instants.partition_point(|&other| other < at)
        };
        let variances = variances(&times.bars);
        let knots = knots(&times, &variances);
        Self {
            open_at: times.opens.iter().map(place).collect(),
            end_at: times.ends.iter().map(place).collect(),
            volatilities: between(&knots, instants),
            open_noise: OPEN_NOISE * mean(&variances).unwrap_or_default().sqrt(),
            times,
        }
    }

    /// Lowest and highest price of Brownian bridges between the instants of a bar.
    fn extremes(&self, prices: &[f64], steps: std::ops::Range<usize>, rng: &mut Rng) -> (f64, f64) {
        let (mut low, mut high) = (prices[steps.start], prices[steps.start]);
        for k in steps {
            let (a, b) = (prices[k].ln(), prices[k + 1].ln());
            let mut reach = || {
                let uniform: f64 = 1.0 - rng.gen_range(0.0..1.0);
                let variance = self.volatilities[k + 1].powi(2);
                ((a - b).powi(2) - 2.0 * variance * uniform.ln()).sqrt()
            };
            high = high.max(((a + b + reach()) / 2.0).exp());
            low = low.min(((a + b - reach()) / 2.0).exp());
        }
        (low, high)
    }
}

/// Generators of a world and of its twin.
struct Twins(Rng, Rng);

impl Twins {
    const fn at(&mut self, side: Side) -> &mut Rng {
        match side {
            Side::Common => &mut self.0,
            Side::Own => &mut self.1,
        }
    }
}

/// Part of a twin: shared with the world that it forks from, or its own.
#[derive(Debug, Clone, Copy)]
enum Side {
    Common,
    Own,
}

impl Draw {
    /// Generators of lane `lane`: 0 for the prices, 1 + i for the bars of asset i.
    fn rngs(&self, lane: u64) -> Twins {
        let index = |twin: u8| u64::from(self.world) << 24 | u64::from(twin) << 16 | lane;
        let stream = |twin| self.streams.stream(Component::Martingale, index(twin));
        Twins(stream(0), stream(self.fork.map_or(0, |fork| fork.twin)))
    }

    fn side_after(&self, instant: i128) -> Side {
        self.side(|fork_ns| instant > fork_ns)
    }

    fn side_from(&self, instant: i128) -> Side {
        self.side(|fork_ns| instant >= fork_ns)
    }

    fn side(&self, is_own: impl Fn(i128) -> bool) -> Side {
        match self.fork {
            Some(fork) if is_own(instant_ns(fork.after)) => Side::Own,
            _ => Side::Common,
        }
    }
}
