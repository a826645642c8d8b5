//! Bars of several assets on one calendar.

use super::{Bar, Moment, PanelError};
use chrono::{DateTime, TimeDelta, Utc};
use std::{collections::BTreeSet, ops::Range};

/// Bars of `n_assets` assets on one calendar, row-major `[n_bars, n_assets]`, oldest first.
///
/// Invariants, checked by [`Panel::new`]: symbols are distinct and not empty; timestamps (bar
/// **ends**, UTC) strictly increase; the bar length is positive; every bar passes [`Bar::check`].
///
/// A panel may have signals: values known at a bar's end that no price shock moves
/// ([`Panel::with_signals`]). A bar may be one that could not be traded, such as a halt or a bar
/// inserted into a gap ([`Panel::with_tradable`]).
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use shockproof::market::{Bar, Panel};
///
/// let bar = Bar { open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 10.0 };
/// let day = |day| DateTime::UNIX_EPOCH + TimeDelta::days(day);
/// let ends = vec![day(1), day(2)];
/// let panel = Panel::new(vec!["ABC".to_owned()], ends, vec![bar; 2], TimeDelta::days(1))?;
/// assert_eq!((panel.n_bars(), panel.row(1)[0].close), (2, 3.0));
/// # Ok::<(), shockproof::market::PanelError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    symbols: Vec<String>,
    timestamps: Vec<DateTime<Utc>>,
    bars: Vec<Bar>,
    bar_length: TimeDelta,
    signal_names: Vec<String>,
    signals: Vec<f64>,
    /// Tradability of each bar, row-major `[n_bars, n_assets]`; empty if every bar is tradable.
    tradable: Vec<bool>,
}

impl Panel {
    /// Checks the invariants and builds a panel without signals.
    ///
    /// # Errors
    /// [`PanelError`] naming the first violated invariant.
    pub fn new(
        symbols: Vec<String>,
        timestamps: Vec<DateTime<Utc>>,
        bars: Vec<Bar>,
        bar_length: TimeDelta,
    ) -> Result<Self, PanelError> {
        if symbols.is_empty()
            || timestamps.is_empty()
            || bars.len() != symbols.len() * timestamps.len()
        {
            return Err(PanelError::Shape {
                n_bars: bars.len(),
                n_symbols: symbols.len(),
                n_timestamps: timestamps.len(),
            });
        }
        check_symbols(&symbols)?;
        if bar_length <= TimeDelta::zero() {
            return Err(PanelError::BarLength { found: bar_length });
        }
        check_order(&timestamps)?;
        check_bars(&symbols, &timestamps, &bars)?;
        Ok(Self {
            symbols,
            timestamps,
            bars,
            bar_length,
            signal_names: Vec::new(),
            signals: Vec::new(),
            tradable: Vec::new(),
        })
    }

    /// Replaces the tradability of the bars, row-major `[n_bars, n_assets]`. A new panel has only
    /// tradable bars.
    ///
    /// # Errors
    /// [`PanelError::Tradable`] for a wrong number of flags.
    pub fn with_tradable(self, tradable: Vec<bool>) -> Result<Self, PanelError> {
        if tradable.len() != self.bars.len() {
            return Err(PanelError::Tradable {
                n_flags: tradable.len(),
                n_symbols: self.n_assets(),
                n_bars: self.n_bars(),
            });
        }
        let all = tradable.iter().all(|&is_tradable| is_tradable);
        let tradable = if all { Vec::new() } else { tradable };
        Ok(Self { tradable, ..self })
    }

    /// Replaces the signals. `values [n_bars, n_signals]` is row-major; row t holds the values
    /// known at the end of bar t.
    ///
    /// # Errors
    /// [`PanelError::SignalShape`], [`PanelError::SignalName`], or [`PanelError::Signal`] for the
    /// first value that is not finite.
    pub fn with_signals(self, names: Vec<String>, values: Vec<f64>) -> Result<Self, PanelError> {
        if values.len() != self.n_bars() * names.len() {
            return Err(PanelError::SignalShape {
                n_values: values.len(),
                n_signals: names.len(),
                n_bars: self.n_bars(),
            });
        }
        if let Some(signal) = invalid_name(&names) {
            return Err(PanelError::SignalName {
                signal,
                found: names[signal].clone(),
            });
        }
        if let Some(i) = values.iter().position(|value| !value.is_finite()) {
            let row = i / names.len();
            return Err(PanelError::Signal {
                row,
                timestamp: self.timestamps[row],
                name: names[i % names.len()].clone(),
                found: values[i],
            });
        }
        Ok(Self {
            signal_names: names,
            signals: values,
            ..self
        })
    }

    /// Copies the given rows, signals and tradability included.
    ///
    /// # Errors
    /// [`PanelError::Slice`] for a range that is empty or ends beyond the panel.
    pub fn slice(&self, rows: Range<usize>) -> Result<Self, PanelError> {
        if rows.is_empty() || rows.end > self.n_bars() {
            return Err(PanelError::Slice {
                found: rows,
                n_bars: self.n_bars(),
            });
        }
        let (n, n_signals) = (self.n_assets(), self.signal_names.len());
        Ok(Self {
            symbols: self.symbols.clone(),
            timestamps: self.timestamps[rows.clone()].to_vec(),
            bars: self.bars[rows.start * n..rows.end * n].to_vec(),
            bar_length: self.bar_length,
            signal_names: self.signal_names.clone(),
            signals: self.signals[rows.start * n_signals..rows.end * n_signals].to_vec(),
            tradable: Vec::new(),
        }
        .with_flags_of(self, rows))
    }

    /// Takes the tradability of the given rows of another panel.
    fn with_flags_of(mut self, other: &Self, rows: Range<usize>) -> Self {
        let flags = self.n_assets() * rows.start..self.n_assets() * rows.end;
        let flags = other.tradable.get(flags).unwrap_or_default();
        if flags.contains(&false) {
            self.tradable = flags.to_vec();
        }
        self
    }

    /// Copies the panel, signals and tradability included, with other bars.
    ///
    /// # Errors
    /// [`PanelError::Shape`] for a wrong number of bars, [`PanelError::Bar`] for an invalid bar.
    pub(crate) fn with_bars(&self, bars: Vec<Bar>) -> Result<Self, PanelError> {
        let (symbols, timestamps) = (self.symbols.clone(), self.timestamps.clone());
        Ok(Self {
            signal_names: self.signal_names.clone(),
            signals: self.signals.clone(),
            tradable: self.tradable.clone(),
            ..Self::new(symbols, timestamps, bars, self.bar_length)?
        })
    }

    /// Symbols of the assets.
    #[must_use]
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// Number of assets.
    #[must_use]
    pub fn n_assets(&self) -> usize {
        self.symbols.len()
    }

    /// Number of bars (rows).
    #[must_use]
    pub fn n_bars(&self) -> usize {
        self.timestamps.len()
    }

    /// Bar ends, UTC.
    #[must_use]
    pub fn timestamps(&self) -> &[DateTime<Utc>] {
        &self.timestamps
    }

    /// All bars, row-major `[n_bars, n_assets]`.
    #[inline]
    pub(crate) fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// Bars of row `t`, `[n_assets]`.
    ///
    /// # Panics
    /// When `t` is not below [`Panel::n_bars`].
    #[must_use]
    #[inline]
    pub fn row(&self, t: usize) -> &[Bar] {
        &self.bars[t * self.symbols.len()..(t + 1) * self.symbols.len()]
    }

    /// Returns true if asset `asset` could be traded during bar `t`.
    ///
    /// ```
    /// # use chrono::{DateTime, TimeDelta};
    /// # use shockproof::market::{Bar, Panel};
    /// # let bar = Bar { open: 2.0, high: 4.0, low: 1.0, close: 3.0, volume: 10.0 };
    /// # let day = |day| DateTime::UNIX_EPOCH + TimeDelta::days(day);
    /// # let ends = vec![day(1), day(2)];
    /// # let panel = Panel::new(vec!["ABC".to_owned()], ends, vec![bar; 2], TimeDelta::days(1))?;
    /// let halted = panel.with_tradable(vec![true, false])?;
    /// assert!(halted.is_tradable(0, 0) && !halted.is_tradable(1, 0));
    /// # Ok::<(), shockproof::market::PanelError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn is_tradable(&self, t: usize, asset: usize) -> bool {
        let flag = self.tradable.get(t * self.symbols.len() + asset);
        flag.is_none_or(|&is_tradable| is_tradable)
    }

    /// Returns true if every bar could be traded.
    #[must_use]
    pub const fn is_always_tradable(&self) -> bool {
        self.tradable.is_empty()
    }

    /// Names of the signals; empty if the panel has none.
    #[must_use]
    pub fn signal_names(&self) -> &[String] {
        &self.signal_names
    }

    /// Signals known at the end of bar `t`, `[n_signals]`.
    ///
    /// # Panics
    /// When there are signals and `t` is not below [`Panel::n_bars`].
    #[must_use]
    #[inline]
    pub fn signals(&self, t: usize) -> &[f64] {
        let n = self.signal_names.len();
        &self.signals[t * n..(t + 1) * n]
    }

    /// End of bar `t` and the signals known then.
    ///
    /// # Panics
    /// When `t` is not below [`Panel::n_bars`].
    #[must_use]
    #[inline]
    pub fn moment(&self, t: usize) -> Moment<'_> {
        Moment {
            end: self.timestamps[t],
            signals: self.signals(t),
        }
    }

    /// Bars of the asset with index `asset`, oldest first; empty for an index out of range.
    #[must_use]
    pub fn asset(&self, asset: usize) -> impl ExactSizeIterator<Item = &Bar> {
        let start = if asset < self.n_assets() {
            asset
        } else {
            self.bars.len()
        };
        self.bars[start..].iter().step_by(self.n_assets())
    }

    /// Nominal bar length.
    #[must_use]
    pub const fn bar_length(&self) -> TimeDelta {
        self.bar_length
    }
}

/// Refuses a symbol that is empty or given twice.
pub(crate) fn check_symbols(symbols: &[String]) -> Result<(), PanelError> {
    invalid_name(symbols).map_or(Ok(()), |asset| {
        Err(PanelError::Symbol {
            asset,
            found: symbols[asset].clone(),
        })
    })
}

/// Index of the first name that is empty or given twice.
fn invalid_name(names: &[String]) -> Option<usize> {
    let mut taken = BTreeSet::new();
    names
        .iter()
        .position(|name| name.is_empty() || !taken.insert(name))
}

fn check_bars(
    symbols: &[String],
    timestamps: &[DateTime<Utc>],
    bars: &[Bar],
) -> Result<(), PanelError> {
    for (i, bar) in bars.iter().enumerate() {
        bar.check().map_err(|error| PanelError::Bar {
            row: i / symbols.len(),
            symbol: symbols[i % symbols.len()].clone(),
            timestamp: timestamps[i / symbols.len()],
            error,
        })?;
    }
    Ok(())
}

fn check_order(timestamps: &[DateTime<Utc>]) -> Result<(), PanelError> {
    let unsorted = timestamps.windows(2).position(|pair| pair[1] <= pair[0]);
    unsorted.map_or(Ok(()), |i| {
        Err(PanelError::Order {
            row: i + 1,
            found: timestamps[i + 1],
            previous: timestamps[i],
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(price: f64) -> Bar {
        Bar {
            open: price,
            high: price * 1.1,
            low: price * 0.9,
            close: price,
            volume: 1.0,
        }
    }

    fn days(n: i64) -> Vec<DateTime<Utc>> {
        (0..n)
            .map(|day| DateTime::UNIX_EPOCH + TimeDelta::days(day))
            .collect()
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn panel() -> Panel {
        let bars = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0].map(bar).to_vec();
        Panel::new(names(&["A", "B"]), days(3), bars, TimeDelta::days(1)).unwrap()
    }

    #[test]
    fn rows_and_assets_are_two_views_of_the_same_bars() {
        let panel = panel();
        assert_eq!((panel.n_bars(), panel.n_assets()), (3, 2));
        for asset in 0..2 {
            assert_eq!(panel.asset(asset).len(), 3);
            for (t, bar) in panel.asset(asset).enumerate() {
                assert_eq!(bar, &panel.row(t)[asset]);
            }
        }
        assert_eq!(panel.asset(2).len(), 0);
    }

    #[test]
    fn slice_keeps_the_given_rows() {
        let (panel, slice) = (panel(), panel().slice(1..3).unwrap());
        assert_eq!(slice.timestamps(), &panel.timestamps()[1..]);
        assert_eq!((slice.row(0), slice.row(1)), (panel.row(1), panel.row(2)));
        assert_eq!(panel.slice(0..3), Ok(panel.clone()));
        for found in [1..1, 2..4] {
            let error = panel.slice(found.clone()).unwrap_err();
            assert_eq!(error, PanelError::Slice { found, n_bars: 3 });
        }
    }

    #[test]
    fn tradability_follows_the_rows_of_the_bars() {
        let flags = vec![true, true, false, true, true, false];
        let halted = panel().with_tradable(flags.clone()).unwrap();
        for (k, expected) in flags.into_iter().enumerate() {
            assert_eq!(halted.is_tradable(k / 2, k % 2), expected);
            assert!(panel().is_tradable(k / 2, k % 2));
        }
        let slice = halted.slice(1..3).unwrap();
        assert!(!slice.is_tradable(0, 0) && slice.is_tradable(0, 1) && !slice.is_tradable(1, 1));
        assert_eq!(halted.slice(0..1), panel().slice(0..1));
        assert_eq!(halted.with_bars(halted.bars().to_vec()), Ok(halted.clone()));
        // All flags true is the panel without flags.
        assert_eq!(halted.with_tradable(vec![true; 6]), Ok(panel()));
        let error = panel()
            .with_tradable(vec![true; 5])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("found 5 flags, expected 2 symbols x 3 bars"),
            "{error}"
        );
    }

    #[test]
    fn signals_follow_the_rows_of_the_bars() {
        let plain = panel();
        assert_eq!(plain.signal_names(), [""; 0]);
        assert_eq!(plain.moment(2), plain.timestamps()[2].into());
        let values = [0.1, -1.0, 0.2, -2.0, 0.3, -3.0];
        let panel = panel()
            .with_signals(names(&["up", "down"]), values.to_vec())
            .unwrap();
        assert_eq!(panel.signal_names(), ["up", "down"]);
        for t in 0..3 {
            assert_eq!(panel.signals(t), &values[2 * t..2 * t + 2]);
            let Moment { end, signals } = panel.moment(t);
            assert_eq!((end, signals), (plain.timestamps()[t], panel.signals(t)));
            assert_eq!(panel.row(t), plain.row(t));
        }
        let slice = panel.slice(1..3).unwrap();
        assert_eq!(slice.signal_names(), panel.signal_names());
        assert_eq!(slice.moment(1), panel.moment(2));
        // New signals replace the old ones.
        assert_eq!(panel.with_signals(Vec::new(), Vec::new()), Ok(plain));
    }

    #[test]
    fn invalid_signals_are_refused_by_name() {
        let build = |signals: &[&str], values: &[f64]| {
            let found = panel().with_signals(names(signals), values.to_vec());
            found.unwrap_err().to_string()
        };
        assert!(build(&["a"], &[0.0; 6]).contains("found 6 values, expected 1 signals x 3 bars"));
        assert!(build(&["a", "a"], &[0.0; 6]).contains("signal 1: found the name \"a\""));
        assert!(build(&["a", ""], &[0.0; 6]).contains("signal 1: found the name \"\""));
        for found in [f64::NAN, f64::INFINITY] {
            let message = build(&["a", "b"], &[0.0, 0.0, 0.0, found, 0.0, 0.0]);
            let place = format!("row 1 (ends 1970-01-02 00:00:00 UTC), signal b: found {found}");
            assert!(message.contains(&place), "{message}");
        }
    }

    #[test]
    fn violated_invariants_are_refused_by_name() {
        let day = TimeDelta::days(1);
        let build = |symbols: &[&str], timestamps, bars: Vec<Bar>, length| {
            Panel::new(names(symbols), timestamps, bars, length)
                .unwrap_err()
                .to_string()
        };
        let two = || vec![bar(1.0), bar(2.0)];
        assert!(build(&["A"], days(3), two(), day).contains("found 2 bars"));
        assert!(build(&[], days(0), vec![], day).contains("none of them zero"));
        assert!(build(&["A", "A"], days(1), two(), day).contains("asset 1: found symbol \"A\""));
        assert!(build(&["A", ""], days(1), two(), day).contains("asset 1: found symbol \"\""));
        assert!(build(&["A"], days(2), two(), TimeDelta::zero()).contains("bar length"));
        let same = vec![DateTime::UNIX_EPOCH; 2];
        assert!(build(&["A"], same, two(), day).contains("row 1: found a bar ending 1970-01-01"));
        let backwards = days(2).into_iter().rev().collect();
        assert!(build(&["A"], backwards, two(), day).contains("expected one after 1970-01-02"));
        let broken = Bar {
            high: 0.5,
            ..bar(2.0)
        };
        let message = build(&["A", "B"], days(1), vec![bar(1.0), broken], day);
        assert!(
            message.contains("row 0 (ends 1970-01-01 00:00:00 UTC), B: high: found 0.5"),
            "{message}"
        );
    }
}
