//! Prices, costs and the only accounting.

mod allocation;
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
mod resample;
mod spans;

pub use allocation::{Allocation, AllocationError, Decoded, GrossBound};
pub use bar::{Bar, BarError};
pub use bounds::OutOfBounds;
pub(crate) use bounds::{Bound, check as check_bounds};
pub use columns::Columns;
pub use costs::{
    Charge, CostError, CostTerm, CostTerms, Costs, Fee, HalfSpread, Holding, Quote,
    SquareRootImpact, Trade,
};
pub(crate) use each_asset::each_asset;
pub use moment::Moment;
pub(crate) use panel::check_symbols;
pub use panel::{Panel, PanelError};
pub(crate) use per_asset::PerAsset;
pub use portfolio::{Fill, Portfolio};
pub use resample::{ResampleError, Resampled, Resampler};
pub use spans::{DateSpan, PanelSpans, SpanError, SpanName, SpanRows, Spans};
