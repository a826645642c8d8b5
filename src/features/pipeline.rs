//! The pipeline: all features of all assets behind one flat state.

use super::{
    Cycle, FeatureError, FeatureSpec, Field, Scalar, calendar,
    feature::{AssetFeature, Built, Streaming, build},
    newest::{Newest, Place},
    signals,
};
use crate::market::{Bar, Columns, Moment};

/// An immutable list of features over `n_assets` assets.
///
/// State, all zero before the first bar: `[n_pushed]`, then per asset `[previous close, committed
/// log closes (last first), the features' own numbers]`. Outputs: features in the order of the
/// list; a per-asset feature yields one block per asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipeline {
    specs: Vec<FeatureSpec>,
    symbols: Vec<String>,
    /// Of the market; none where none is read.
    signal_names: Vec<String>,
    per_asset: Vec<Placed>,
    calendar: Vec<(Cycle, usize)>,
    /// Position among the moment's signals, and the output.
    signals: Vec<(usize, usize)>,
    /// First outputs of the blocks whose mean over assets is subtracted.
    pub(super) demeaned: Vec<usize>,
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
    /// The features `specs` of a market that yields `columns`: a [`crate::market::Panel`], or a
    /// list of symbols where there are no signals.
    ///
    /// # Errors
    /// [`FeatureError`] naming the spec whose parameters cannot be, the signal that the market does
    /// not yield, or the name that would occur twice.
    pub fn new<'a>(
        specs: &[FeatureSpec],
        columns: impl Into<Columns<'a>>,
    ) -> Result<Self, FeatureError> {
        Self::build(specs, columns.into())
    }

    fn build(specs: &[FeatureSpec], columns: Columns<'_>) -> Result<Self, FeatureError> {
        if specs.is_empty() || columns.symbols.is_empty() {
            return Err(FeatureError::Empty);
        }
        let mut pipeline = Self {
            specs: specs.to_vec(),
            symbols: columns.symbols.to_vec(),
            signal_names: Vec::new(),
            per_asset: Vec::new(),
            calendar: Vec::new(),
            signals: Vec::new(),
            demeaned: Vec::new(),
            fields: Vec::new(),
            warm_up: 0,
            n_lags: 1,
            asset_stride: 0,
        };
        let mut n_state = 0;
        for (index, spec) in specs.iter().enumerate() {
            spec.check(index, columns)?;
            match build(spec) {
                Built::Calendar(cycle) => pipeline.place_calendar(cycle),
                Built::Signals => pipeline.place_signals(spec, columns.signals),
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

    fn place_signals(&mut self, spec: &FeatureSpec, names: &[String]) {
        self.signal_names = names.to_vec();
        for signal in signals::positions(spec, names).unwrap_or(0..0) {
            self.signals.push((signal, self.fields.len()));
            self.fields.push(signals::field(&names[signal]));
        }
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

    /// The market's signals: what [`Moment::signals`] must hold, in that order. Empty where no
    /// feature reads one; then what it holds does not matter.
    #[must_use]
    pub fn signal_names(&self) -> &[String] {
        &self.signal_names
    }

    /// Those of the market's signals that a feature reads, in the market's order: all that a bot
    /// must provide.
    #[must_use]
    pub fn signals_read(&self) -> Vec<String> {
        signals::read(&self.specs, &self.signal_names)
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

    /// Commits one row of bars (`[n_assets]`) and the moment it ended at. (No feature remembers
    /// signals.)
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

    /// The features if `bars` closed now on top of the committed history; nothing is committed.
    ///
    /// Shapes: `state [state_len]`, `bars [n_assets]`, `moment.signals` as
    /// [`Pipeline::signal_names`], `out [n_outputs]`. `push` then nothing else gives the same
    /// history. Before the warm-up the values are finite and meaningless.
    pub fn peek<S: Scalar>(
        &self,
        state: &[f64],
        bars: &[Bar<S>],
        moment: Moment<'_>,
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
        self.market_values(moment, |k, value| out[k] = S::from(value));
    }

    /// `emit(k, value)` for each output k of asset `i` (cross-sectional means not subtracted yet).
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

    /// First outputs of the calendar blocks, two values each.
    pub(super) fn calendar_outputs(&self) -> impl ExactSizeIterator<Item = usize> {
        self.calendar.iter().map(|&(_, first)| first)
    }

    /// Outputs that are signals.
    pub(super) fn signal_outputs(&self) -> impl ExactSizeIterator<Item = usize> {
        self.signals.iter().map(|&(_, output)| output)
    }

    /// `emit(k, value)` for each output k that no shock moves: the calendar's blocks, then the
    /// signals.
    #[inline]
    pub(super) fn market_values(&self, moment: Moment<'_>, mut emit: impl FnMut(usize, f64)) {
        for &(cycle, first) in &self.calendar {
            let [sine, cosine] = calendar::position(cycle, moment.end);
            emit(first, sine);
            emit(first + 1, cosine);
        }
        debug_assert!(
            self.signals.is_empty() || moment.signals.len() == self.signal_names.len(),
            "found {} signals, expected {:?}",
            moment.signals.len(),
            self.signal_names
        );
        for &(signal, output) in &self.signals {
            emit(output, moment.signals[signal]);
        }
    }
}

/// `x_i ← x_i − (1/n) Σ_j x_j`.
pub(super) fn subtract_mean<S: Scalar>(values: &mut [S]) {
    let sum = values.iter().fold(S::from(0.0), |sum, &x| sum + x);
    let mean = sum * reciprocal(values.len());
    for value in values {
        *value -= mean;
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "counts of assets are far below 2^52"
)]
pub(super) fn reciprocal(n: usize) -> f64 {
    (n as f64).recip()
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureTable, test_market::*};
    use super::*;
    use crate::market::Panel;
    use proptest::prelude::*;

    const N: usize = 3;
    const T: usize = 40;

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|x| x.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn scrambling_the_future_changes_nothing(seed in any::<u64>(), cut in 1_usize..T) {
            let (pipeline, clean, other) =
                (pipeline(&every_spec(), N), panel(N, T, seed), panel(N, T, !seed));
            let bars = (0..T).flat_map(|t| if t < cut { clean.row(t) } else { other.row(t) }.to_vec());
            let scrambled = Panel::new(
                symbols(N), clean.timestamps().to_vec(), bars.collect(), clean.bar_length(),
            ).expect("a sound panel");
            let signals = (0..T).flat_map(|t| if t < cut { &clean } else { &other }.signals(t).to_vec());
            let scrambled = scrambled.with_signals(super::super::test_market::signals(), signals.collect()).expect("sound");
            let [a, b] = [&clean, &scrambled]
                .map(|panel| FeatureTable::new(&pipeline, panel).expect("same symbols"));
            for t in 0..cut {
                prop_assert_eq!(bits(a.row(t)), bits(b.row(t)));
            }
            prop_assert_ne!(bits(a.row(cut)), bits(b.row(cut)));
        }

        #[test]
        fn values_stay_within_their_declared_range(seed in any::<u64>()) {
            let pipeline = pipeline(&every_spec(), N);
            let table = FeatureTable::new(&pipeline, &panel(N, T, seed)).expect("same symbols");
            for t in pipeline.warm_up()..T {
                for (x, field) in table.row(t).iter().zip(pipeline.fields()) {
                    prop_assert!(x.is_finite());
                    prop_assert!(field.low.is_none_or(|low| *x >= low), "{} = {x}", field.name);
                    prop_assert!(field.high.is_none_or(|high| *x <= high), "{} = {x}", field.name);
                }
            }
        }
    }

    /// Features whose memory ends: after the declared warm-up nothing older matters, one bar
    /// earlier it does.
    #[test]
    fn finite_memories_end_exactly_at_the_declared_warm_up() {
        let specs = [
            FeatureSpec::ZScore { window: 7 },
            FeatureSpec::CrossSection { window: 4 },
            FeatureSpec::LogReturns { window: 1 },
            FeatureSpec::RollingVolatility { window: 5 },
        ];
        for spec in specs {
            let (pipeline, panel) = (pipeline(std::slice::from_ref(&spec), N), panel(N, T, 12));
            let value = |first: usize| {
                let mut state = vec![0.0; pipeline.state_len()];
                for t in first..T - 1 {
                    pipeline.push(&mut state, panel.row(t), panel.moment(t));
                }
                let mut out = vec![0.0; pipeline.n_outputs()];
                pipeline.peek(&state, panel.row(T - 1), panel.moment(T - 1), &mut out);
                out[0]
            };
            let enough = T - 1 - pipeline.warm_up();
            assert_close(value(enough), value(0), 1e-12);
            assert!((value(enough + 1) - value(0)).abs() > 1e-6, "{spec:?}");
        }
    }

    #[test]
    fn before_any_bar_values_are_finite() {
        let (pipeline, panel) = (pipeline(&every_spec(), N), panel(N, 1, 13));
        let (state, mut out) = (
            vec![0.0; pipeline.state_len()],
            vec![f64::NAN; pipeline.n_outputs()],
        );
        pipeline.peek(&state, panel.row(0), panel.moment(0), &mut out);
        assert!(out.iter().all(|x| x.is_finite()));
    }

    #[test]
    fn outputs_follow_the_list_and_then_the_assets() {
        let specs = [
            FeatureSpec::Calendar(Cycle::Day),
            FeatureSpec::ScaledReturns {
                window: 2,
                half_life: 20.0,
            },
            FeatureSpec::Rsi { period: 14 },
        ];
        let pipeline = pipeline(&specs, 2);
        let names: Vec<&str> = pipeline.fields().iter().map(|f| f.name.as_str()).collect();
        let expected = [
            "calendar.day.sin",
            "calendar.day.cos",
            "S0.scaled_return(20)[0]",
            "S0.scaled_return(20)[1]",
            "S1.scaled_return(20)[0]",
            "S1.scaled_return(20)[1]",
            "S0.rsi(14)",
            "S1.rsi(14)",
        ];
        assert_eq!(names, expected);
        assert_eq!(pipeline.warm_up(), 61);
    }

    /// In any order, all or by name; the state does not grow, and what no feature reads nobody must
    /// provide.
    #[test]
    fn signals_are_observed_as_they_are() {
        let named = |name: &str| FeatureSpec::Signal(name.into());
        let panel = panel(N, T, 14);
        let value = |t: usize, signal: usize| panel.signals(t)[signal];
        let returns = FeatureSpec::LogReturns { window: 1 };
        for (specs, order) in [
            (vec![FeatureSpec::Signals, returns.clone()], vec![0, 1]),
            (
                vec![named("value"), named("carry"), returns.clone()],
                vec![1, 0],
            ),
            (vec![named("value"), returns.clone()], vec![1]),
        ] {
            let pipeline = Pipeline::new(&specs, &panel).expect("the panel's signals");
            let alone = Pipeline::new(&specs[specs.len() - 1..], &panel).expect("prices alone");
            assert_eq!(alone.signal_names(), [""; 0]);
            assert_eq!(pipeline.state_len(), alone.state_len());
            let read: Vec<String> = ["carry", "value"]
                .into_iter()
                .enumerate()
                .filter(|(i, _)| order.contains(i))
                .map(|(_, name)| name.to_owned())
                .collect();
            assert_eq!(pipeline.signals_read(), read);
            let table = FeatureTable::new(&pipeline, &panel).expect("same columns");
            let of_prices = FeatureTable::new(&alone, &panel).expect("same symbols");
            for t in 0..T {
                let (signals, prices) = table.row(t).split_at(order.len());
                let expected: Vec<f64> = order.iter().map(|&i| value(t, i)).collect();
                assert_eq!(bits(signals), bits(&expected));
                assert_eq!(bits(prices), bits(of_prices.row(t)));
            }
            for (field, &signal) in pipeline.fields().iter().zip(&order) {
                assert_eq!(
                    field.name,
                    format!("signal.{}", panel.signal_names()[signal])
                );
                assert_eq!((field.shockable, field.warm_up), (false, 0));
            }
        }
    }

    #[test]
    fn signals_that_the_market_does_not_yield_are_refused_by_name() {
        let refusal = |spec: FeatureSpec, signals: &[String]| {
            let columns = Columns {
                symbols: &symbols(1),
                signals,
            };
            let found = Pipeline::new(&[FeatureSpec::Rsi { period: 14 }, spec], columns);
            found.expect_err("inadmissible").to_string()
        };
        let some = super::super::test_market::signals();
        for (spec, signals, expected) in [
            (
                FeatureSpec::Signals,
                &[][..],
                "feature 1 (Signals): found a market without signals",
            ),
            (
                FeatureSpec::Signal("value".into()),
                &[],
                "feature 1 (Signal): found a market without signals",
            ),
            (
                FeatureSpec::Signal("tide".into()),
                &some,
                "found `tide`, expected one of the market's signals [\"carry\", \"value\"]",
            ),
        ] {
            let message = refusal(spec, signals);
            assert!(message.contains(expected), "{message}");
        }
        let twice = [FeatureSpec::Signals, FeatureSpec::Signal("carry".into())];
        let columns = Columns {
            symbols: &symbols(1),
            signals: &some,
        };
        let twice = Pipeline::new(&twice, columns).expect_err("carry twice");
        assert!(twice.to_string().contains("`signal.carry`"), "{twice}");
    }

    #[test]
    fn impossible_lists_are_refused_by_name() {
        let refusal = |spec: FeatureSpec, n: usize| {
            let found = Pipeline::new(&[FeatureSpec::Rsi { period: 14 }, spec], &symbols(n));
            found.expect_err("inadmissible").to_string()
        };
        for (spec, n, expected) in [
            (
                FeatureSpec::Rsi { period: 0 },
                1,
                "feature 1 (Rsi): found period = 0",
            ),
            (FeatureSpec::Rsi { period: 14 }, 1, "`S0.rsi(14)`"),
            (
                FeatureSpec::ZScore { window: 2 },
                1,
                "feature 1 (ZScore): found window = 2",
            ),
            (
                FeatureSpec::RollingVolatility { window: 1 },
                1,
                "feature 1 (RollingVolatility): found window = 1",
            ),
            (
                FeatureSpec::CrossSection { window: 5 },
                1,
                "found n_assets = 1, expected at least two",
            ),
            (
                FeatureSpec::EwmaVolatility {
                    half_life: f64::NAN,
                },
                1,
                "found half_life = NaN",
            ),
            (
                FeatureSpec::Macd {
                    fast: 26,
                    slow: 12,
                    signal: 9,
                },
                1,
                "found slow = 12",
            ),
        ] {
            let message = refusal(spec, n);
            assert!(message.contains(expected), "{message}");
        }
        assert_eq!(Pipeline::new(&[], &symbols(1)), Err(FeatureError::Empty));
    }
}
