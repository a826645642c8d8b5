//! From an experiment file to a run folder.
mod atomic;
mod folder;
mod parallel;
mod progress;

pub use atomic::{write_atomically, write_json};
pub use folder::{FolderError, PlannedFolder};
pub use parallel::in_parallel;
pub use progress::{Job, Progress};
