//! Content of a folder that a command names.

use std::path::{Path, PathBuf};

/// Entries of a folder, sorted by name; `None` for a path that is not a readable folder.
pub(super) fn files_in(folder: &Path) -> Option<Vec<PathBuf>> {
    let entries = folder.read_dir().ok()?;
    let mut inside: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    inside.sort();
    Some(inside)
}
