//! Backtests: figures of policies and baselines in the clean market and under attack.
//!
//! [`evaluate`] and [`evaluate_attacked`] take a policy and an environment over the test rows, and
//! return an [`Evaluation`]: ledgers and figures. They use the parts below.
//!
//! | part | holds |
//! |---|---|
//! | [`Arena`] | a market, the rules of its environment, and the rows to play |
//! | [`Decider`], [`Baseline`] | strategies: trained policies, baselines, own ones |
//! | [`attack`](fn@attack), [`AttackSpec`] | one policy under a grid of attacks and budgets |
//! | [`Ledger`] | the record of one backtest, bar by bar |
//! | [`metrics`] | figures of a ledger: a trait, and one list of built-in metrics |
//! | [`Summary`] | all metrics of all ledgers, robustness gap, price of robustness, seeds |
//! | [`CrashTest`], [`CrashSummary`] | past crashes ([`crate::crash`]), replayed in the span |
//!
//! A policy decides with [`crate::agent::Network`], the code that a bot runs, without exploration.
//! Noise depends on (evaluation seed, bar) only, so that every policy meets the same random
//! numbers, whichever other policies, attacks or budgets are evaluated beside it.

mod annualization;
mod arena;
mod attack;
mod attack_spec;
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
mod weakness;

#[cfg(feature = "cli")]
pub(crate) use annualization::short_span_notice;
pub use arena::Arena;
pub use attack::attack;
pub use attack_spec::AttackSpec;
pub use baselines::{Baseline, BuyAndHold, EqualWeight, Flat, MovingAverageCrossover};
pub use crash_replay::{CrashArena, CrashPlay, CrashResult, CrashTest};
pub use crash_summary::{CrashFigures, CrashScore, CrashSummary};
pub use decider::{Decider, KnownBar, PolicyDecider};
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
pub use weakness::Weakness;

#[cfg(test)]
mod tests;
