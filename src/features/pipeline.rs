//! All features of all assets over one flat state: positions of states and outputs.

use super::{
    Cycle, Feature as _, FeatureError, FeatureSpec,
    asset::{AssetFeature, Built, build},
    calendar,
    field::{Field, check_names},
};
use crate::market::Columns;

/// Immutable list of features over `n_assets` assets.
///
/// State, all zeros before the first bar: `[n_pushed]`, then per asset `[previous close, committed
/// log closes (newest first), states of the features]`. Outputs: features in the order of the list;
/// a per-asset feature yields one block per asset.
#[derive(Debug, Clone)]
pub struct Pipeline {
    specs: Vec<FeatureSpec>,
    symbols: Vec<String>,
    /// All signals of the market; empty if no feature reads one.
    signal_names: Vec<String>,
    pub(super) per_asset: Vec<Placed>,
    /// Calendar cycles, each with its first output.
    pub(super) calendar: Vec<(Cycle, usize)>,
    /// Signals that are read: index in [`crate::market::Moment::signals`] and output.
    pub(super) signals: Vec<(usize, usize)>,
    /// First output of each block whose mean over assets is subtracted.
    pub(super) demeaned: Vec<usize>,
    fields: Vec<Field>,
    warm_up: usize,
    pub(super) n_lags: usize,
    /// Length of one asset's block of the state.
    pub(super) asset_stride: usize,
}

/// Per-asset feature with the positions of its state and outputs.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) feature: AssetFeature,
    /// Start of the feature's state within the asset's block.
    pub(super) state: usize,
    pub(super) n_state: usize,
    /// First output of the feature for the first asset.
    pub(super) output: usize,
    /// Number of outputs per asset.
    pub(super) n_values: usize,
}

/// Number of entries before the log closes in an asset's block: the previous close.
pub(super) const ASSET_HEAD: usize = 1;

/// Compares specs, symbols and signals, which determine the other fields.
impl PartialEq for Pipeline {
    fn eq(&self, other: &Self) -> bool {
        (&self.specs, &self.symbols, &self.signal_names)
            == (&other.specs, &other.symbols, &other.signal_names)
    }
}

impl Pipeline {
    /// Builds the features `specs` for a market with `columns`: a [`crate::market::Panel`], or a
    /// list of symbols for a market without signals.
    ///
    /// # Errors
    /// [`FeatureError`] for an empty list, or naming the spec with an inadmissible parameter, the
    /// unknown signal, the own feature that cannot be made, or the repeated name.
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
            match build(spec, columns.symbols)
                .map_err(|fault| FeatureError::Own { index, fault })?
            {
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
        check_names(pipeline.fields.iter())?;
        Ok(pipeline)
    }

    fn place_calendar(&mut self, cycle: Cycle) {
        self.calendar.push((cycle, self.fields.len()));
        self.fields.extend(calendar::fields(cycle));
    }

    fn place_signals(&mut self, spec: &FeatureSpec, names: &[String]) {
        self.signal_names = names.to_vec();
        for (position, name) in names.iter().enumerate() {
            if !matches!(spec, FeatureSpec::Signal(wanted) if wanted != name) {
                self.signals.push((position, self.fields.len()));
                let name = format!("signal.{name}");
                self.fields.push(Field::fixed(name, "as given", 0));
            }
        }
    }

    /// Adds a per-asset feature whose state starts at `state`; returns the state's length.
    fn place(&mut self, feature: AssetFeature, state: usize) -> usize {
        let output = self.fields.len();
        for symbol in &self.symbols {
            self.fields.extend(feature.fields(symbol));
        }
        if matches!(feature, AssetFeature::CrossSection(_)) {
            self.demeaned.push(output);
        }
        let memory = feature.memory();
        self.n_lags = self.n_lags.max(memory.n_lags);
        self.per_asset.push(Placed {
            n_values: (self.fields.len() - output) / self.symbols.len(),
            feature,
            state,
            n_state: memory.n_state,
            output,
        });
        memory.n_state
    }

    /// Specs from which the pipeline was built.
    #[must_use]
    pub fn specs(&self) -> &[FeatureSpec] {
        &self.specs
    }

    /// Symbols of the assets, in order.
    #[must_use]
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Names of the signals that [`crate::market::Moment::signals`] must hold, in this order: all
    /// signals of the market, or none if no feature reads a signal.
    #[must_use]
    pub fn signal_names(&self) -> &[String] {
        &self.signal_names
    }

    /// Names of the signals that features read, in the market's order. A bot must provide them.
    #[must_use]
    pub fn signals_read(&self) -> Vec<String> {
        let is_read = |i: usize| self.signals.iter().any(|&(position, _)| position == i);
        let names = self.signal_names.iter().enumerate();
        names
            .filter(|&(i, _)| is_read(i))
            .map(|(_, name)| name.clone())
            .collect()
    }

    /// Number of assets.
    #[must_use]
    pub fn n_assets(&self) -> usize {
        self.symbols.len()
    }

    /// Number of outputs, the market features of an observation.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.fields.len()
    }

    /// Name, unit, range, shockability and warm-up of each output.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Number of bars to commit before all values are meaningful: the maximum over the fields.
    #[must_use]
    pub const fn warm_up(&self) -> usize {
        self.warm_up
    }

    /// Length of the flat state.
    #[must_use]
    pub fn state_len(&self) -> usize {
        1 + self.symbols.len() * self.asset_stride
    }

    /// Outputs that no shock moves: calendar, then signals.
    pub(super) fn fixed_outputs(&self) -> impl Iterator<Item = usize> {
        let calendar = self
            .calendar
            .iter()
            .flat_map(|&(_, first)| [first, first + 1]);
        calendar.chain(self.signals.iter().map(|&(_, output)| output))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FeatureTable, tests::prices::*};
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
            let source = |t: usize| if t < cut { &clean } else { &other };
            let bars = (0..T).flat_map(|t| source(t).row(t).to_vec());
            let scrambled = Panel::new(
                symbols(N), clean.timestamps().to_vec(), bars.collect(), clean.bar_length(),
            ).expect("a sound panel");
            let signals = (0..T).flat_map(|t| source(t).signals(t).to_vec());
            let names = super::super::tests::prices::signals();
            let scrambled = scrambled.with_signals(names, signals.collect()).expect("sound");
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

    /// The declared warm-up is the smallest number of bars that determines the value.
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

    /// Signals may be listed in any order, all at once or by name. They add no state, and a bot
    /// provides only the signals that are read.
    #[test]
    fn signals_are_observed_unchanged() {
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
        let some = super::super::tests::prices::signals();
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
    fn invalid_feature_lists_are_refused_by_name() {
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
