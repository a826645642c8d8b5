//! Closed forms and exact tables for quoting against arriving orders. The game itself is
//! [`MarketMaking`](super::MarketMaking).
//!
//! | content | where |
//! |---|---|
//! | rate of orders at a quote, probability of a fill | [`OrderFlow`], [`FillRule`] |
//! | input and output of a strategy | [`QuotingView`], [`Quotes`], [`QuotingStrategy`] |
//! | the strategies of Avellaneda and Stoikov (2008) | [`InventoryStrategy`] |
//! | constant offsets, the risk-neutral ones among them | [`FixedOffsets`] |
//! | optimum under penalties, minimax against drift | [`QuotingProblem`], [`OptimalQuotes`] |
//! | an adversary | [`QuotingAdversary`] |
//! | an adversary's moves, and their set | [`Disturbance`], [`DisturbanceSet`] |
//! | the worst drift against every strategy | [`WorstDrift`] |
//! | minimax quotes against drift, arrivals and decay at once | [`QuotingProblem::solve_against`] |
//! | the worst case of a given strategy, step by step | [`QuotingGame`], [`WorstResponse`] |
//! | the order of events within a step | [`QuoteTiming`] |

mod adversary;
mod avellaneda_stoikov;
mod disturbance_set;
mod error;
mod fixed_offsets;
mod log_propagator;
mod optimal;
mod order_flow;
mod penalty;
mod robust;
mod strategy;
mod timing;
mod worst_response;

pub use adversary::{Disturbance, QuotingAdversary, WorstDrift};
pub use avellaneda_stoikov::InventoryStrategy;
pub use disturbance_set::DisturbanceSet;
pub use error::QuotingError;
pub(super) use error::check_steps;
pub use fixed_offsets::FixedOffsets;
pub use optimal::{OptimalQuotes, QuotingProblem};
pub use order_flow::{FillRule, OrderFlow};
pub use penalty::InventoryPenalty;
pub use strategy::{Quotes, QuotingStrategy, QuotingView};
pub use timing::QuoteTiming;
pub use worst_response::{QuotingGame, WorstResponse};
