//! Prices, costs and the only accounting.

mod allocation;
pub mod audit;
mod bar;
mod costs;
mod each_asset;
#[cfg(feature = "data")]
pub mod ingest;
mod instant;
mod panel;
mod portfolio;
mod resample;
mod spans;

pub use allocation::{Allocation, AllocationError, Decoded, GrossBound};
pub use bar::{Bar, BarError};
pub use costs::{Charge, CostError, Costs, Quote};
pub(crate) use each_asset::each_asset;
pub use panel::{Panel, PanelError};
pub use portfolio::{Fill, Portfolio};
pub use resample::{ResampleError, Resampled, Resampler};
pub use spans::{DateSpan, PanelSpans, SpanError, SpanName, SpanRows, Spans};
