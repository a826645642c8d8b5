//! Many copies of one environment, stepped together on persistent workers.
//!
//! | what | where |
//! |---|---|
//! | the copies behind structure-of-arrays inputs and outputs, their workers | [`VectorEnv`] |
//! | the copies of one worker, played without waiting for the others | [`Chunk`] |
//! | what a worker's copies read and write in one step | [`Moves`], [`Steps`] |
//! | how copies are stepped together | [`Together`] |

#[cfg(feature = "learn")]
mod batch;
#[cfg(feature = "learn")]
mod chunk;
mod moves;
mod together;
#[cfg(feature = "learn")]
mod vector_env;

#[cfg(feature = "learn")]
pub use chunk::{Chunk, Played};
pub use moves::{Moves, Shocks, Steps};
pub(super) use together::OneByOne;
pub use together::Together;
#[cfg(feature = "learn")]
pub use vector_env::{Snapshots, VectorEnv, VectorError};
