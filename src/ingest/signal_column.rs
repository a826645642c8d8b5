//! Further columns of a price file that become signals.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A further column of a price file, read as a signal of the market.
///
/// A signal is a number known besides the bars, such as a funding rate, an open interest or a
/// vendor's score; [`crate::features::FeatureSpec::Signal`] shows it to a policy. No price shock
/// moves a signal. A column that the vendor computed from the prices therefore hides a shock from
/// the policy's observation; compute such a value with a feature instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub struct SignalColumn {
    /// Name of the column in the file's header, or the layout's name for a column of a file without
    /// a header. `shockproof check data` lists the columns that are not read.
    pub column: String,
    /// Name of the signal, which no other signal of the env may have.
    pub name: String,
    /// Moment at which the values are known.
    pub known: Known,
    /// Treatment of cells without a finite number. Default: `Refuse`.
    #[serde(default, skip_serializing_if = "MissingCells::is_refuse")]
    pub missing: MissingCells,
}

/// Moment at which the value in the row of a bar is known.
///
/// A decision at time D uses the newest value that is known at or before D. The bar of a daily file
/// with a session ends at the close of that session. If a file is resampled, each of its rows has a
/// moment of its own, counted from the end of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum Known {
    /// Known when the bar opens, such as a rate fixed in advance. It is first used at the close of
    /// the same bar, because the decision before that falls at the close of the previous bar.
    AtOpen,
    /// Known when the bar ends. It is first used at that close.
    AtClose,
    /// Known some time after the bar's end, such as a figure that is published later. It is first
    /// used at the first decision at or after that moment.
    After {
        /// Delay in bars of the file, as resampled and without inserted bars: 1 is the close of the
        /// next bar. Unit: bars. Range: [0, ∞). Default: 0. Try first: 1.
        #[serde(default, skip_serializing_if = "is_zero")]
        bars: u32,
        /// Further delay. Unit: seconds. Range: [0, ∞). Default: 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        seconds: u32,
    },
}

/// Treatment of cells without a finite number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
pub enum MissingCells {
    /// Refuses the file and names the first such cell.
    #[default]
    Refuse,
    /// Keeps the last known value and counts the cells. Choose it for values that are published
    /// less often than there are bars.
    Carry,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl MissingCells {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    fn is_refuse(&self) -> bool {
        *self == Self::Refuse
    }
}

impl Known {
    /// Delay after the end of a bar. Unit: bars, seconds.
    pub(super) const fn delay(self) -> (usize, u32) {
        match self {
            Self::AtOpen | Self::AtClose => (0, 0),
            Self::After { bars, seconds } => (bars as usize, seconds),
        }
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u32| if n == 1 { "" } else { "s" };
        match *self {
            Self::AtOpen => f.write_str("at the open"),
            Self::AtClose => f.write_str("at the close"),
            Self::After { bars, seconds: 0 } => {
                write!(f, "{bars} bar{} after the close", plural(bars))
            }
            Self::After { bars: 0, seconds } => write!(f, "{seconds} s after the close"),
            Self::After { bars, seconds } => {
                let plural = plural(bars);
                write!(f, "{bars} bar{plural} and {seconds} s after the close")
            }
        }
    }
}
