//! Runs: from an experiment file to a run folder, and backtests of a run folder's policies.
//!
//! [`execute`]: check everything ([`Experiment::load`](crate::config::Experiment::load),
//! `PlannedFolder`, [`Prepared`]) → create the folder → train and judge every (method, seed) in
//! parallel → baselines → tables, report → manifest. Nothing is written before the input is known
//! to be right, files appear whole, and results do not depend on the number of threads.
//!
//! | file | holds |
//! |---|---|
//! | `execute` | the order above |
//! | `prepare` | environments of all spans, built once |
//! | `price_source`, `prices`, `audited`, `replays` | prices: drawn, read, audited, with crashes |
//! | `provenance` | origin of the prices; bars that a policy was trained on |
//! | `context`, `job`, `watcher` | the shared state of a run; one training; its live output |
//! | `judging`, `crashes`, `evaluation` | backtests; replayed crashes; summary of both |
//! | `comparison`, `comparison_table` | methods over seeds |
//! | `page` | `report.html` |
//! | `backtest`, `venue`, `supplied`, `chosen`, `policies` | backtests of trained policies |
//! | `init`, `further_columns` | drafts of a first experiment |
//! | `leak/` | `check leak`: training and judging where no price can be predicted |
//! | `folder`, `json`, `manifest`, `resolved` | the run folder and its records |
//! | `parallel`, `monitor`, `error` | threads, [`Monitor`], [`RunError`] |
//!
//! A run folder: `config.ron`, `env.ron` (resolved; `shockproof run` takes them again),
//! `metrics.parquet`, `backtest/` (`ledger.parquet`, `summary.json`; the test span), `validation/`
//! (likewise, attacks at the training budget only), `report.html`, `manifest.json` (written last).
//! With several methods or seeds each training has its own `<method>/seed-<n>/` with
//! `policy.safetensors`, `checkpoints/`, `TensorBoard` events, `metrics.parquet` and `backtest/`; a
//! single training keeps them in the run folder itself.

mod audited;
mod backtest;
mod chosen;
mod comparison;
mod comparison_table;
mod context;
mod crashes;
mod error;
mod evaluation;
mod execute;
mod folder;
mod further_columns;
mod init;
mod job;
mod json;
mod judging;
mod leak;
mod manifest;
mod monitor;
mod page;
mod parallel;
mod policies;
mod prepare;
mod price_source;
mod prices;
mod provenance;
mod replays;
mod resolved;
mod supplied;
#[cfg(test)]
mod tests;
mod venue;
mod watcher;

pub use backtest::{BacktestOutput, BacktestRequest, backtest};
pub use comparison::{MethodFigures, ValidationFigures};
pub use error::RunError;
pub use evaluation::RunSummary;
pub use execute::{Goal, RunOutput, RunRequest, execute};
pub use init::{Draft, Drafted};
pub use leak::{Finding, LeakReport, LeakRequest, Part, Profit, Statistic, Traced, check_leak};
pub use monitor::{JobMonitor, Monitor};
pub(crate) use policies::policy_files;
pub use prepare::Prepared;
pub use price_source::{PriceSource, Prices};
pub use prices::read_prices;
pub(crate) use prices::survey_prices;
pub use provenance::{Drawn, Provenance};
pub use supplied::SuppliedFile;
