//! Where a run writes: planned first, created only when everything else is known to be right, never
//! emptied.

use std::{
    io,
    path::{Path, PathBuf},
};

/// A place for a run that has been checked and not yet been created.
///
/// * With `--out DIR`: DIR must not exist or be an empty folder. A folder with anything in it is
///   refused: results are never overwritten or mixed.
/// * Without: `runs/<name>`, or the first of `runs/<name>-2`, `runs/<name>-3`, … that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFolder {
    path: PathBuf,
}

impl PlannedFolder {
    /// Chooses the folder of run `name`; creates nothing.
    ///
    /// # Errors
    /// [`FolderError`] when `out` is a file, is a folder in use, or cannot be created below what
    /// exists.
    pub fn new(out: Option<&Path>, name: &str) -> Result<Self, FolderError> {
        let path = match out {
            Some(path) => path.to_owned(),
            None => first_free(Path::new("runs"), name),
        };
        check(&path)?;
        Ok(Self { path })
    }

    /// The planned path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates it.
    ///
    /// # Errors
    /// [`FolderError`] when it has come into use since it was planned, or cannot be created.
    pub fn create(self) -> Result<PathBuf, FolderError> {
        check(&self.path)?;
        std::fs::create_dir_all(&self.path).map_err(|source| FolderError::Create {
            place: self.path.clone(),
            source,
        })?;
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

fn check(path: &Path) -> Result<(), FolderError> {
    let existing = path
        .ancestors()
        .map(|a| {
            if a.as_os_str().is_empty() {
                Path::new(".")
            } else {
                a
            }
        })
        .find(|ancestor| ancestor.exists())
        .unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(FolderError::IsFile {
            place: existing.to_owned(),
        });
    }
    if existing == path && !is_empty_folder(path) {
        return Err(FolderError::InUse {
            place: path.to_owned(),
        });
    }
    if std::fs::metadata(existing).is_ok_and(|m| m.permissions().readonly()) {
        return Err(FolderError::ReadOnly {
            place: existing.to_owned(),
        });
    }
    Ok(())
}

/// An out folder that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It, or something above it, is a file.
    #[error("{}: out folder: found a file, expected a new or empty folder", place.display())]
    IsFile {
        /// The file.
        place: PathBuf,
    },
    /// It has something in it.
    #[error("{}: out folder: found a folder that is not empty, expected a new or empty folder", place.display())]
    InUse {
        /// The folder.
        place: PathBuf,
    },
    /// It cannot be created where it should be.
    #[error("{}: out folder: found a read-only folder, expected one that can be written", place.display())]
    ReadOnly {
        /// The nearest folder above that exists.
        place: PathBuf,
    },
    /// The system refused.
    #[error("{}: out folder: found {source}, expected to create it", place.display())]
    Create {
        /// The folder.
        place: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl FolderError {
    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::InUse { .. } => {
                "name another folder with --out, or leave --out away to get the next free runs/<name>-<n>; nothing was written"
            }
            Self::IsFile { .. } | Self::ReadOnly { .. } => {
                "name another folder with --out; nothing was written"
            }
            Self::Create { .. } => "name another folder with --out",
        }
    }
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
            assert!(matches!(&error, FolderError::IsFile { place } if *place == file));
        }
    }

    #[test]
    fn a_folder_in_use_is_refused() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("old"), "x").unwrap();
        let error = PlannedFolder::new(Some(root.path()), "x").unwrap_err();
        assert!(matches!(error, FolderError::InUse { .. }));
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
