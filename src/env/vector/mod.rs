//! Many copies of one environment, stepped together on persistent workers.
//!
//! | what | where |
//! |---|---|
//! | the copies behind structure-of-arrays inputs and outputs, their workers | [`VectorEnv`] |
//! | the copies of one worker, played without waiting for the others | [`Chunk`] |
//! | both players' moves in every copy | [`Moves`], [`Shocks`] |

mod batch;
mod chunk;
mod moves;
mod vector_env;

pub use chunk::{Chunk, Played};
pub use moves::{Moves, Shocks};
pub use vector_env::{Snapshots, VectorEnv, VectorError};
