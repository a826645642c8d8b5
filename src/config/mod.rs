//! RON files → validated types, with errors that point into the file.
mod error;
mod nearest;
mod source;

pub use error::{ConfigError, Pointed};
pub use nearest::nearest;
pub use source::{Source, Step};
