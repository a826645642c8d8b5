//! Reader that hashes and decompresses a file in one pass.

use super::note::Compression;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};
use std::path::Path;

/// Bytes per read: few enough to be hashed from the processor's cache.
const PIECE: usize = 256 << 10;

/// Decompressed bytes of a file, front to end. The bytes handed out are hashed and not kept.
pub(super) struct HashedFile(Unpacked);

type Raw = Chain<Cursor<Vec<u8>>, Hashed>;

/// Reader for the compression that the first bytes show.
enum Unpacked {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<Raw>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Raw>>>),
}

struct Hashed {
    file: File,
    sha256: Sha256,
}

impl HashedFile {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        File::open(path).and_then(unpacked).map(Self)
    }

    pub(super) const fn compression(&self) -> Option<Compression> {
        match self.0 {
            Unpacked::Plain(_) => None,
            Unpacked::Gzip(_) => Some(Compression::Gzip),
            Unpacked::Zstd(_) => Some(Compression::Zstd),
        }
    }

    /// Fills `buffer`; returns the number of bytes, less than its length only at the file's end.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let end = buffer.len().min(filled + PIECE);
            let piece = &mut buffer[filled..end];
            let read = match &mut self.0 {
                Unpacked::Plain(raw) => raw.read(piece),
                Unpacked::Gzip(gzip) => gzip.read(piece),
                Unpacked::Zstd(zstd) => zstd.read(piece),
            };
            match read {
                Ok(0) => break,
                Ok(n) => filled += n,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// SHA-256 of all bytes on disk, unread ones included, in lower-case hexadecimal.
    pub(super) fn sha256(self) -> io::Result<String> {
        let mut raw = match self.0 {
            Unpacked::Plain(raw) => raw,
            Unpacked::Gzip(gzip) => gzip.into_inner(),
            Unpacked::Zstd(zstd) => zstd.finish().into_inner(),
        };
        io::copy(&mut raw, &mut io::sink())?;
        let (_, hashed) = raw.into_inner();
        Ok(hexadecimal(hashed.sha256))
    }
}

/// SHA-256 of `bytes`, in lower-case hexadecimal.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// Digest of `sha256`, in lower-case hexadecimal.
pub(crate) fn hexadecimal(sha256: Sha256) -> String {
    let digest = sha256.finalize();
    digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Recognizes the compression and builds its reader.
fn unpacked(file: File) -> io::Result<Unpacked> {
    let mut hashed = Hashed {
        file,
        sha256: Sha256::new(),
    };
    let mut front = Vec::with_capacity(4);
    hashed.by_ref().take(4).read_to_end(&mut front)?;
    let is_gzip = front.starts_with(b"\x1f\x8b");
    let is_zstd = front == b"\x28\xb5\x2f\xfd";
    let raw = Cursor::new(front).chain(hashed);
    Ok(if is_gzip {
        Unpacked::Gzip(Box::new(MultiGzDecoder::new(raw)))
    } else if is_zstd {
        Unpacked::Zstd(Box::new(zstd::Decoder::new(raw)?))
    } else {
        Unpacked::Plain(raw)
    })
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.sha256.update(&buffer[..n]);
        Ok(n)
    }
}
