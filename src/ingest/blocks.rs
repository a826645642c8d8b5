//! Reader of a text file in blocks of whole lines, in bounded memory.

use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::hashed_file::HashedFile;

/// Blocks of whole lines, in the order of the file.
pub(super) struct Blocks<'a> {
    file: &'a DataFile,
    bytes: &'a mut HashedFile,
    buffer: Vec<u8>,
    /// The unread part of the buffer is `buffer[start..end]`.
    start: usize,
    end: usize,
    ended: bool,
}

pub(super) struct Block {
    pub(super) lines: Vec<u8>,
    pub(super) quotes: Quotes,
}

/// Presence of quotes in a text. Without quotes, splitting need not track them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Some,
}

impl<'a> Blocks<'a> {
    /// Block size: thousands of rows, but few enough for the processor's cache. Unit: bytes.
    pub(super) const SIZE: usize = 4 << 20;

    /// Maximum length of a line. Unit: bytes.
    const LONGEST: usize = 1 << 26;

    /// Maximum size of an uncompressed file that is held in memory. Unit: bytes.
    const LARGEST: usize = 1 << 36;

    /// Limit on the unpacked size of a compressed file, which can exceed the memory. Unit: bytes.
    const LARGEST_UNPACKED: usize = 1 << 28;

    /// Reads the first `size` bytes, so an unreadable file is an error here.
    pub(super) fn new(
        file: &'a DataFile,
        bytes: &'a mut HashedFile,
        size: usize,
    ) -> Result<Self, IngestError> {
        let mut blocks = Self {
            file,
            bytes,
            buffer: vec![0; size],
            start: 0,
            end: 0,
            ended: false,
        };
        blocks.refill()?;
        Ok(blocks)
    }

    pub(super) fn front(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Skips a byte order mark at the front; returns true if there was one.
    pub(super) fn skip_byte_order_mark(&mut self) -> bool {
        let is_marked = self.front().starts_with(BYTE_ORDER_MARK);
        if is_marked {
            self.start += BYTE_ORDER_MARK.len();
        }
        is_marked
    }

    /// Next bytes, regardless of line boundaries; empty at the end of the file.
    pub(super) fn next_bytes(&mut self) -> Result<Vec<u8>, IngestError> {
        self.refill()?;
        let bytes = self.front().to_vec();
        self.start = self.end;
        Ok(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end && self.ended
    }

    pub(super) fn into_rest(mut self) -> Result<Vec<u8>, IngestError> {
        let largest = match self.bytes.compression() {
            None => Self::LARGEST,
            Some(_) => Self::LARGEST_UNPACKED,
        };
        while !self.ended {
            if self.buffer.len() >= largest {
                return Err(self.damaged(
                    "",
                    "fewer, because a Parquet or Arrow file is held as a whole; unpack it where \
                     it is compressed, or cut it",
                ));
            }
            self.buffer.resize(2 * self.buffer.len(), 0);
            self.refill()?;
        }
        self.buffer.truncate(self.end);
        self.buffer.drain(..self.start);
        Ok(self.buffer)
    }

    /// Next block; `None` at the end of the file. A line longer than a block enlarges it.
    pub(super) fn next(&mut self) -> Result<Option<Block>, IngestError> {
        self.refill()?;
        let (n, quotes) = loop {
            let left = &self.buffer[self.start..self.end];
            let quotes = quotes(left);
            match whole_lines(left, quotes) {
                _ if self.ended => break (left.len(), quotes),
                0 => self.grow()?,
                n => break (n, quotes),
            }
        };
        let lines = self.buffer[self.start..self.start + n].to_vec();
        self.start += n;
        Ok((n > 0).then_some(Block { lines, quotes }))
    }

    /// Moves the unread bytes to the front of the buffer and fills the rest from the file.
    fn refill(&mut self) -> Result<(), IngestError> {
        if self.ended {
            return Ok(());
        }
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let read = self.bytes.fill(&mut self.buffer[self.end..]);
        self.end += read.map_err(|error| self.file.error(error.into()))?;
        self.ended = self.end < self.buffer.len();
        Ok(())
    }

    fn damaged(&self, without: &str, expected: &'static str) -> IngestError {
        let found = format!("more than {} bytes{without}", self.end - self.start);
        self.file.error(IngestFault::Damaged { found, expected })
    }

    fn grow(&mut self) -> Result<(), IngestError> {
        if self.buffer.len() >= Self::LONGEST {
            return Err(self.damaged(" without a line break", "lines; check what the file is"));
        }
        self.buffer.resize(2 * self.buffer.len(), 0);
        self.refill()
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Length of the complete lines. A line break within quotes belongs to its cell.
fn whole_lines(text: &[u8], quotes: Quotes) -> usize {
    match quotes {
        Quotes::None => text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |i| i + 1),
        Quotes::Some => {
            let (mut in_cell, mut n) = (false, 0);
            for (i, &byte) in text.iter().enumerate() {
                in_cell ^= byte == b'"';
                if byte == b'\n' && !in_cell {
                    n = i + 1;
                }
            }
            n
        }
    }
}

fn quotes(text: &[u8]) -> Quotes {
    if text.contains(&b'"') {
        Quotes::Some
    } else {
        Quotes::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::BarLabel;
    use proptest::prelude::*;

    /// Splits a file into blocks with buffers of `size` bytes.
    fn read(text: &[u8], size: usize) -> Vec<Vec<u8>> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("lines");
        std::fs::write(&path, text).unwrap();
        let file = DataFile::new("", &path, BarLabel::Open);
        let mut bytes = HashedFile::open(&path).unwrap();
        let mut blocks = Blocks::new(&file, &mut bytes, size).unwrap();
        let mut found = Vec::new();
        while let Some(block) = blocks.next().unwrap() {
            let any = block.lines.contains(&b'"');
            assert!(!any || block.quotes == Quotes::Some);
            found.push(block.lines);
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn blocks_are_the_file_cut_between_lines(
            lines in prop::collection::vec("[a-z,]{0,12}|\"[a-z\n]{0,12}\"", 0..40),
            size in 1_usize..80,
        ) {
            let lines = lines.join("\n");
            let blocks = read(lines.as_bytes(), size);
            prop_assert_eq!(blocks.concat(), lines.as_bytes());
            for block in blocks.iter().rev().skip(1) {
                prop_assert_eq!(block.last(), Some(&b'\n'));
                let in_cell = block.iter().fold(false, |inside, &byte| inside ^ (byte == b'"'));
                prop_assert!(!in_cell, "cut within quotes");
            }
        }
    }

    #[test]
    fn the_rest_is_everything() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("bytes");
        let bytes: Vec<u8> = (0..=255).cycle().take(1000).collect();
        std::fs::write(&path, &bytes).unwrap();
        let file = DataFile::new("", &path, BarLabel::Open);
        for size in [1, 999, 1000, 1001] {
            let mut read = HashedFile::open(&path).unwrap();
            let blocks = Blocks::new(&file, &mut read, size).unwrap();
            let rest = blocks.into_rest().unwrap();
            assert_eq!(rest, bytes);
        }
    }
}
