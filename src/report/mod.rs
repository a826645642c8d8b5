//! From records to something a person reads.

mod analysis;
#[cfg(test)]
mod demo;
mod error;
mod input;
mod parquet;
mod tensorboard;

pub use analysis::{Period, PeriodReturn, SweepPoint, WORST, period_returns, sweep};
pub use error::ReportError;
pub use input::{Fact, Method, NOMINAL, ReportInput, Role, Score, TrainingLog};
pub use parquet::{
    ledger_frame, metrics_frame, read_ledgers, read_metrics, write_ledgers, write_metrics,
};
pub use tensorboard::EventWriter;
