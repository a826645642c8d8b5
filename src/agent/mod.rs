//! What a trading bot links: one policy file in, one decision per bar out. No dfdx, no polars.

mod header;
mod network;

pub use header::{FORMAT, PolicyHeader};
pub use network::{Activation, Head, NetworkSpec, Squash};
