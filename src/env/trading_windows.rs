//! Observations that are windows of one series per asset: an asset's last returns times one number per row.
//!
//! With n assets, field k of asset a in row t of [`super::Market::observation`] is then `((r_{a,t−k} · f_{a,t}) − mean_{a,k}) /
//! scale_{a,k}`. From one row to the next a window moves by one return, so that a copy which plays on reads 16 bytes per asset
//! that it has not read before, where a stored row has 4 per field. Here the division is a multiplication by `1 / scale`; a
//! window in which that changes any bit is not offered.
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

/// The series, and what makes rows of them.
#[derive(Debug, Clone)]
pub(super) struct Windows {
    n_assets: usize,
    n_bars: usize,
    /// Returns per asset and row.
    window: usize,
    /// Log returns, asset by asset, of each the newest first, `[n_assets, n_bars]`.
    returns: Vec<f64>,
    /// f, `[n_bars, n_assets]`; no number where the window is not to be had from here.
    factors: Vec<f64>,
    /// `[n_assets, n_chunks]`.
    moments: Vec<Moments>,
    n_chunks: usize,
}

/// What normalizes [`WIDTH`] fields that follow each other.
#[derive(Debug, Clone)]
struct Moments {
    mean: [f64; WIDTH],
    per_scale: [f64; WIDTH],
}

impl Windows {
    /// `None` where the features are others. `observations [n_bars, n_outputs]` is what the rows are compared with.
    pub(super) fn of(
        panel: &Panel,
        pipeline: &Pipeline,
        normalizer: &Normalizer,
        observations: &[f32],
    ) -> Option<Self> {
        let (n_assets, n_bars) = (panel.n_assets(), panel.n_bars());
        let mut state = vec![0.0; pipeline.state_len()];
        pipeline.clear(&mut state);
        let mut returns = vec![0.0; n_assets * n_bars];
        let mut factors = Vec::with_capacity(n_assets * n_bars);
        let mut log_closes = vec![0.0; n_assets];
        for t in 0..n_bars {
            let (bars, moment) = (panel.row(t), panel.moment(t));
            for (a, bar) in bars.iter().enumerate() {
                factors.push(pipeline.factor_of_returns(&state, a)?);
                let before = std::mem::replace(&mut log_closes[a], bar.close.ln());
                returns[(a + 1) * n_bars - 1 - t] = log_closes[a] - before;
            }
            pipeline.push(&mut state, bars, moment);
        }
        let window = pipeline.n_outputs() / n_assets;
        let moments = (0..n_assets).flat_map(|a| Moments::of(normalizer, a * window, window));
        let mut windows = Self {
            n_assets,
            n_bars,
            window,
            returns,
            factors,
            moments: moments.collect(),
            n_chunks: window.div_ceil(WIDTH),
        };
        windows.drop_other_rows(pipeline, observations);
        Some(windows)
    }

    /// Takes the factors from windows that would come out otherwise, those before the warm-up included.
    fn drop_other_rows(&mut self, pipeline: &Pipeline, observations: &[f32]) {
        let mut fields = vec![0.0; self.window];
        for (k, expected) in observations.chunks_exact(self.window).enumerate() {
            let (t, asset) = (k / self.n_assets, k % self.n_assets);
            let mut same = false;
            if t >= pipeline.warm_up() {
                self.write(t, asset, self.factors[k], &mut fields);
                let mut pairs = fields.iter().zip(expected);
                same = pairs.all(|(found, expected)| found.to_bits() == expected.to_bits());
            }
            if !same {
                self.withhold(t, asset);
            }
        }
    }

    /// The window of row `t` is not to be had from here.
    pub(super) fn withhold(&mut self, t: usize, asset: usize) {
        self.factors[t * self.n_assets + asset] = f64::NAN;
    }

    /// Returns per asset and row.
    #[inline(always)]
    pub(super) const fn window(&self) -> usize {
        self.window
    }

    /// f of each asset in row `t`; no number where [`Windows::write`] would not give that window's bits.
    #[inline(always)]
    pub(super) fn factors(&self, n_assets: usize, t: usize) -> &[f64] {
        &self.factors[t * n_assets..(t + 1) * n_assets]
    }

    /// Has the next line of memory fetched that windows of `asset` which move on from row `t` will begin in.
    #[inline(always)]
    pub(super) fn fetch_returns(&self, asset: usize, t: usize) {
        // Before an asset's first number lies its neighbor's last: harmless.
        let newest = ((asset + 1) * self.n_bars).wrapping_sub(1 + t);
        prefetch_index(&self.returns, newest);
    }

    /// Has the line of memory fetched in which factor number `k` of all lies.
    #[inline(always)]
    pub(super) fn fetch_factor(&self, k: usize) {
        prefetch_index(&self.factors, k);
    }

    /// Writes the window of row `t`, whose factor is `factor`, `[window]`.
    #[inline(always)]
    pub(super) fn write(&self, t: usize, asset: usize, factor: f64, out: &mut [f32]) {
        let n = out.len();
        let newest = (asset + 1) * self.n_bars - 1 - t;
        let returns = &self.returns[newest..newest + n];
        let moments = &self.moments[asset * self.n_chunks..(asset + 1) * self.n_chunks];
        let (outs, rest) = out.as_chunks_mut::<WIDTH>();
        let is_whole = rest.is_empty();
        for ((out, returns), moments) in outs.iter_mut().zip(returns.as_chunks().0).zip(moments) {
            moments.apply(returns, factor, out);
            // Or else the compiler takes four chunks at a time, one number of each, and needs twice the instructions.
            black_box(());
        }
        if is_whole {
            return;
        }
        let moments = &moments[self.n_chunks - 1];
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
    /// Of `n` fields from field `begin` on, chunk by chunk; the last one ends with the last field.
    fn of(normalizer: &Normalizer, begin: usize, n: usize) -> impl Iterator<Item = Self> {
        (0..n).step_by(WIDTH).map(move |first| {
            let first = begin + first.min(n.saturating_sub(WIDTH));
            let of = |values: &[f64], k: usize| values[first + k.min(n - 1)];
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
    fn windows_that_are_offered_are_the_observations_to_the_bit() {
        for window in [1, 3, 7, 8, 9, 16, 31] {
            for feature in [scaled(window), FeatureSpec::LogReturns { window }] {
                for n_assets in [1, 3] {
                    check(&fitted(n_assets, std::slice::from_ref(&feature)), n_assets);
                }
            }
        }
    }

    fn check(market: &Market, n_assets: usize) {
        let windows = market.windows().unwrap();
        let mut fields = vec![f32::NAN; windows.window()];
        let mut n_offered = 0;
        for t in 0..N_BARS {
            let expected = market.observation(t).chunks_exact(fields.len());
            let factors = windows.factors(n_assets, t).iter();
            for (asset, (factor, expected)) in factors.zip(expected).enumerate() {
                if factor.is_nan() {
                    continue;
                }
                windows.write(t, asset, *factor, &mut fields);
                let bits = |row: &[f32]| row.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&fields), bits(expected), "row {t}, asset {asset}");
                n_offered += 1;
            }
        }
        let warm = n_assets * (N_BARS - market.pipeline().warm_up());
        assert!(
            n_offered + n_assets >= warm,
            "{n_offered} of {warm} windows"
        );
    }

    #[test]
    fn a_window_that_would_come_out_otherwise_is_not_offered() {
        let market = fitted(2, &[scaled(9)]);
        let (panel, pipeline) = (market.panel(), market.pipeline());
        let rows = (0..N_BARS).flat_map(|t| market.observation(t));
        let mut observations: Vec<f32> = rows.copied().collect();
        let (changed, asset) = (100, 1);
        let bit = &mut observations[(changed * 2 + asset) * 9 + 4];
        *bit = f32::from_bits(bit.to_bits() ^ 1);
        let windows = Windows::of(panel, pipeline, market.normalizer(), &observations).unwrap();
        let offered = |windows: &Windows, t, asset: usize| !windows.factors(2, t)[asset].is_nan();
        let clean = market.windows().unwrap();
        for t in 0..N_BARS {
            for a in 0..2 {
                let same = (t, a) != (changed, asset);
                assert_eq!(
                    offered(&windows, t, a),
                    same && offered(clean, t, a),
                    "row {t}, asset {a}"
                );
            }
        }
        assert!(offered(clean, changed, asset));
    }

    #[test]
    fn other_features_are_no_windows() {
        for n_assets in [1, 2] {
            for other in [
                FeatureSpec::Rsi { period: 5 },
                FeatureSpec::Calendar(Cycle::Week),
                FeatureSpec::LogReturns { window: 2 },
            ] {
                let market = fitted(n_assets, &[scaled(4), other]);
                assert!(market.windows().is_none());
            }
        }
    }
}
