//! Run folder: planned first, created only after all other input has been checked, never emptied.

use super::RunError;
use std::path::{Path, PathBuf};

/// Run folder that has been checked but not created.
///
/// * With `--out DIR`: DIR must be missing or empty, so that results are never overwritten or
///   mixed.
/// * Without: `runs/<name>`, or the first of `runs/<name>-2`, `runs/<name>-3`, … that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedFolder {
    path: PathBuf,
}

impl PlannedFolder {
    /// Chooses the folder of run `name`; creates nothing.
    pub(super) fn new(out: Option<&Path>, name: &str) -> Result<Self, RunError> {
        let path = match out {
            Some(path) => path.to_owned(),
            None => first_free(Path::new("runs"), name),
        };
        check(&path)?;
        Ok(Self { path })
    }

    pub(super) fn create(self) -> Result<PathBuf, RunError> {
        check(&self.path)?;
        std::fs::create_dir_all(&self.path)
            .map_err(|error| refused(&self.path, &error.to_string(), "to create it"))?;
        Ok(self.path)
    }
}

fn first_free(parent: &Path, name: &str) -> PathBuf {
    let mut path = parent.join(name);
    let mut n = 2_usize;
    while path.exists() && !is_empty_folder(&path) {
        path = parent.join(format!("{name}-{n}"));
        n += 1;
    }
    path
}

fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn check(path: &Path) -> Result<(), RunError> {
    // The last ancestor of a relative path is empty: the working folder.
    let mut ancestors = path.ancestors().filter(|a| !a.as_os_str().is_empty());
    let existing = ancestors.find(|ancestor| ancestor.exists());
    let existing = existing.unwrap_or(Path::new("."));
    let is_read_only = |path: &Path| path.metadata().is_ok_and(|m| m.permissions().readonly());
    if !existing.is_dir() {
        return Err(refused(existing, "a file", "a new or empty folder"));
    }
    if existing == path && !is_empty_folder(path) {
        let found = "a folder that is not empty";
        return Err(refused(path, found, "a new or empty folder"));
    }
    if is_read_only(existing) {
        let found = "a read-only folder";
        return Err(refused(existing, found, "a folder that can be written to"));
    }
    Ok(())
}

fn refused(place: &Path, found: &str, expected: &str) -> RunError {
    let place = place.display();
    RunError::refused(
        format!("{place}: out folder: found {found}, expected {expected}"),
        "name another folder with --out, or leave --out away to get the next free \
         runs/<name>-<n>; nothing was written",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_folder_is_planned_and_then_created() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        let planned = PlannedFolder::new(Some(&path), "x").unwrap();
        assert!(!path.exists());
        assert_eq!(planned.create().unwrap(), path);
        assert!(path.is_dir());
        // Still empty: it may be used.
        PlannedFolder::new(Some(&path), "x").unwrap();
    }

    #[test]
    fn a_file_is_refused_at_the_end_and_in_the_middle() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        std::fs::write(&file, "x").unwrap();
        for path in [file.clone(), file.join("below")] {
            let error = PlannedFolder::new(Some(&path), "x").unwrap_err();
            let message = error.to_string();
            assert!(message.contains("found a file"), "{message}");
            assert!(message.starts_with(&*file.to_string_lossy()), "{message}");
        }
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("old"), "x").unwrap();
        let error = PlannedFolder::new(Some(root.path()), "x").unwrap_err();
        assert!(error.to_string().contains("not empty"), "{error}");
        assert!(root.path().join("old").exists());
    }

    #[test]
    fn the_default_takes_the_next_free_name() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(first_free(root.path(), "q"), root.path().join("q"));
        for name in ["q", "q-2"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
            std::fs::write(root.path().join(name).join("f"), "x").unwrap();
        }
        assert_eq!(first_free(root.path(), "q"), root.path().join("q-3"));
    }
}
