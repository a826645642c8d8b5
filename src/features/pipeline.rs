//! The pipeline: all features of all assets behind one flat state.

use super::{
    Cycle, FeatureError, FeatureSpec, Field, Scalar, calendar,
    feature::{AssetFeature, Built, Streaming, build},
    newest::{Newest, Place},
    print_bar,
};
use crate::market::Bar;
use chrono::{DateTime, Utc};
use num_dual::Dual64;

/// An immutable list of features over `n_assets` assets.
///
/// State, all zero before the first bar: `[n_pushed]`, then per asset `[previous close, committed log closes (last first),
/// the features' own numbers]`. Outputs: features in the order of the list; a per-asset feature yields one block per asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    specs: Vec<FeatureSpec>,
    symbols: Vec<String>,
    per_asset: Vec<Placed>,
    calendar: Vec<(Cycle, usize)>,
    /// First outputs of the blocks whose mean over assets is subtracted.
    demeaned: Vec<usize>,
    fields: Vec<Field>,
    warm_up: usize,
    n_lags: usize,
    asset_stride: usize,
}

/// A per-asset feature and where its numbers live.
#[derive(Debug, Clone, PartialEq)]
struct Placed {
    feature: AssetFeature,
    /// Where its state starts within the asset's block.
    state: usize,
    n_state: usize,
    /// Its first output for the first asset.
    output: usize,
    /// Outputs per asset.
    n_values: usize,
}

/// Numbers before an asset's log closes: its previous close.
const ASSET_HEAD: usize = 1;

impl Pipeline {
    /// # Errors
    /// [`FeatureError`] naming the spec whose parameters cannot be, or the name that would occur twice.
    pub fn new(specs: &[FeatureSpec], symbols: &[String]) -> Result<Self, FeatureError> {
        if specs.is_empty() || symbols.is_empty() {
            return Err(FeatureError::Empty);
        }
        let mut pipeline = Self {
            specs: specs.to_vec(),
            symbols: symbols.to_vec(),
            per_asset: Vec::new(),
            calendar: Vec::new(),
            demeaned: Vec::new(),
            fields: Vec::new(),
            warm_up: 0,
            n_lags: 1,
            asset_stride: 0,
        };
        let mut n_state = 0;
        for (index, spec) in specs.iter().enumerate() {
            spec.check(index, symbols.len())?;
            match build(spec) {
                Built::Calendar(cycle) => pipeline.place_calendar(cycle),
                Built::PerAsset(feature) => n_state += pipeline.place(feature, n_state),
            }
        }
        for placed in &mut pipeline.per_asset {
            placed.state += ASSET_HEAD + pipeline.n_lags;
        }
        pipeline.asset_stride = ASSET_HEAD + pipeline.n_lags + n_state;
        pipeline.warm_up = pipeline.fields.iter().map(|f| f.warm_up).max().unwrap_or(0);
        super::layout::check_names(pipeline.fields.iter())?;
        Ok(pipeline)
    }

    fn place_calendar(&mut self, cycle: Cycle) {
        self.calendar.push((cycle, self.fields.len()));
        self.fields.extend(calendar::fields(cycle));
    }

    /// Places a feature; returns the length of its state.
    fn place(&mut self, feature: AssetFeature, state: usize) -> usize {
        let output = self.fields.len();
        for symbol in &self.symbols {
            self.fields.extend(feature.fields(symbol));
        }
        if matches!(feature, AssetFeature::CrossSection(_)) {
            self.demeaned.push(output);
        }
        self.n_lags = self.n_lags.max(feature.n_lags());
        let n_state = feature.n_state();
        self.per_asset.push(Placed {
            n_values: (self.fields.len() - output) / self.symbols.len(),
            feature,
            state,
            n_state,
            output,
        });
        n_state
    }

    /// The list it was built from.
    #[must_use]
    pub fn specs(&self) -> &[FeatureSpec] {
        &self.specs
    }

    /// The assets in order.
    #[must_use]
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Number of assets.
    #[must_use]
    pub fn n_assets(&self) -> usize {
        self.symbols.len()
    }

    /// Numbers per observation.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.fields.len()
    }

    /// Name, unit, range, shockability and warm-up of each output.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Bars that must have been pushed before `peek` means anything (the maximum over fields).
    #[must_use]
    pub const fn warm_up(&self) -> usize {
        self.warm_up
    }

    /// Length of the flat state.
    #[must_use]
    pub fn state_len(&self) -> usize {
        1 + self.symbols.len() * self.asset_stride
    }

    /// Writes the state that has seen nothing.
    pub fn clear(&self, state: &mut [f64]) {
        debug_assert_eq!(state.len(), self.state_len());
        state.fill(0.0);
    }

    /// Commits one row of bars (`[n_assets]`) that ended at `end`.
    pub fn push(&self, state: &mut [f64], bars: &[Bar], _end: DateTime<Utc>) {
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

    /// The features if `bars` closed now on top of the committed history; nothing is committed.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]`, `out [n_outputs]`. `push` then nothing else gives the same history.
    /// Before the warm-up the values are finite and meaningless.
    pub fn peek<S: Scalar>(
        &self,
        state: &[f64],
        bars: &[Bar<S>],
        end: DateTime<Utc>,
        out: &mut [S],
    ) {
        debug_assert_eq!(bars.len(), self.n_assets());
        debug_assert_eq!(out.len(), self.n_outputs());
        for (i, bar) in bars.iter().enumerate() {
            self.asset_values(state, i, bar, |k, value| out[k] = value);
        }
        for &first in &self.demeaned {
            subtract_mean(&mut out[first..first + bars.len()]);
        }
        self.calendar_values(end, |k, value| out[k] = S::from(value));
    }

    /// The features if `bars` closed now with their closes printed as C e^z: bit for bit [`Pipeline::peek`] of
    /// [`super::print_bars`], without the scratch.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]` (clean), `log_moves [n_assets]` (z), `features [n_outputs]`.
    pub fn peek_printed(
        &self,
        state: &[f64],
        bars: &[Bar],
        log_moves: &[f64],
        end: DateTime<Utc>,
        features: &mut [f64],
    ) {
        debug_assert_eq!(bars.len(), self.n_assets());
        self.peek_rows(state, bars.iter().copied(), log_moves, end, features);
    }

    pub(super) fn peek_rows(
        &self,
        state: &[f64],
        bars: impl Iterator<Item = Bar>,
        log_moves: &[f64],
        end: DateTime<Utc>,
        features: &mut [f64],
    ) {
        debug_assert_eq!(log_moves.len(), self.n_assets());
        debug_assert_eq!(features.len(), self.n_outputs());
        for (i, (bar, &log_move)) in bars.zip(log_moves).enumerate() {
            let printed = print_bar(&bar, log_move);
            self.asset_values(state, i, &printed, |k, value| features[k] = value);
        }
        for &first in &self.demeaned {
            subtract_mean(&mut features[first..first + self.n_assets()]);
        }
        self.calendar_values(end, |k, value| features[k] = value);
    }

    /// The features of [`Pipeline::peek_printed`] and their exact derivatives ∂features/∂z at z = `log_moves`.
    ///
    /// Shapes: as there, and `jacobian [n_outputs, n_assets]` row-major, per unit of log price (multiply by 1e-4 for bps). Each
    /// asset's features are computed once with a dual number seeded in its own move, for they depend on no other; the
    /// cross-sectional mean is linear and applied to values and derivatives afterwards. No allocation. At the kinks named
    /// in the features' documentation the derivative is the documented one-sided one.
    pub fn jacobian(
        &self,
        state: &[f64],
        bars: &[Bar],
        log_moves: &[f64],
        end: DateTime<Utc>,
        features: &mut [f64],
        jacobian: &mut [f64],
    ) {
        debug_assert_eq!(bars.len(), self.n_assets());
        let bars = bars.iter().copied();
        self.jacobian_rows(state, bars, log_moves, end, features, jacobian);
    }

    pub(super) fn jacobian_rows(
        &self,
        state: &[f64],
        bars: impl Iterator<Item = Bar>,
        log_moves: &[f64],
        end: DateTime<Utc>,
        features: &mut [f64],
        jacobian: &mut [f64],
    ) {
        let n = self.n_assets();
        debug_assert_eq!(log_moves.len(), n);
        debug_assert_eq!(features.len(), self.n_outputs());
        debug_assert_eq!(jacobian.len(), self.n_outputs() * n);
        jacobian.fill(0.0);
        for (i, (bar, &log_move)) in bars.zip(log_moves).enumerate() {
            let printed = print_bar(&bar, Dual64::new(log_move, 1.0));
            self.asset_values(state, i, &printed, |k, value| {
                features[k] = value.re;
                jacobian[k * n + i] = value.eps;
            });
        }
        for &first in &self.demeaned {
            subtract_mean(&mut features[first..first + n]);
            subtract_mean_tangent(&mut jacobian[first * n..(first + n) * n]);
        }
        self.calendar_values(end, |k, value| features[k] = value);
    }

    /// `emit(k, value)` for each output k of asset `i` (cross-sectional means not subtracted yet).
    #[inline]
    fn asset_values<S: Scalar>(
        &self,
        state: &[f64],
        i: usize,
        bar: &Bar<S>,
        mut emit: impl FnMut(usize, S),
    ) {
        let asset = &state[1 + i * self.asset_stride..1 + (i + 1) * self.asset_stride];
        let newest = Newest::new(bar, asset[0], &asset[ASSET_HEAD..ASSET_HEAD + self.n_lags]);
        for placed in &self.per_asset {
            let own = &asset[placed.state..placed.state + placed.n_state];
            let first = placed.output + i * placed.n_values;
            placed
                .feature
                .values(&newest, own, |k, value| emit(first + k, value));
        }
    }

    fn calendar_values(&self, end: DateTime<Utc>, mut emit: impl FnMut(usize, f64)) {
        for &(cycle, first) in &self.calendar {
            let [sine, cosine] = calendar::position(cycle, end);
            emit(first, sine);
            emit(first + 1, cosine);
        }
    }
}

/// x_i ← x_i − (1/n) Σ_j x_j.
fn subtract_mean<S: Scalar>(values: &mut [S]) {
    let sum = values.iter().fold(S::from(0.0), |sum, &x| sum + x);
    let mean = sum * reciprocal(values.len());
    for value in values {
        *value -= mean;
    }
}

/// The same for a diagonal Jacobian `[n, n]`, row-major: J_ij ← δ_ij d_i − d_j / n.
fn subtract_mean_tangent(block: &mut [f64]) {
    let n = block.len().isqrt();
    let share = reciprocal(n);
    for j in 0..n {
        let own = block[j * n + j];
        for i in 0..n {
            block[i * n + j] = if i == j {
                own - own * share
            } else {
                -own * share
            };
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of assets are far below 2^52"
)]
fn reciprocal(n: usize) -> f64 {
    (n as f64).recip()
}
