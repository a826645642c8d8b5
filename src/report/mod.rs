//! From records to something a person reads, and to files that other tools read.
//!
//! | file | what |
//! |---|---|
//! | `input` | what a report is made of: methods, ledgers, training logs, summary, provenance |
//! | `parquet` | ledgers and training logs as Parquet files, both ways |
//! | `tensorboard` | training logs as `TensorBoard` events, while training goes |
//! | `analysis` | questions answered by polars: returns per period, quartiles over seeds, the worst case over attacks |
//! | `table` | metrics for the terminal, as Markdown, as JSON |
//! | `crashes` | what replayed crashes cost, for the terminal |
//! | `digest`, `seeds` | what pictures, tables and findings share |
//! | `plot/` | pictures as SVG |
//! | `html/` | the page |

mod analysis;
mod crashes;
#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "counts of synthetic records")]
mod demo;
mod digest;
mod error;
mod file;
mod html;
mod input;
mod parquet;
mod plot;
mod seeds;
mod table;
mod tensorboard;

pub use analysis::{Period, PeriodReturn, SweepPoint, WORST, period_returns, sweep};
pub use crashes::crash_table;
pub use error::ReportError;
pub use html::{render_html, write_html};
pub use input::{Fact, Method, PriceOrigin, ReportInput, Role, TrainingLog};
pub use parquet::{
    ledger_frame, metrics_frame, read_ledgers, read_metrics, write_ledgers, write_metrics,
    write_summaries,
};
pub use table::{SHORT, markdown_table, metric_text, short_rows, summary_json, terminal_table};
pub use tensorboard::EventWriter;
