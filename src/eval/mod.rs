//! Backtests, metrics, attacks.

mod ledger;

pub use ledger::Ledger;
