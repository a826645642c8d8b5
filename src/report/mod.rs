//! Reports for readers, and files for other tools.

mod analysis;
mod crashes;
mod digest;
mod error;
mod html;
mod input;
mod parquet;
mod plot;
mod seeds;
mod table;
mod tensorboard;

pub use crashes::crash_table;
pub use error::ReportError;
pub use html::{render_html, write_html};
pub use input::{Fact, Method, PriceOrigin, ReportInput, Role, TrainingLog};
pub use parquet::{
    ledger_frame, metrics_frame, read_ledgers, read_metrics, write_ledgers, write_metrics,
    write_summaries,
};
pub use table::{metric_text, short_rows, terminal_table};
pub use tensorboard::EventWriter;

#[cfg(test)]
mod tests;
