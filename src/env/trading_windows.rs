//! Observations that are windows of one series: the last returns of one asset times one number per row.
//!
//! Row t of [`super::Market::observation`] is then `((r_{t−k} · f_t) − mean_k) / scale_k`. From one row to the next the window moves
//! by one return, so that a copy which plays on reads 16 bytes it has not read before, where a stored row has 4 per
//! field. Here the division is a multiplication by `1 / scale_k`; a row in which that changes any bit is not offered. Rows of
//! several assets are stored: one place of memory to read on from is faster than as many as there are assets.
#![allow(
    clippy::inline_always,
    reason = "a loop that is not inlined into its caller's dispatch is compiled without the machine's vector instructions"
)]

use crate::{
    features::{Normalizer, Pipeline},
    market::Panel,
};
use prefetch_index::prefetch_index;
use std::hint::black_box;

/// Numbers that are written at once.
const WIDTH: usize = 8;

/// The series, and what makes a row of it.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    /// Log returns, the newest first, `[n_bars]`.
    returns: Vec<f64>,
    /// f of each row; no number where the row is not to be had from here.
    factors: Vec<f64>,
    /// Of all fields, chunk by chunk; the last chunk ends with the last field.
    moments: Vec<Moments>,
    n_fields: usize,
}

/// What normalizes [`WIDTH`] fields that follow each other.
#[derive(Debug, Clone)]
struct Moments {
    mean: [f64; WIDTH],
    per_scale: [f64; WIDTH],
}

impl Windows {
    /// `None` where the features are others or of several assets. `observations [n_bars, n_outputs]` is what the rows are compared
    /// with.
    pub(super) fn of(
        panel: &Panel,
        pipeline: &Pipeline,
        normalizer: &Normalizer,
        observations: &[f32],
    ) -> Option<Self> {
        let mut state = vec![0.0; pipeline.state_len()];
        pipeline.clear(&mut state);
        let (mut returns, mut factors) = (Vec::new(), Vec::new());
        let mut log_close = 0.0;
        for t in 0..panel.n_bars() {
            let (bars, moment) = (panel.row(t), panel.moment(t));
            factors.push(pipeline.factor_of_returns(&state)?);
            let before = std::mem::replace(&mut log_close, bars.first()?.close.ln());
            returns.push(log_close - before);
            pipeline.push(&mut state, bars, moment);
        }
        returns.reverse();
        let mut windows = Self {
            returns,
            factors,
            moments: Moments::of(normalizer).collect(),
            n_fields: pipeline.n_outputs(),
        };
        windows.drop_other_rows(pipeline, observations);
        Some(windows)
    }

    /// Takes the factors from rows that would come out otherwise, those before the warm-up included.
    fn drop_other_rows(&mut self, pipeline: &Pipeline, observations: &[f32]) {
        let n_outputs = pipeline.n_outputs();
        let mut row = vec![0.0; n_outputs];
        for (t, expected) in observations.chunks_exact(n_outputs).enumerate() {
            let mut same = false;
            if t >= pipeline.warm_up() {
                self.series().write(t, self.factors[t], &mut row);
                let mut pairs = row.iter().zip(expected);
                same = pairs.all(|(found, expected)| found.to_bits() == expected.to_bits());
            }
            if !same {
                self.withhold(t);
            }
        }
    }

    /// Row `t` is not to be had from here.
    pub(super) fn withhold(&mut self, t: usize) {
        self.factors[t] = f64::NAN;
    }

    /// What a loop over rows needs.
    #[inline(always)]
    pub(super) fn series(&self) -> Series<'_> {
        let n_whole = self.n_fields / WIDTH;
        Series {
            returns: &self.returns,
            factors: &self.factors,
            whole: &self.moments[..n_whole],
            rest: &self.moments[n_whole..],
        }
    }
}

/// [`Windows`] at hand: a loop that looks them up through a pointer does so for every row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series<'a> {
    returns: &'a [f64],
    factors: &'a [f64],
    /// Of chunks that follow each other.
    whole: &'a [Moments],
    /// Of the one that ends with the last field where that is not in a whole one.
    rest: &'a [Moments],
}

impl Series<'_> {
    /// f of row `t`; no number where [`Series::write`] would not give that row's bits.
    #[inline(always)]
    pub(super) fn factor(&self, t: usize) -> f64 {
        self.factors[t]
    }

    /// Has the lines of memory fetched in which the factor and the return of row `t` lie.
    #[inline(always)]
    pub(super) fn fetch(&self, t: usize) {
        prefetch_index(self.factors, t);
        prefetch_index(self.returns, self.returns.len().wrapping_sub(1 + t));
    }

    /// Writes row `t`, whose factor is `factor`.
    #[inline(always)]
    pub(super) fn write(&self, t: usize, factor: f64, out: &mut [f32]) {
        let newest = self.returns.len() - 1 - t;
        let returns = &self.returns[newest..newest + out.len()];
        let chunks = out.as_chunks_mut().0.iter_mut().zip(returns.as_chunks().0);
        for ((out, returns), moments) in chunks.zip(self.whole) {
            moments.apply(returns, factor, out);
            // Or else the compiler takes four chunks at a time, one number of each, and needs twice the instructions.
            black_box(());
        }
        let [moments] = self.rest else {
            return;
        };
        // The rest together with some that are already there, so that it is as many numbers again.
        if let (Some(out), Some(returns)) = (out.last_chunk_mut(), returns.last_chunk()) {
            moments.apply(returns, factor, out);
        } else {
            for (k, (out, x)) in out.iter_mut().zip(returns).enumerate() {
                *out = moments.normal(k, *x, factor);
            }
        }
    }
}

impl Moments {
    fn of(normalizer: &Normalizer) -> impl Iterator<Item = Self> {
        let n = normalizer.mean.len();
        (0..n).step_by(WIDTH).map(move |first| {
            let first = first.min(n.saturating_sub(WIDTH));
            // Fields that are not there are nobody's.
            let of = |values: &[f64], k: usize| values[(first + k).min(n - 1)];
            Self {
                mean: std::array::from_fn(|k| of(&normalizer.mean, k)),
                per_scale: std::array::from_fn(|k| of(&normalizer.scale, k).recip()),
            }
        })
    }

    #[inline(always)]
    fn apply(&self, returns: &[f64; WIDTH], factor: f64, out: &mut [f32; WIDTH]) {
        for k in 0..WIDTH {
            out[k] = self.normal(k, returns[k], factor);
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "observations are f32 by contract"
    )]
    #[inline(always)]
    fn normal(&self, k: usize, x: f64, factor: f64) -> f32 {
        ((x * factor - self.mean[k]) * self.per_scale[k]) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        env::{Market, trading_fixture::*},
        features::{Cycle, FeatureSpec},
    };

    fn fitted(n_assets: usize, features: &[FeatureSpec]) -> Market {
        let panel = panel_of(bars(n_assets, N_BARS, 3), n_assets);
        Market::fit(panel, features, 0..TRAINING).unwrap().market
    }

    fn scaled(window: usize) -> FeatureSpec {
        let half_life = 5.0;
        FeatureSpec::ScaledReturns { window, half_life }
    }

    #[test]
    fn rows_that_are_offered_are_the_observations_to_the_bit() {
        for window in [1, 3, 7, 8, 9, 16, 31] {
            for feature in [scaled(window), FeatureSpec::LogReturns { window }] {
                let market = fitted(1, &[feature]);
                let windows = market.windows().unwrap();
                let mut row = vec![f32::NAN; window];
                let mut n_offered = 0;
                for t in 0..N_BARS {
                    let factor = windows.series().factor(t);
                    if factor.is_nan() {
                        continue;
                    }
                    windows.series().write(t, factor, &mut row);
                    let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&row), bits(market.observation(t)), "row {t}");
                    n_offered += 1;
                }
                let warm = N_BARS - market.pipeline().warm_up();
                assert!(n_offered + 1 >= warm, "{n_offered} of {warm} rows");
            }
        }
    }

    #[test]
    fn a_row_that_would_come_out_otherwise_is_not_offered() {
        let market = fitted(1, &[scaled(9)]);
        let (panel, pipeline) = (market.panel(), market.pipeline());
        let rows = (0..N_BARS).flat_map(|t| market.observation(t));
        let mut observations: Vec<f32> = rows.copied().collect();
        let changed = 100;
        let bit = &mut observations[changed * 9 + 4];
        *bit = f32::from_bits(bit.to_bits() ^ 1);
        let windows = Windows::of(panel, pipeline, market.normalizer(), &observations).unwrap();
        let offered = |windows: &Windows, t| !windows.series().factor(t).is_nan();
        let clean = market.windows().unwrap();
        for t in 0..N_BARS {
            assert_eq!(
                offered(&windows, t),
                t != changed && offered(clean, t),
                "row {t}"
            );
        }
        assert!(offered(clean, changed));
    }

    #[test]
    fn other_features_are_no_windows() {
        assert!(fitted(2, &[scaled(4)]).windows().is_none());
        for other in [
            FeatureSpec::Rsi { period: 5 },
            FeatureSpec::Calendar(Cycle::Week),
            FeatureSpec::LogReturns { window: 2 },
        ] {
            assert!(fitted(1, &[scaled(4), other.clone()]).windows().is_none());
        }
    }
}
