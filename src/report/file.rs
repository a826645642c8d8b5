//! Files that appear complete or not at all.

use super::error::ReportError;
use std::fs::File;
use std::path::Path;

/// Fills a temporary file in the folder of `path` with `write`, then renames it to `path`.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; the final file is readable.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder
        .tempfile_in(folder)
        .map_err(ReportError::file(path))?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(ReportError::file(path))?;
    file.persist(path)
        .map_err(|error| ReportError::file(path)(error.error))?;
    Ok(())
}
