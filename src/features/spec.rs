//! Specs of features, as written in env files and policy headers.

use super::{Feature, FeatureError, OwnFeature};
use crate::{
    market::Columns,
    own::{Own, OwnError, Parameters, Shelf},
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One feature of a list. Per-asset features yield one block of values per asset; calendar and
/// signals yield market-wide values.
///
/// Notation: C, H, L close, high and low of bar t; `r_t = ln(C_t / C_{t−1})`; z the log-price shock
/// of the newest close (see [`super::print_bar`]); EMA and Wilder's mean start from the simple mean
/// of their first n values. The warm-up counts bars committed before the newest bar. *floor* = 1e-5
/// (0.1 bp per bar) acts only on stale prices, where it keeps values finite and continuous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum FeatureSpec {
    /// Last `window` log returns of each asset. Pick it where the size of moves matters, or to keep
    /// the inputs of a model fitted elsewhere.
    ///
    /// `x_k = r_{t−k}`, k = 0..window; a shock moves `x_0` alone: `∂x_0/∂z = 1`. Unit: log return.
    /// Warm-up: k + 1.
    LogReturns {
        /// Number of returns, newest first. Range: 1..=10000. Try first: 5.
        window: usize,
    },
    /// Last `window` log returns of each asset, divided by the volatility known *before* the newest
    /// bar. Pick it first: it makes assets, and calm and turbulent times, comparable.
    ///
    /// `x_k = r_{t−k} / σ_{t−1}`, k = 0..window, `σ_{t−1} = max(√v_{t−1}, floor)`, `v_t = Σ_k λ^k
    /// r²_{t−k} / Σ_k λ^k` over the returns seen so far, λ = 2^(−1/half-life) (`RiskMetrics`
    /// Technical Document, 1996, §5.2, weights normalized). A shock moves `x_0` alone, and
    /// linearly: `∂x_0/∂z = 1/σ_{t−1}`. Unit: sigma. Warm-up: max(window, ⌈3 half-lives⌉ + 1);
    /// older returns would have at most an eighth of the variance's weight.
    ScaledReturns {
        /// Number of returns, newest first. Range: 1..=10000. Try first: 5.
        window: usize,
        /// Half-life of the EWMA variance. Unit: bars. Range: (0, 10000]. Try first: 20.
        half_life: f64,
    },
    /// Sample standard deviation of the last `window` log returns, newest bar included. Pick it
    /// where the volatility must forget a jump after a known number of bars.
    ///
    /// `x = max(s, floor)`, `s² = Σ_k (r_{t−k} − r̄)² / (n − 1)`, k = 0..n, n = window; `∂x/∂z =
    /// (r_t − r̄) / ((n − 1) x)` (0 on the floor). Unit: volatility per bar. Warm-up: window.
    RollingVolatility {
        /// Number of returns. Range: 2..=10000. Try first: 20.
        window: usize,
    },
    /// Log of the EWMA volatility of log returns, newest bar included. Pick it as a network's
    /// volatility input, because the log is closer to normal.
    ///
    /// `x = ½ ln max(v_t, floor²)`, v as in [`FeatureSpec::ScaledReturns`]; `∂x/∂z = w_t r_t /
    /// v_t`, w the newest weight (0 on the floor). Unit: log of volatility per bar. Warm-up: ⌈3
    /// half-lives⌉.
    EwmaVolatility {
        /// Half-life of the EWMA variance. Unit: bars. Range: (0, 10000]. Try first: 20.
        half_life: f64,
    },
    /// Wilder's relative strength index, mapped to [-1, 1]: RSI/50 − 1. Pick it for a bounded
    /// measure of how one-sided recent moves were.
    ///
    /// `x = (G − L) / max(G + L, floor · C_t)`, G and L Wilder's means (α = 1/period) of `max(C_t −
    /// C_{t−1}, 0)` and `max(C_{t−1} − C_t, 0)` (Wilder, *New Concepts in Technical Trading
    /// Systems*, 1978). Kink where the close is unchanged: the change counts as a gain, so the
    /// derivative is the right-hand one. Unit: 1. Warm-up: period.
    Rsi {
        /// Period of Wilder's means. Unit: bars. Range: 1..=10000. Try first: 14.
        period: usize,
    },
    /// MACD histogram divided by the close. Pick it to show that a trend gains or loses speed.
    ///
    /// `x = (M_t − EMA_signal(M)_t) / C_t`, `M = EMA_fast(C) − EMA_slow(C)`, α = 2/(n + 1); the
    /// signal line starts when the slow average is seeded (Appel 1979; lookback of TA-Lib; TA-Lib
    /// aligns the fast seed with the slow one, here each average is seeded with its own first n
    /// closes). Unit: fraction of close. Warm-up: slow + signal − 2.
    Macd {
        /// Period of the fast average. Unit: bars. Range: 1..slow. Try first: 12.
        fast: usize,
        /// Period of the slow average. Unit: bars. Range: ..=10000. Try first: 26.
        slow: usize,
        /// Period of the signal line; 1 would always give 0. Unit: bars. Range: 2..=10000. Try
        /// first: 9.
        signal: usize,
    },
    /// Wilder's average true range divided by the close. Pick it where ranges and gaps of bars
    /// matter.
    ///
    /// `x = ATR_t / C_t`, ATR Wilder's mean (α = 1/period) of the true range `max(H_t, C_{t−1}) −
    /// min(L_t, C_{t−1})` (Wilder 1978). Kinks: where the previous close equals the high (or low),
    /// the range takes the previous close, which no shock moves; where the shocked close equals the
    /// clean high (or low), see [`super::print_bar`]. Unit: fraction of close. Warm-up: period.
    AverageTrueRange {
        /// Period of Wilder's mean. Unit: bars. Range: 1..=10000. Try first: 14.
        period: usize,
    },
    /// z-score of the log close within the last `window` closes. Pick it to trade mean reversion.
    ///
    /// `x = (y_t − ȳ) / max(s, floor)`, y = ln C, mean ȳ and population standard deviation s over
    /// the last n = window closes, the newest included; |x| ≤ √(n − 1). Unit: standard deviations.
    /// Warm-up: window − 1.
    ZScore {
        /// Number of closes. Range: 3..=10000. Try first: 20.
        window: usize,
    },
    /// Log return over `window` bars minus the cross-sectional mean. Pick it to trade assets
    /// against each other; the market needs at least two assets.
    ///
    /// `x_i = R_i − (1/n) Σ_j R_j`, `R = ln(C_t / C_{t−window})`; `∂x_i/∂z_j = δ_ij − 1/n`. Unit:
    /// log return. Warm-up: window.
    CrossSection {
        /// Length of the return. Unit: bars. Range: 1..=10000. Try first: 20.
        window: usize,
    },
    /// Sine and cosine of 2π times the position of the bar's end (UTC) in its cycle. Pick it where
    /// prices depend on the hour, weekday or season.
    ///
    /// No shock moves it: `∂x/∂z = 0`. Unit: 1. Warm-up: 0.
    Calendar(Cycle),
    /// All signals of the market, in the market's order ([`crate::market::Panel::with_signals`]).
    /// Pick it to give a policy all data besides prices that is known at the bar's end.
    ///
    /// `x_i = s_i(t)`; no shock moves it: `∂x/∂z = 0`. Refused for a market without signals. Unit:
    /// as given. Warm-up: 0.
    ///
    /// ```
    /// use shockproof::{features::{FeatureSpec, FeatureTable, Pipeline}, market::{Bar, Panel}};
    /// use chrono::{DateTime, TimeDelta};
    /// let day = TimeDelta::days(1);
    /// let bar = Bar { open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };
    /// let ends = vec![DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + day];
    /// let panel = Panel::new(vec!["X".into()], ends, vec![bar; 2], day)?;
    /// let names = vec!["carry".into(), "value".into()];
    /// let panel = panel.with_signals(names, vec![0.1, 7.0, 0.2, 8.0])?;
    /// let pipeline = Pipeline::new(&[FeatureSpec::Signals], &panel)?;
    /// assert_eq!(pipeline.fields()[1].name, "signal.value");
    /// assert_eq!(FeatureTable::new(&pipeline, &panel)?.row(1), [0.2, 8.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Signals,
    /// One signal of the market, by name; otherwise as [`FeatureSpec::Signals`]. Pick it where only
    /// some of the signals matter.
    Signal(String),
    /// A per-asset feature from outside the crate, by its registered name and its parameters. Pick
    /// it where no built-in feature computes the value that you need.
    Own(Own<dyn OwnFeature>),
}

/// Calendar cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Cycle {
    /// Time since midnight. Pick it for bars shorter than a day; it is constant on daily bars.
    Day,
    /// Time since Monday 00:00. Pick it for effects of the weekday.
    Week,
    /// Time since January 1st 00:00, over 365 or 366 days. Pick it for seasons.
    Year,
}

/// Longest window, period or half-life: a guard against typing errors. Unit: bars.
const MAX_BARS: u16 = 10_000;

impl FeatureSpec {
    /// A feature from outside the crate, with the name and parameters that files keep.
    pub fn own(
        name: &str,
        parameters: impl Into<Parameters>,
        feature: impl Feature + 'static,
    ) -> Self {
        Self::Own(Own::new(name, parameters, Arc::new(feature)))
    }

    /// Makes an own feature with its maker on the shelf, unless the feature exists already.
    ///
    /// # Errors
    /// [`OwnError::Unknown`] for a name that is not on the shelf, or the error of the maker.
    pub fn resolve(&mut self, parts: &Shelf<dyn OwnFeature>) -> Result<(), OwnError> {
        match self {
            Self::Own(own) => own.resolve(parts),
            _ => Ok(()),
        }
    }

    /// Checks the parameters. `index` is the position in the user's list.
    pub(super) fn check(&self, index: usize, columns: Columns<'_>) -> Result<(), FeatureError> {
        let refuse = |parameter, found: String, expected: String| FeatureError::Parameter {
            index,
            feature: self.name(),
            parameter,
            found,
            expected,
        };
        let missing = |found: String, expected: String| FeatureError::Signal {
            index,
            feature: self.name(),
            found,
            expected,
        };
        for (parameter, found, least) in self.counts_of_bars() {
            if !(least..=usize::from(MAX_BARS)).contains(&found) {
                let expected = format!("a whole number of bars in {least}..={MAX_BARS}");
                return Err(refuse(parameter, found.to_string(), expected));
            }
        }
        match self {
            Self::ScaledReturns { half_life, .. } | Self::EwmaVolatility { half_life }
                if !(*half_life > 0.0 && *half_life <= f64::from(MAX_BARS)) =>
            {
                let expected = format!("a number of bars in (0, {MAX_BARS}]");
                Err(refuse("half_life", half_life.to_string(), expected))
            }
            Self::CrossSection { .. } if columns.symbols.len() < 2 => {
                let expected = "at least two assets to compare; leave this feature out";
                let found = columns.symbols.len().to_string();
                Err(refuse("n_assets", found, expected.to_owned()))
            }
            Self::Signals | Self::Signal(_) if columns.signals.is_empty() => {
                let found = "a market without signals".to_owned();
                Err(missing(found, "one that yields them".to_owned()))
            }
            Self::Signal(name) if !columns.signals.contains(name) => {
                let expected = format!("one of the market's signals {:?}", columns.signals);
                Err(missing(format!("`{name}`"), expected))
            }
            _ => Ok(()),
        }
    }

    /// Parameters that count bars: name, value, least admissible value.
    fn counts_of_bars(&self) -> Vec<(&'static str, usize, usize)> {
        match *self {
            Self::LogReturns { window }
            | Self::ScaledReturns { window, .. }
            | Self::CrossSection { window } => vec![("window", window, 1)],
            Self::RollingVolatility { window } => vec![("window", window, 2)],
            Self::ZScore { window } => vec![("window", window, 3)],
            Self::Rsi { period } | Self::AverageTrueRange { period } => vec![("period", period, 1)],
            Self::Macd { fast, slow, signal } => vec![
                ("fast", fast, 1),
                ("slow", slow, fast.saturating_add(1)),
                ("signal", signal, 2),
            ],
            Self::EwmaVolatility { .. }
            | Self::Calendar(_)
            | Self::Signals
            | Self::Signal(_)
            | Self::Own(_) => Vec::new(),
        }
    }

    /// Name of the variant, as written in files.
    fn name(&self) -> String {
        let text = format!("{self:?}");
        let name = text.split([' ', '(']).next();
        name.unwrap_or_default().to_owned()
    }
}
