//! Backtests: what a policy or a baseline earns in the clean market and under attack, and numbers
//! about it.
//!
//! An [`Arena`] is a market, the rules of its environment, and the rows of a span.
//! [`Arena::backtest`] plays a [`Decider`] through it and writes a [`Ledger`]; [`attack`] plays one
//! policy under a grid of attacks and budgets, all cells side by side. A policy decides with
//! [`crate::agent::Network`], the code that a bot runs, and deterministically. [`metrics`] are pure
//! functions of a ledger's columns; a [`Summary`] holds them all with the robustness gap and the
//! price of robustness.
//!
//! A [`CrashTest`] replays crashes of the past ([`crate::crash`]) at several moments of the span
//! and says what they cost each policy ([`CrashSummary`]).
//!
//! Noise depends on (evaluation seed, bar) only, so that every policy meets the same random
//! numbers, whichever other policies, attacks or budgets are evaluated beside it.

mod annualization;
mod arena;
mod attack;
mod bar_shock;
mod baselines;
mod budgeted_map;
mod crash_replay;
mod crash_summary;
mod decider;
mod error;
mod evaluation;
mod ledger;
mod ledger_summary;
pub mod metrics;
mod recorder;
mod robustness;
mod spread;
mod summary;
mod training_overlap;

pub use arena::Arena;
pub use attack::{AttackSpec, attack};
pub use baselines::{Baseline, BuyAndHold, EqualWeight, Flat, MovingAverageCrossover};
pub use crash_replay::{CrashArena, CrashPlay, CrashResult, CrashTest};
pub use crash_summary::{CrashFigures, CrashScore, CrashSummary};
pub use decider::{Decider, PolicyDecider, Sight};
pub use error::EvalError;
#[cfg(feature = "cli")]
pub(crate) use evaluation::attack_on_cpu;
pub use evaluation::{EVALUATION_SEED, Evaluation, evaluate, evaluate_attacked};
pub use ledger::Ledger;
pub use ledger_summary::LedgerSummary;
pub use robustness::{AttackLine, PriceOfRobustness, Robustness, Score, WorstCase, attack_budget};
#[cfg(feature = "cli")]
pub(crate) use robustness::{budget_notice, same_budget};
pub use spread::Spread;
pub use summary::{PolicySpread, Summary};
pub use training_overlap::{Met, TrainingOverlap};

#[cfg(test)]
mod tests;
