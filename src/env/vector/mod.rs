//! Many copies of one environment, stepped together on persistent workers.
//!
//! | file | content |
//! |---|---|
//! | `vector_env` | [`VectorEnv`]: all copies behind structure-of-arrays inputs and outputs |
//! | `moves` | [`Shocks`]; both players' moves in every copy |
//! | `results` | [`Steps`]: the results of these moves in every copy |
//! | `copies` | [`Chunk`]: the copies of one worker, and their auto-reset |
//! | `worker` | the threads, and the data sent to them and back |
//! | `error` | [`VectorError`] |

mod copies;
mod error;
mod moves;
mod results;
mod vector_env;
mod worker;

pub use copies::Chunk;
pub use error::VectorError;
pub use moves::Shocks;
pub use results::{Snapshots, Steps};
pub use vector_env::VectorEnv;
