//! Backtests, metrics, attacks.

mod ledger;
pub mod metrics;

pub use ledger::Ledger;
