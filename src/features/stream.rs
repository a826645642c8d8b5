//! Streaming: commits of bars, and features of a newest bar before its commit.

use super::{
    Feature as _, Newest, Pipeline, Place, Scalar, calendar, pipeline::ASSET_HEAD,
    print::print_bar, scalar::count,
};
use crate::market::{Bar, Moment};

impl Pipeline {
    /// Writes the state before the first bar: zeros.
    pub fn clear(&self, state: &mut [f64]) {
        debug_assert_eq!(state.len(), self.state_len());
        state.fill(0.0);
    }

    /// Commits one row of bars, `[n_assets]`. The moment is unused: features store no time or
    /// signals.
    pub fn push(&self, state: &mut [f64], bars: &[Bar], _moment: Moment<'_>) {
        debug_assert_eq!(state.len(), self.state_len());
        debug_assert_eq!(bars.len(), self.n_assets());
        let (n_pushed, assets) = state.split_at_mut(1);
        let place = if n_pushed[0] > 0.0 {
            Place::Later
        } else {
            Place::First
        };
        n_pushed[0] += 1.0;
        for (asset, bar) in assets.chunks_exact_mut(self.asset_stride).zip(bars) {
            let (head, own) = asset.split_at_mut(ASSET_HEAD + self.n_lags);
            let newest = Newest::new(bar, head[0], &head[ASSET_HEAD..]);
            let log_close = newest.log_close;
            for placed in &self.per_asset {
                let start = placed.state - ASSET_HEAD - self.n_lags;
                let own = &mut own[start..start + placed.n_state];
                placed.feature.push(&newest, place, own);
            }
            head[0] = bar.close;
            let lags = &mut head[ASSET_HEAD..];
            match place {
                Place::First => lags.fill(log_close),
                Place::Later => {
                    lags.copy_within(..self.n_lags - 1, 1);
                    lags[0] = log_close;
                }
            }
        }
    }

    /// Computes the features as if `bars` closed now after the committed history; commits nothing.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]`, `moment.signals` in the order of
    /// [`Pipeline::signal_names`], `out [n_outputs]`. Values before the warm-up are finite but
    /// meaningless.
    pub fn peek<S: Scalar>(
        &self,
        state: &[f64],
        bars: &[Bar<S>],
        moment: Moment<'_>,
        out: &mut [S],
    ) {
        debug_assert_eq!(bars.len(), self.n_assets());
        self.peek_rows(state, bars.iter().copied(), out);
        self.market_values(moment, |k, value| out[k] = S::from(value));
    }

    /// [`Pipeline::peek`] with each close C printed as C e^z, see [`super::print_bar`].
    ///
    /// Shapes: as for [`Pipeline::peek`]; `bars` are clean, `log_moves [n_assets]` holds z.
    pub fn peek_printed(
        &self,
        state: &[f64],
        bars: &[Bar],
        log_moves: &[f64],
        moment: Moment<'_>,
        features: &mut [f64],
    ) {
        debug_assert_eq!(
            (bars.len(), log_moves.len()),
            (self.n_assets(), self.n_assets())
        );
        self.peek_rows(state, print_rows(bars.iter().copied(), log_moves), features);
        self.market_values(moment, |k, value| features[k] = value);
    }

    /// [`Pipeline::peek`] without calendar and signals.
    pub(super) fn peek_rows<S: Scalar>(
        &self,
        state: &[f64],
        bars: impl Iterator<Item = Bar<S>>,
        out: &mut [S],
    ) {
        debug_assert_eq!(out.len(), self.n_outputs());
        for (i, bar) in bars.enumerate() {
            self.asset_values(state, i, &bar, |k, value| out[k] = value);
        }
        for &first in &self.demeaned {
            subtract_mean(&mut out[first..first + self.n_assets()]);
        }
    }

    /// Calls `emit(k, value)` for each output k of asset `i`, without subtracting means over
    /// assets.
    #[inline]
    pub(super) fn asset_values<S: Scalar>(
        &self,
        state: &[f64],
        i: usize,
        bar: &Bar<S>,
        mut emit: impl FnMut(usize, S),
    ) {
        let asset = &state[1 + i * self.asset_stride..][..self.asset_stride];
        let newest = Newest::new(bar, asset[0], &asset[ASSET_HEAD..][..self.n_lags]);
        for placed in &self.per_asset {
            let own = &asset[placed.state..placed.state + placed.n_state];
            let first = placed.output + i * placed.n_values;
            placed
                .feature
                .values(&newest, own, |k, value| emit(first + k, value));
        }
    }

    /// Calls `emit(k, value)` for each output k that no shock moves: calendar, then signals.
    #[inline]
    pub(super) fn market_values(&self, moment: Moment<'_>, mut emit: impl FnMut(usize, f64)) {
        for &(cycle, first) in &self.calendar {
            let [sine, cosine] = calendar::position(cycle, moment.end);
            emit(first, sine);
            emit(first + 1, cosine);
        }
        debug_assert!(
            self.signals.is_empty() || moment.signals.len() == self.signal_names().len(),
            "found {} signals, expected {:?}",
            moment.signals.len(),
            self.signal_names()
        );
        for &(signal, output) in &self.signals {
            emit(output, moment.signals[signal]);
        }
    }
}

/// Bars with their closes C printed as C e^z, z from `log_moves`.
pub(super) fn print_rows<S: Scalar>(
    bars: impl Iterator<Item = Bar>,
    log_moves: &[S],
) -> impl Iterator<Item = Bar<S>> {
    bars.zip(log_moves).map(|(bar, &z)| print_bar(&bar, z))
}

/// `x_i ← x_i − (1/n) Σ_j x_j`.
pub(super) fn subtract_mean<S: Scalar>(values: &mut [S]) {
    let sum = values.iter().fold(S::from(0.0), |sum, &x| sum + x);
    let mean = sum * count(values.len()).recip();
    for value in values {
        *value -= mean;
    }
}
