//! Prices, costs and the only accounting.

mod allocation;
pub mod audit;
mod bar;
#[cfg(feature = "data")]
pub mod ingest;
mod panel;
mod spans;

pub use allocation::Allocation;
pub use bar::{Bar, BarError};
pub use panel::{Panel, PanelError};
pub use spans::{DateSpan, PanelSpans, SpanError, SpanName, SpanRows, Spans};
