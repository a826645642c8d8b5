//! The part of the crate that a trading bot links: one policy file in, one decision per bar out. It
//! needs neither dfdx nor polars.
//!
//! [`PolicyFile`] is the only carrier of a trained policy: `policy/` converts from and to it,
//! [`Network`] computes the deployed action from it, and [`Agent`] adds the streaming features, so
//! that bars go in and target weights come out. The backtest also decides with [`Network`], so it
//! measures what is deployed.
//!
//! | file | content |
//! |---|---|
//! | `runtime`, `refusal` | the agent of a live bot, and the rows that it refuses |
//! | `inference`, `network` | the network, and its shape |
//! | `file`, `container` | reading, checking and writing a policy; its bytes |
//! | `header`, `exact` | the header; bit-exact JSON of the normalizer |
//! | `contract` | requirements of an environment on a policy |
//! | `error` | errors of policy files and policies |

mod container;
mod contract;
mod error;
mod exact;
mod file;
mod header;
mod inference;
mod network;
mod refusal;
mod runtime;

pub use crate::dense::Activation;
pub use container::TensorData;
pub use contract::Contract;
pub use error::{FileFault, PolicyFault, PolicyFileError};
pub use file::PolicyFile;
#[cfg(feature = "cli")]
pub(crate) use file::write_atomically;
pub use header::{FORMAT, PolicyHeader, TrainingSpan};
pub use inference::{Choice, Network, NonFiniteOutput, Scratch};
#[cfg(feature = "learn")]
pub(crate) use network::most_probable;
pub use network::{Head, NetworkSpec, Squash};
pub use refusal::{AgentError, RowFault};
pub use runtime::{Agent, Decision};

#[cfg(test)]
mod tests;
