//! Quoting in a market of arriving orders: what can be said with pencil and paper. The game itself
//! is `env::MarketMaking`.
//!
//! | what | where |
//! |---|---|
//! | how many orders reach a quote, and both readings of the rate | [`OrderFlow`], [`FillRule`] |
//! | what a quoter sees and does | [`QuotingView`], [`Quotes`], [`QuotingStrategy`] |
//! | the strategies of Avellaneda and Stoikov (2008) | [`InventoryStrategy`], [`InventoryStrategy::symmetric`] |
//! | offsets that never change, the risk-neutral ones among them | [`FixedOffsets`] |
//! | the exact optimum under a price of inventory, and so the minimax quotes against drift | [`QuotingProblem`], [`OptimalQuotes`] |
//! | what an adversary does to such a market, and may do | [`Disturbance`], [`DisturbanceSet`], [`QuotingAdversary`] |
//! | the worst drift, whatever is quoted | [`WorstDrift`] |
//! | minimax quotes against drift, arrivals and decay at once | [`QuotingProblem::solve_against`] |
//! | the worst that can happen to a given strategy, step by step, up to a search along edges | [`QuotingGame::worst_response`], [`WorstResponse`] |
//! | what comes first within a step | [`QuoteTiming`] |

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
pub use fixed_offsets::FixedOffsets;
pub use optimal::{OptimalQuotes, QuotingProblem};
pub use order_flow::{FillRule, OrderFlow};
pub use penalty::InventoryPenalty;
pub use strategy::{Quotes, QuotingStrategy, QuotingView};
pub use timing::QuoteTiming;
pub use worst_response::{QuotingGame, WorstResponse};
