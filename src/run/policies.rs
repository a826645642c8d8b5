//! Policy files of a run folder.

use super::RunError;
use std::path::{Path, PathBuf};

/// Name of a policy file in a run folder.
pub(crate) const POLICY: &str = "policy.safetensors";

/// Returns `path` itself if it is a file, else every `policy.safetensors` in the folder and in its
/// `<method>/seed-<n>` folders, sorted.
pub(crate) fn policy_files(path: &Path) -> Result<Vec<PathBuf>, RunError> {
    let place = path.display();
    if !path.exists() {
        return Err(RunError::refused(
            format!("{place}: found nothing there, expected a policy file or a run folder"),
            "check the path",
        ));
    }
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    collect(path, 2, &mut found);
    found.sort();
    if found.is_empty() {
        return Err(RunError::refused(
            format!("{place}: found no {POLICY} in this folder, expected a run folder"),
            "name a policy file, or a folder that `shockproof run` or `train` wrote",
        ));
    }
    Ok(found)
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let here = folder.join(POLICY);
    if here.is_file() {
        found.push(here);
    }
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_path_and_by_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(policy_files(folder.path()).unwrap_err().is_wrong_input());
        assert!(
            policy_files(&folder.path().join("no"))
                .unwrap_err()
                .is_wrong_input()
        );
        for method in ["b", "a"] {
            let deep = folder.path().join(method).join("seed-1");
            std::fs::create_dir_all(&deep).unwrap();
            std::fs::write(deep.join(POLICY), "x").unwrap();
        }
        let found = policy_files(folder.path()).unwrap();
        assert_eq!(found.len(), 2);
        assert!(found[0].starts_with(folder.path().join("a")));
        assert_eq!(policy_files(&found[1]).unwrap(), [found[1].clone()]);
    }
}
