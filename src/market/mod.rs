//! Prices, costs and the only accounting.

mod allocation;
mod bar;
mod panel;

pub use allocation::Allocation;
pub use bar::{Bar, BarError};
pub use panel::{Panel, PanelError};
