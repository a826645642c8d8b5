//! What a trading bot links: one policy file in, one decision per bar out. No dfdx, no polars.
//!
//! [`PolicyFile`] is the only carrier of a trained policy: `policy/` converts from and to it,
//! [`Network`] computes the deployed action from it, and [`Agent`] adds the streaming features so
//! that bars go in and target weights come out. The backtest of this crate decides with [`Network`]
//! too: what was measured is what is deployed.

mod contract;
mod error;
mod exact;
mod file;
mod header;
mod inference;
mod network;
mod runtime;

pub use crate::dense::Activation;
pub use contract::Contract;
pub use error::{AgentError, PolicyFault, PolicyFileError};
pub use file::{PolicyFile, TensorData};
pub use header::{FORMAT, PolicyHeader, TrainingSpan};
pub use inference::{Choice, Network, NonFiniteOutput, Scratch};
#[cfg(feature = "learn")]
pub(crate) use network::most_probable;
pub use network::{Head, NetworkSpec, Squash};
pub use runtime::{Agent, Decision};

#[cfg(test)]
mod tests;
