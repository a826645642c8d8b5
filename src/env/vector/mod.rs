//! Many copies of one environment, stepped together on persistent workers.

mod copies;
mod error;
mod moves;
mod results;
mod vector_env;
mod worker;

pub use copies::Chunk;
pub use error::VectorError;
pub use moves::Shocks;
pub use results::{Derivatives, Record, Snapshots, Steps};
pub use vector_env::VectorEnv;
