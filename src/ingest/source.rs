//! A file of any format, read once from front to end.

use super::blocks::Blocks;
use super::columnar::Columnar;
use super::columns::Parts;
use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::hashed_file::HashedFile;
use super::layout::{Freqtrade, Lines, Recognized, foreign, recognize};
use super::note::Note;
use super::parsed_file::Front;
use std::thread::Scope;

/// A file whose layout and columns are known.
pub(super) struct Source<'a> {
    pub(super) front: Front,
    pub(super) notes: Vec<Note>,
    pub(super) reader: Reader<'a>,
}

pub(super) enum Reader<'a> {
    Columnar(Box<Columnar>),
    Lines(Box<Lines<'a>>),
    Freqtrade(Freqtrade<'a>),
}

impl<'a> Source<'a> {
    /// Recognizes the layout from the first bytes.
    pub(super) fn open(
        file: &'a DataFile,
        hashed: &'a mut HashedFile,
    ) -> Result<Self, IngestError> {
        let compression = hashed.compression().map(Note::Compressed);
        let mut notes: Vec<Note> = compression.into_iter().collect();
        let mut blocks = Blocks::new(file, hashed, Blocks::SIZE)?;
        foreign::refuse_bytes(file, blocks.front())?;
        if blocks.is_empty() {
            return Err(file.error(IngestFault::Empty));
        }
        let (front, reader) = if Columnar::begins(blocks.front()) {
            let (front, columnar) = Columnar::open(file, blocks.into_rest()?)?;
            (front, Reader::Columnar(Box::new(columnar)))
        } else {
            if blocks.skip_byte_order_mark() {
                notes.push(Note::ByteOrderMark);
            }
            let front = blocks.front();
            if let Some(end) = front.iter().position(|&byte| byte == b'\n')
                && front[..end].ends_with(b"\r")
            {
                notes.push(Note::CarriageReturns);
            }
            match recognize(file, front)? {
                Recognized::Lines(columns) => {
                    let (front, lines) = Lines::open(file, blocks, *columns)?;
                    (front, Reader::Lines(Box::new(lines)))
                }
                Recognized::Json(layout, evidence) => {
                    let (front, json) = Freqtrade::open(file, blocks, layout, evidence)?;
                    (front, Reader::Freqtrade(json))
                }
            }
        };
        Ok(Self {
            front,
            notes,
            reader,
        })
    }
}

impl<'a> Reader<'a> {
    /// Rows of the file, in batches.
    pub(super) fn rows(
        self,
        scope: &'a Scope<'a, '_>,
        file: &'a DataFile,
    ) -> Result<Parts<'a>, IngestError> {
        let parts: std::io::Result<Parts<'a>> = match self {
            Self::Columnar(columnar) => return Ok(Box::new(columnar.rows(file)?)),
            Self::Lines(lines) => lines.rows(scope),
            Self::Freqtrade(json) => json.rows(scope),
        };
        parts.map_err(|error| file.error(IngestFault::Io(error)))
    }
}
