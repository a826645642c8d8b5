//! Games without bars: simulated markets whose optimal play is known in closed form.
//!
//! | content | where |
//! |---|---|
//! | quoting against arriving orders | [`quoting::MarketMaking`], [`quoting::MarketMakingSpec`] |
//! | selling a block with impact | [`execution::Execution`], [`execution::ExecutionSpec`] |
//! | shared [`Env`](crate::env::Env) implementation: time, account, shocks | [`Simulated`] |

mod episode_rules;
pub mod execution;
mod interventions;
mod last_move;
pub mod quoting;
mod simulated;

pub use interventions::SimulatedInterventions;
pub use last_move::ObservedPrice;
pub use simulated::Simulated;
