//! From an experiment file to a run folder.
mod atomic;
mod comparison;
mod error;
mod folder;
mod manifest;
mod parallel;
mod policies;
mod prices;
mod progress;

pub use atomic::{write_atomically, write_json};
pub use comparison::{Figure, MethodFigures, Trial, compare, markdown};
pub use error::RunError;
pub use folder::{FolderError, PlannedFolder};
pub use manifest::{MANIFEST, Manifest, sha256};
pub use parallel::in_parallel;
pub use policies::{POLICY, policy_files};
pub use prices::read_prices;
pub use progress::{Job, Progress};
