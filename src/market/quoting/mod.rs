//! Quoting in a market of arriving orders: what can be said with pencil and paper. The game itself is `env::MarketMaking`.
//!
//! | what | where |
//! |---|---|
//! | how many orders reach a quote, and both readings of the rate | [`OrderFlow`], [`FillRule`] |
//! | what a quoter sees and does | [`QuotingView`], [`Quotes`], [`QuotingStrategy`] |
//! | the strategies of Avellaneda and Stoikov (2008) | [`InventoryStrategy`], [`InventoryStrategy::symmetric`] |
//! | offsets that never change, the risk-neutral ones among them | [`FixedOffsets`] |
//! | the exact optimum under a price of inventory, and so the minimax quotes against drift | [`QuotingProblem`], [`OptimalQuotes`] |
//! | what an adversary does to such a market | [`Disturbance`], [`WorstDrift`], [`QuotingAdversary`] |

mod adversary;
mod avellaneda_stoikov;
mod error;
mod fixed_offsets;
mod log_propagator;
mod optimal;
mod order_flow;
mod penalty;
mod strategy;

pub use adversary::{Disturbance, QuotingAdversary, WorstDrift};
pub use avellaneda_stoikov::InventoryStrategy;
pub use error::QuotingError;
pub use fixed_offsets::FixedOffsets;
pub use optimal::{OptimalQuotes, QuotingProblem};
pub use order_flow::{FillRule, OrderFlow};
pub use penalty::InventoryPenalty;
pub use strategy::{Quotes, QuotingStrategy, QuotingView};
