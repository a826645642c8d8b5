//! JSON files of a run folder.

use crate::agent::write_atomically;
use serde::Serialize;
use std::{io, path::Path};

/// Writes `value` as indented JSON with a final newline, atomically.
pub(super) fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(io::Error::other)?;
    bytes.push(b'\n');
    write_atomically(path, &bytes)
}
