//! A file that is read once and hashed on the way.

use super::IngestError;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// Bytes that are hashed while they are still in the processor's cache.
const PIECE: usize = 256 << 10;

/// The bytes of a file from the front to the end: those that are parsed are those that are hashed, and none is kept here.
pub(super) struct HashedFile {
    path: PathBuf,
    file: File,
    sha256: Sha256,
}

impl HashedFile {
    pub(super) fn open(path: &Path) -> Result<Self, IngestError> {
        let file = File::open(path).map_err(|source| {
            let path = path.to_path_buf();
            match source.kind() {
                ErrorKind::NotFound => IngestError::MissingFile { path },
                _ => IngestError::Io { path, source },
            }
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            file,
            sha256: Sha256::new(),
        })
    }

    pub(super) fn path(&self) -> PathBuf {
        self.path.clone()
    }

    /// Fills `buffer` with the next bytes; returns how many there were: fewer than its length at the end of the file only.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, IngestError> {
        let mut filled = 0;
        while filled < buffer.len() {
            let end = buffer.len().min(filled + PIECE);
            let n = self.read(&mut buffer[filled..end])?;
            if n == 0 {
                break;
            }
            filled += n;
        }
        Ok(filled)
    }

    /// SHA-256 of all bytes of the file, also of those that nobody read, in lower-case hexadecimal.
    pub(super) fn sha256(mut self) -> Result<String, IngestError> {
        let mut unread = vec![0; PIECE];
        while self.read(&mut unread)? > 0 {}
        let digest = self.sha256.finalize();
        Ok(digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, IngestError> {
        loop {
            match self.file.read(buffer) {
                Ok(n) => {
                    self.sha256.update(&buffer[..n]);
                    return Ok(n);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(IngestError::Io {
                        path: self.path.clone(),
                        source,
                    });
                }
            }
        }
    }
}
