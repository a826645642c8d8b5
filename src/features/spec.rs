//! Which features, as written in an env file.

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
