//! Which features, as written in an env file.

use super::FeatureError;
use crate::market::Columns;
use serde::{Deserialize, Serialize};

/// One feature. Per-asset features yield one block of values per asset, calendar and signals yield
/// market-wide values.
///
/// Notation: C, H, L close, high and low of bar t; `r_t = ln(C_t / C_{t−1})`; z the log-price shock
/// of the newest close (see [`super::print_bar`]); EMA and Wilder's mean are seeded by the simple
/// mean of their first n values. "Warm-up" counts the bars pushed before the one that is looked at.
/// *floor* = 1e-5 (0.1 bp per bar) only acts on prices that stand still, where it keeps values
/// finite and continuous.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum FeatureSpec {
    /// The last `window` log returns of each asset as they are.
    ///
    /// `x_k = r_{t−k}`, k = 0..window; a shock moves `x_0` alone: `∂x_0/∂z = 1`. Unit: log return.
    /// Warm-up: k + 1.
    LogReturns {
        /// Number of returns, newest first. Range: 1..=10000.
        window: usize,
    },
    /// The last `window` log returns of each asset, in units of the volatility known *before* the
    /// newest bar.
    ///
    /// `x_k = r_{t−k} / σ_{t−1}`, k = 0..window, `σ_{t−1} = max(√v_{t−1}, floor)`, `v_t = Σ_k λ^k
    /// r²_{t−k} / Σ_k λ^k` over the returns seen so far, λ = 2^(−1/half-life) (`RiskMetrics`
    /// Technical Document, 1996, §5.2, weights normalized). A shock moves `x_0` alone, and
    /// linearly: `∂x_0/∂z = 1/σ_{t−1}`. Unit: sigma. Warm-up: max(window, ⌈3 half-lives⌉ + 1), when
    /// at most an eighth of the variance's weight is unseen.
    ScaledReturns {
        /// Number of returns, newest first. Range: 1..=10000.
        window: usize,
        /// Half-life of the EWMA variance. Unit: bars. Range: (0, 10000].
        half_life: f64,
    },
    /// Sample standard deviation of the last `window` log returns, newest bar included.
    ///
    /// `x = max(s, floor)`, `s² = Σ_k (r_{t−k} − r̄)² / (n − 1)`, k = 0..n, n = window; `∂x/∂z =
    /// (r_t − r̄) / ((n − 1) x)` (0 on the floor). Unit: volatility per bar. Warm-up: window.
    RollingVolatility {
        /// Number of returns. Range: 2..=10000.
        window: usize,
    },
    /// Log of the EWMA volatility of log returns, newest bar included.
    ///
    /// `x = ½ ln max(v_t, floor²)`, v as in [`FeatureSpec::ScaledReturns`]; `∂x/∂z = w_t r_t /
    /// v_t`, w the newest weight (0 on the floor). Unit: log of volatility per bar. Warm-up: ⌈3
    /// half-lives⌉.
    EwmaVolatility {
        /// Half-life. Unit: bars. Range: (0, 10000].
        half_life: f64,
    },
    /// Wilder's relative strength index, mapped to [-1, 1]: RSI/50 − 1.
    ///
    /// `x = (G − L) / max(G + L, floor · C_t)`, G and L Wilder's means (α = 1/period) of `max(C_t −
    /// C_{t−1}, 0)` and `max(C_{t−1} − C_t, 0)` (Wilder, *New Concepts in Technical Trading
    /// Systems*, 1978). Kink where the close is unchanged: that counts as a gain of zero, so the
    /// derivative there is the right-hand one. Unit: 1. Warm-up: period.
    Rsi {
        /// Period. Unit: bars. Range: 1..=10000.
        period: usize,
    },
    /// MACD histogram divided by the close.
    ///
    /// `x = (M_t − EMA_signal(M)_t) / C_t`, `M = EMA_fast(C) − EMA_slow(C)`, α = 2/(n + 1); the
    /// signal line starts when the slow average is seeded (Appel 1979; lookback as TA-Lib, which
    /// aligns the fast seed with the slow one where we seed it with its own first n closes). Unit:
    /// fraction of close. Warm-up: slow + signal − 2.
    Macd {
        /// Fast period. Unit: bars. Range: 1..slow.
        fast: usize,
        /// Slow period. Unit: bars. Range: ..=10000.
        slow: usize,
        /// Signal period. Unit: bars. Range: 2..=10000 (1 would be zero always).
        signal: usize,
    },
    /// Wilder's average true range divided by the close.
    ///
    /// `x = ATR_t / C_t`, ATR Wilder's mean (α = 1/period) of the true range `max(H_t, C_{t−1}) −
    /// min(L_t, C_{t−1})` (Wilder 1978). Kinks: where the previous close equals the high (or low)
    /// the range follows the previous close, which no shock moves; where the shocked close equals
    /// the clean high (or low) see [`super::print_bar`]. Unit: fraction of close. Warm-up: period.
    AverageTrueRange {
        /// Period. Unit: bars. Range: 1..=10000.
        period: usize,
    },
    /// z-score of the log close within the last `window` closes.
    ///
    /// `x = (y_t − ȳ) / max(s, floor)`, y = ln C, mean ȳ and population standard deviation s over
    /// the last n = window closes, the newest included; |x| ≤ √(n − 1). Unit: standard deviations.
    /// Warm-up: window − 1.
    ZScore {
        /// Window. Unit: bars. Range: 3..=10000.
        window: usize,
    },
    /// Log return over `window` bars minus the cross-sectional mean (needs at least two assets).
    ///
    /// `x_i = R_i − (1/n) Σ_j R_j`, `R = ln(C_t / C_{t−window})`; `∂x_i/∂z_j = δ_ij − 1/n`. Unit:
    /// log return. Warm-up: window.
    CrossSection {
        /// Window. Unit: bars. Range: 1..=10000.
        window: usize,
    },
    /// Sine and cosine of 2π times the position of the bar's end (UTC) in its cycle; never
    /// shockable. Warm-up: 0.
    Calendar(Cycle),
    /// All signals of the market, in its order ([`crate::market::Panel::with_signals`]): what was
    /// known at the bar's end besides prices, as it is.
    ///
    /// ```
    /// use shockproof::{features::{FeatureSpec, FeatureTable, Pipeline}, market::{Bar, Panel}};
    /// use chrono::{DateTime, TimeDelta};
    /// let day = TimeDelta::days(1);
    /// let bar = Bar { open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 0.0 };
    /// let ends = vec![DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + day];
    /// let panel = Panel::new(vec!["X".into()], ends, vec![bar; 2], day)?;
    /// let panel = panel.with_signals(vec!["carry".into(), "value".into()], vec![0.1, 7.0, 0.2, 8.0])?;
    /// let pipeline = Pipeline::new(&[FeatureSpec::Signals], &panel)?;
    /// assert_eq!(pipeline.fields()[1].name, "signal.value");
    /// assert_eq!(FeatureTable::new(&pipeline, &panel)?.row(1), [0.2, 8.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// `x_i = s_i(t)`; no shock moves it: `∂x/∂z = 0`. Refused in a market without signals. Unit:
    /// as given. Warm-up: 0.
    Signals,
    /// One signal of the market, by its name; otherwise as [`FeatureSpec::Signals`].
    Signal(String),
}

/// A calendar cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cycle {
    /// Hour of the day: since midnight. Constant on daily bars.
    Day,
    /// Day (and hour) of the week: since Monday 00:00.
    Week,
    /// Day of the year: since January 1st 00:00, over 365 or 366 days.
    Year,
}

/// Longest window or period: a guard against typing errors. Unit: bars.
const MAX_BARS: usize = 10_000;

impl FeatureSpec {
    /// Refuses parameters that cannot be. `index` is the position in the user's list.
    pub(super) fn check(&self, index: usize, columns: Columns<'_>) -> Result<(), FeatureError> {
        let (feature, n_assets) = (self.name(), columns.symbols.len());
        let refuse = |parameter, found: String, expected| FeatureError::Parameter {
            index,
            feature: feature.into(),
            parameter,
            found,
            expected,
        };
        let bars = |parameter, found: usize, least: usize, expected| {
            ((least..=MAX_BARS).contains(&found))
                .then_some(())
                .ok_or_else(|| refuse(parameter, found.to_string(), expected))
        };
        let half_life = |found: f64| {
            (found > 0.0 && found <= MAX_HALF_LIFE)
                .then_some(())
                .ok_or_else(|| {
                    refuse(
                        "half_life",
                        found.to_string(),
                        "a number of bars in (0, 10000]",
                    )
                })
        };
        match *self {
            Self::Signals | Self::Signal(_) => self.check_signals(index, columns.signals),
            Self::LogReturns { window } => {
                bars("window", window, 1, "a whole number of bars in 1..=10000")
            }
            Self::RollingVolatility { window } => {
                bars("window", window, 2, "a whole number of bars in 2..=10000")
            }
            Self::ScaledReturns {
                window,
                half_life: found,
            } => {
                bars("window", window, 1, "a whole number of bars in 1..=10000")?;
                half_life(found)
            }
            Self::EwmaVolatility { half_life: found } => half_life(found),
            Self::Rsi { period } | Self::AverageTrueRange { period } => {
                bars("period", period, 1, "a whole number of bars in 1..=10000")
            }
            Self::Macd { fast, slow, signal } => {
                bars("fast", fast, 1, "a whole number of bars in 1..=10000")?;
                bars(
                    "slow",
                    slow,
                    fast + 1,
                    "a whole number of bars above `fast`, at most 10000",
                )?;
                bars("signal", signal, 2, "a whole number of bars in 2..=10000")
            }
            Self::ZScore { window } => {
                bars("window", window, 3, "a whole number of bars in 3..=10000")
            }
            Self::CrossSection { window } => {
                bars("window", window, 1, "a whole number of bars in 1..=10000")?;
                (n_assets >= 2).then_some(()).ok_or_else(|| {
                    refuse(
                        "n_assets",
                        n_assets.to_string(),
                        "at least two assets to compare; leave this feature out",
                    )
                })
            }
            Self::Calendar(_) => Ok(()),
        }
    }

    fn check_signals(&self, index: usize, names: &[String]) -> Result<(), FeatureError> {
        match self {
            Self::Signal(_) | Self::Signals if names.is_empty() => Err(FeatureError::NoSignals {
                index,
                feature: self.name().into(),
            }),
            Self::Signal(name) if !names.contains(name) => Err(FeatureError::UnknownSignal {
                index,
                found: name.clone(),
                expected: names.to_vec(),
            }),
            _ => Ok(()),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::LogReturns { .. } => "LogReturns",
            Self::ScaledReturns { .. } => "ScaledReturns",
            Self::RollingVolatility { .. } => "RollingVolatility",
            Self::EwmaVolatility { .. } => "EwmaVolatility",
            Self::Rsi { .. } => "Rsi",
            Self::Macd { .. } => "Macd",
            Self::AverageTrueRange { .. } => "AverageTrueRange",
            Self::ZScore { .. } => "ZScore",
            Self::CrossSection { .. } => "CrossSection",
            Self::Calendar(_) => "Calendar",
            Self::Signals => "Signals",
            Self::Signal(_) => "Signal",
        }
    }
}

/// See [`MAX_BARS`].
const MAX_HALF_LIFE: f64 = 10_000.0;
