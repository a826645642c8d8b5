//! Errors of a trading environment.

use super::reward::RewardError;
use crate::{
    env::ShockKind,
    features::FeatureError,
    market::{AllocationError, CostError, OrderRulesError, OutOfBounds},
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
    /// Invalid rules of orders.
    #[error(transparent)]
    Orders(#[from] OrderRulesError),
    /// A tick above the lowest price of its asset.
    #[error(
        "orders.ticks: found {found} for {symbol}, expected at most its lowest price {lowest}, at \
         which a sale would earn nothing"
    )]
    Tick {
        /// Symbol of the asset.
        symbol: String,
        /// Rejected tick.
        found: f64,
        /// Lowest price in the rows.
        lowest: f64,
    },
    /// A bound on leverage that no action reaches.
    #[error(
        "allocation.max_gross: found {found}, but the weights of {n_assets} asset(s) sum to at \
         most {most}, so the bound would never bind; lower it, or admit larger weights, e.g. \
         Weights(low: {}, high: {}, max_gross: {found})",
        -found,
        found
    )]
    GrossNeverBinds {
        /// Rejected bound.
        found: f64,
        /// Number of assets.
        n_assets: usize,
        /// Largest sum of absolute weights.
        most: f64,
    },
    /// An invalid reward.
    #[error(transparent)]
    Reward(#[from] RewardError),
    /// Shocks of kind `Drift` on historical bars.
    #[error(
        "shocks.kind: found Drift, expected Print or Jump; a historical bar has no path to drift \
         along"
    )]
    Drift,
    /// Kept prints with shocks that are not prints.
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
        /// Number of decision steps in the rows after the warm-up.
        found: usize,
        /// Required number of decision steps.
        expected: usize,
        /// Number of bars before the first decision.
        warm_up: usize,
    },
    /// An asset that no order can trade.
    #[error(
        "{symbol}: found no bar in rows {from}..{to} in which an order can be filled, expected at \
         least one; {reason}, or leave the asset out"
    )]
    NeverTradable {
        /// Symbol of the asset.
        symbol: String,
        /// First row in which an order could be filled.
        from: usize,
        /// One past the last row.
        to: usize,
        /// Reason why no bar can be traded, and the remedy.
        reason: &'static str,
    },
    /// A smallest order that the initial cash can never pay for.
    #[error(
        "orders.{field}: found orders of at least {found}, expected at most {most}, which is \
         allocation.max_gross times initial_cash; lower it or raise initial_cash"
    )]
    NeverAffordable {
        /// Name of the rule.
        field: &'static str,
        /// Value of the smallest order. Unit: currency.
        found: f64,
        /// Largest value of the positions at the start. Unit: currency.
        most: f64,
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
