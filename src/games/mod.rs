//! Games without bars: simulated markets whose optimal play is known in closed form.
//!
//! | what | where |
//! |---|---|
//! | quoting against arriving orders | [`quoting::MarketMaking`] = [`quoting::MarketMakingSpec`] + a seed |
//! | selling a block with impact | [`execution::Execution`] = [`execution::ExecutionSpec`] + a seed |
//! | what the two share: clock, account, shocks, the whole [`Env`](crate::env::Env) | [`Simulated`] |

pub mod execution;
mod interventions;
mod last_move;
pub mod quoting;
mod simulated;

pub use interventions::SimulatedInterventions;
pub use last_move::Sight;
pub use simulated::Simulated;
