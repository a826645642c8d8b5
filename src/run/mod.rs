//! From an experiment file to a run folder, and from a run folder back to a market.
//!
//! [`execute`]: check everything ([`Experiment::load`](crate::config::Experiment::load),
//! [`PlannedFolder`], [`Prepared`]) → create the folder → train and judge every (method, seed) in
//! parallel → baselines → tables, report → manifest. Nothing is written before the input is known
//! to be right, files appear whole, and results do not depend on the number of threads.
//!
//! | file | holds |
//! |---|---|
//! | `execute` | the order above |
//! | `prepare`, `prices`, `provenance` | from files or a law to a market with spans; every complaint about them; what they were |
//! | `job`, `watcher` | one training and its backtests; what a training writes while it runs |
//! | `comparison` | methods over seeds |
//! | `replays` | crashes of the past in the prices of an env |
//! | `crashes` | crashes of the past, replayed on the test span |
//! | `page` | `report.html` |
//! | `backtest`, `policies` | trained policies on a market again |
//! | `folder`, `atomic`, `manifest`, `resolved` | where and how a run writes, and what it says about itself |
//! | `parallel`, `progress`, `error` | threads, who is told how far it is, [`RunError`] |
//!
//! A run folder: `config.ron`, `env.ron` (resolved; `shockproof run` takes them again),
//! `metrics.parquet`, `backtest/` (`ledger.parquet`, `summary.json`; the test span), `validation/`
//! (likewise, attacks at the training budget only), `report.html`, `manifest.json` (written last).
//! With several methods or seeds each training has its own `<method>/seed-<n>/` with
//! `policy.safetensors`, `checkpoints/`, `TensorBoard` events, `metrics.parquet` and `backtest/`; a
//! single training keeps them in the run folder itself.

mod atomic;
mod backtest;
mod comparison;
mod crashes;
mod error;
mod execute;
mod folder;
mod job;
mod manifest;
mod page;
mod parallel;
mod policies;
mod prepare;
mod prices;
mod progress;
mod provenance;
mod replays;
mod resolved;
mod watcher;

pub use atomic::{write_atomically, write_json};
pub use backtest::{BacktestRequest, Played, Plays, backtest};
pub use comparison::{Judged, MethodFigures, Trial, ValidationFigures, compare, markdown};
pub use error::RunError;
pub use execute::{Finished, Goal, Request, execute, write_backtest};
pub use folder::{FolderError, PlannedFolder};
pub use manifest::{MANIFEST, Manifest, sha256};
pub use parallel::in_parallel;
pub use policies::{POLICY, policy_files};
pub use prepare::{Prepared, refuse_errors};
pub use prices::{read_prices, survey_prices};
pub use progress::{JobProgress, Progress, Unwatched};
pub use provenance::{Drawn, PriceSource, Prices, Provenance, panel_sha256};
pub use resolved::{CONFIG, ENV, config_sha256, method_sha256, write_resolved};
pub use watcher::METRIC_LOG;
