//! Expansion of a path with `*` to files.

use super::error::IngestError;
use super::fault::IngestFault;
use std::path::{Path, PathBuf};

/// Files of a path. A `*` in its last part matches any characters; matches come in the order of
/// their names. A path without `*` is returned as it is, even if no file exists.
///
/// # Errors
/// [`IngestFault::MissingFile`] if no file matches, [`IngestFault::Io`] for an unreadable folder.
pub fn files_of(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    let pattern = path.file_name().unwrap_or_default().to_string_lossy();
    if !pattern.contains('*') || path.exists() {
        return Ok(vec![path.to_path_buf()]);
    }
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let unreadable = |error| IngestError::file(folder, IngestFault::Io(error));
    let mut parts = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if matches(&pattern, &entry.file_name().to_string_lossy()) {
            parts.push(folder.join(entry.file_name()));
        }
    }
    parts.sort();
    if parts.is_empty() {
        return Err(IngestError::file(path, IngestFault::MissingFile));
    }
    Ok(parts)
}

/// Returns true if `name` matches `pattern`, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut name) = name.strip_prefix(front) else {
        return false;
    };
    let Some((middle, back)) = rest.rsplit_once('*') else {
        return name.ends_with(rest);
    };
    for piece in middle.split('*') {
        let Some(at) = name.find(piece) else {
            return false;
        };
        name = &name[at + piece.len()..];
    }
    name.ends_with(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("a*.csv", "a.csv", true),
            ("a*.csv", "a-2024-01.csv", true),
            ("a*.csv", "ab.csv.gz", false),
            ("a*.csv", "b.csv", false),
            ("*", "anything", true),
            ("*-1m-*.csv*", "X-1m-2024.csv.gz", true),
            ("*-1m-*.csv*", "X-1h-2024.csv.gz", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "ac", false),
            ("ab*ba", "aba", false),
            ("a*b*b", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
