//! Errors of a trading environment.

use super::reward::RewardError;
use crate::{
    env::ShockKind,
    features::FeatureError,
    market::{AllocationError, CostError, OutOfBounds},
};

/// Invalid rules, rows or data of a trading environment.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A number outside its range.
    #[error(transparent)]
    Bounds(#[from] OutOfBounds),
    /// A ruin fraction outside (0, 1).
    #[error("ruin_fraction: found {found}, expected a number in (0, 1), e.g. 0.1")]
    RuinFraction {
        /// Rejected ruin fraction.
        found: f64,
    },
    /// A horizon of 0 steps.
    #[error("horizon: found 0, expected at least 1 step, or leave it out to play all rows")]
    Horizon,
    /// Invalid costs.
    #[error(transparent)]
    Costs(#[from] CostError),
    /// An invalid allocation.
    #[error(transparent)]
    Allocation(#[from] AllocationError),
    /// An invalid reward.
    #[error(transparent)]
    Reward(#[from] RewardError),
    /// Shocks of kind `Drift` on historical bars.
    #[error(
        "shocks.kind: found Drift, expected Print or Jump; a historical bar has no path to drift \
         along"
    )]
    Drift,
    /// Kept prints of shocks that are no prints.
    #[error(
        "shocks.print_ending: found Kept with kind {kind:?}, expected Corrected; only a Print has \
         an ending, leave print_ending out"
    )]
    PrintEnding {
        /// Kind of the shocks.
        kind: ShockKind,
    },
    /// Invalid features.
    #[error(transparent)]
    Features(#[from] FeatureError),
    /// A market prepared for other features.
    #[error(
        "features: the market was prepared with another feature list than this environment's; \
         build the market from the same env file"
    )]
    ForeignMarket,
    /// Rows outside the panel.
    #[error("rows {from}..{to}: found beyond the panel, expected within 0..{n_bars}")]
    Rows {
        /// First row.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Number of rows in the panel.
        n_bars: usize,
    },
    /// Too few rows for one episode.
    #[error(
        "rows {from}..{to}: found {found} decision steps after the warm-up of {warm_up} bars, \
         expected at least {expected}; take a longer span, an earlier start, a shorter horizon or \
         shorter feature windows"
    )]
    TooShort {
        /// First row.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Decision steps in the rows after the warm-up.
        found: usize,
        /// Decision steps required.
        expected: usize,
        /// Bars before the first decision.
        warm_up: usize,
    },
    /// Impact costs on a bar without volume.
    #[error(
        "costs.impact_coefficient: {symbol} has no volume in row {row} ({timestamp}), expected \
         volume > 0 wherever a trade can be filled; set impact_coefficient to 0 or leave that row \
         out"
    )]
    Volume {
        /// Symbol of the asset.
        symbol: String,
        /// Index of the row.
        row: usize,
        /// End of the bar in that row.
        timestamp: String,
    },
    /// A feature that is not finite.
    #[error("feature {field}: found {found} in row {row}, expected a finite number")]
    Feature {
        /// Name of the field.
        field: String,
        /// Index of the row.
        row: usize,
        /// Rejected value of the feature.
        found: f32,
    },
}
