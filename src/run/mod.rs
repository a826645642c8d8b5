//! From an experiment file to a run folder.
mod atomic;
mod comparison;
mod error;
mod folder;
mod manifest;
mod parallel;
mod progress;

pub use comparison::{Figure, MethodFigures, Trial, compare, markdown};
pub use error::RunError;
pub use atomic::{write_atomically, write_json};
pub use folder::{FolderError, PlannedFolder};
pub use manifest::{MANIFEST, Manifest, sha256};
pub use parallel::in_parallel;
pub use progress::{Job, Progress};
