//! `manifest.json`: record of a run and its files, written last to mark a complete folder.

use super::json::write_json;
use crate::ingest::sha256_of;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, io, path::Path};

/// Name of the manifest in a run folder.
pub(super) const MANIFEST: &str = "manifest.json";

/// Record of a run and its files. It contains no clock time, so equal runs write equal manifests;
/// `files` omits the `TensorBoard` files, which carry wall times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) shockproof_version: String,
    pub(super) name: String,
    /// `name-v<version>` of the env.
    pub(super) env: String,
    /// sha256 of the experiment and its env.
    pub(super) config_sha256: String,
    /// sha256 of each data file, by file name, and of a drawn panel, by law and seed.
    pub(super) data_sha256: BTreeMap<String, String>,
    pub(super) methods: Vec<String>,
    pub(super) seeds: Vec<u64>,
    /// sha256 of every file of the run, by path relative to the folder.
    pub(super) files: BTreeMap<String, String>,
}

impl Manifest {
    /// Lists the files below `folder` and writes the manifest into it.
    pub(super) fn write(mut self, folder: &Path) -> io::Result<()> {
        self.files = BTreeMap::new();
        list(folder, folder, &mut self.files)?;
        write_json(&folder.join(MANIFEST), &self)
    }
}

fn list(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        if path.is_dir() {
            list(root, &path, files)?;
        } else if name != MANIFEST && !name.contains("tfevents") {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
            files.insert(parts.join("/"), sha256_of(&std::fs::read(&path)?));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha256_of_the_standard_example() {
        assert_eq!(
            sha256_of(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn lists_every_file_but_itself_and_the_clocked_ones() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/c.txt"), b"abc").unwrap();
        std::fs::write(folder.path().join("events.out.tfevents.1"), b"x").unwrap();
        let manifest = Manifest {
            shockproof_version: "0".to_owned(),
            name: "n".to_owned(),
            env: "e-v1".to_owned(),
            config_sha256: String::new(),
            data_sha256: BTreeMap::new(),
            methods: vec![],
            seeds: vec![],
            files: BTreeMap::new(),
        };
        for _ in 0..2 {
            manifest.clone().write(folder.path()).unwrap();
            let bytes = std::fs::read(folder.path().join(MANIFEST)).unwrap();
            let read: Manifest = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(read.files.keys().collect::<Vec<_>>(), ["a/b/c.txt"]);
            assert_eq!(read.files["a/b/c.txt"], sha256_of(b"abc"));
        }
    }
}
