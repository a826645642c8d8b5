//! Prices, costs and the only accounting.

mod allocation;
mod allocation_block;
mod bar;
mod bounds;
mod columns;
mod costs;
mod each_asset;
pub(crate) mod instant;
mod moment;
mod panel;
mod per_asset;
mod portfolio;
mod portfolio_block;
mod resample;
mod spans;

pub use allocation::{Allocation, AllocationError, Decoded, GrossBound};
pub(crate) use allocation_block::{AllocationBlock, Verdict};
pub use bar::{Bar, BarError};
pub use bounds::OutOfBounds;
pub(crate) use bounds::{Bound, check as check_bounds};
pub use columns::Columns;
pub use costs::{Charge, CostError, Costs, Quote};
pub(crate) use costs::{CostModel, ProportionalCosts};
pub(crate) use each_asset::each_asset;
pub use moment::Moment;
pub(crate) use panel::check_symbols;
pub use panel::{Panel, PanelError};
pub(crate) use per_asset::PerAsset;
pub use portfolio::{Fill, Portfolio};
pub(crate) use portfolio_block::{BLOCK, Lanes, PortfolioBlock};
pub use resample::{ResampleError, Resampled, Resampler};
pub use spans::{DateSpan, PanelSpans, SpanError, SpanName, SpanRows, Spans};
