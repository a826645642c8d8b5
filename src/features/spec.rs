//! Which features, as written in an env file.

use super::FeatureError;
use serde::{Deserialize, Serialize};

/// One feature. Per-asset features yield `n_assets` blocks of values, others yield market-wide values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub enum FeatureSpec {
    /// The last `window` log returns of each asset, each divided by the EWMA volatility known *before* the newest bar.
    ScaledReturns {
        /// Number of returns, newest first.
        window: usize,
        /// Half-life of the EWMA variance. Unit: bars.
        half_life: f64,
    },
    /// Log of the EWMA volatility of log returns, newest bar included.
    EwmaVolatility {
        /// Half-life. Unit: bars.
        half_life: f64,
    },
    /// Wilder's relative strength index, mapped to [-1, 1].
    Rsi {
        /// Period. Unit: bars.
        period: usize,
    },
    /// MACD histogram divided by the close.
    Macd {
        /// Fast period. Unit: bars.
        fast: usize,
        /// Slow period. Unit: bars.
        slow: usize,
        /// Signal period. Unit: bars.
        signal: usize,
    },
    /// Wilder's average true range divided by the close.
    AverageTrueRange {
        /// Period. Unit: bars.
        period: usize,
    },
    /// z-score of the log close within the last `window` closes.
    ZScore {
        /// Window. Unit: bars.
        window: usize,
    },
    /// Log return over `window` bars minus the cross-sectional mean (needs at least two assets).
    CrossSection {
        /// Window. Unit: bars.
        window: usize,
    },
    /// Sine and cosine of the position of the bar's end in its cycle; never shockable.
    Calendar(Cycle),
}

/// A calendar cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cycle {
    /// Hour of the day.
    Day,
    /// Day (and hour) of the week.
    Week,
    /// Day of the year.
    Year,
}

/// Longest window or period: a guard against typing errors. Unit: bars.
const MAX_BARS: usize = 10_000;

impl FeatureSpec {
    /// Refuses parameters that cannot be. `index` is the position in the user's list.
    pub(super) fn check(&self, index: usize, n_assets: usize) -> Result<(), FeatureError> {
        let feature = self.name();
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

    const fn name(&self) -> &'static str {
        match self {
            Self::ScaledReturns { .. } => "ScaledReturns",
            Self::EwmaVolatility { .. } => "EwmaVolatility",
            Self::Rsi { .. } => "Rsi",
            Self::Macd { .. } => "Macd",
            Self::AverageTrueRange { .. } => "AverageTrueRange",
            Self::ZScore { .. } => "ZScore",
            Self::CrossSection { .. } => "CrossSection",
            Self::Calendar(_) => "Calendar",
        }
    }
}

/// See [`MAX_BARS`].
const MAX_HALF_LIFE: f64 = 10_000.0;
