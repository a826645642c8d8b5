//! Prices, costs and accounting.
//!
//! | file | content |
//! |---|---|
//! | `bar`, `panel`, `panel_error` | [`Bar`] of one asset, [`Panel`] of several |
//! | `bar_times` | bars of one file with their open and end instants |
//! | `columns`, `moment` | names of assets and signals; signals known at the end of a bar |
//! | `spans` | [`Spans`] of training, validation and test |
//! | `resample` | [`Resampler`]: from short bars to longer bars |
//! | `costs` | [`Costs`], [`CostTerm`]: the costs of trading and holding |
//! | `portfolio` | [`Portfolio`]: the only accounting |
//! | `allocation` | [`Allocation`]: from an action to target weights |
//! | `order_rules` | [`OrderRules`]: band, lots, ticks, participation, margin |
//! | `bounds`, `instant`, `per_asset` | parameter ranges, nanoseconds, one value per asset |

mod allocation;
mod bar;
#[cfg(feature = "cli")]
mod bar_times;
mod bounds;
mod columns;
mod costs;
pub(crate) mod instant;
mod moment;
mod order_rules;
mod panel;
mod panel_error;
mod per_asset;
mod portfolio;
mod resample;
mod spans;

pub use allocation::{Allocation, AllocationError, Decoded, GrossBound};
pub use bar::{Bar, BarError};
#[cfg(feature = "cli")]
pub(crate) use bar_times::{BarPrices, BarTimes};
pub use bounds::OutOfBounds;
pub(crate) use bounds::{Bound, check as check_bounds};
pub use columns::Columns;
pub use costs::{
    Charge, CostError, CostTerm, CostTerms, Costs, Each, Funding, Holding, Quote, Trade,
    TransientImpact,
};
pub use moment::Moment;
pub use order_rules::{OrderRules, OrderRulesError, Unfilled};
pub use panel::Panel;
pub(crate) use panel::check_symbols;
pub use panel_error::PanelError;
pub(crate) use per_asset::{PerAsset, each_asset};
pub use portfolio::{Fill, Portfolio};
pub use resample::{ResampleError, Resampled, Resampler};
pub use spans::{DateSpan, PanelSpans, SpanError, SpanName, SpanRows, Spans};
