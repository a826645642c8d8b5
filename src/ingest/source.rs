//! A file of any format, read once from front to end.

use super::blocks::Blocks;
use super::columnar::Columnar;
use super::columns::Parts;
use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::hashed_file::HashedFile;
use super::layout::{Freqtrade, Lines, foreign, recognize};
use super::note::Note;
use super::parsed_file::Front;
use super::place::Place;
use std::thread::Scope;

/// A file whose layout and columns are known.
pub(super) struct Source<'a> {
    pub(super) front: Front,
    /// Observations from the first bytes.
    pub(super) notes: Vec<Note>,
    pub(super) place: Place,
    reader: Reader<'a>,
}

/// Reader of the rows.
enum Reader<'a> {
    Columnar(Box<Columnar>),
    Lines(Box<Lines<'a>>),
    Freqtrade(Freqtrade<'a>),
}

impl<'a> Source<'a> {
    /// Recognizes the layout from the first bytes.
    pub(super) fn open(file: &DataFile, hashed: &'a mut HashedFile) -> Result<Self, IngestError> {
        let mut notes: Vec<Note> = hashed
            .compression()
            .map(Note::Compressed)
            .into_iter()
            .collect();
        let mut blocks = Blocks::new(hashed, Blocks::SIZE)?;
        foreign::refuse_bytes(&file.path, blocks.front())?;
        if blocks.is_empty() {
            return Err(file.error(IngestFault::Empty));
        }
        if Columnar::begins(blocks.front()) {
            let columnar = Columnar::open(file, blocks.into_rest()?)?;
            return Ok(Self {
                front: columnar.front(),
                notes,
                place: Place::new(&file.path, 1),
                reader: Reader::Columnar(Box::new(columnar)),
            });
        }
        if blocks.skip_byte_order_mark() {
            notes.push(Note::ByteOrderMark);
        }
        let front = blocks.front();
        if let Some(end) = front.iter().position(|&byte| byte == b'\n')
            && front[..end].ends_with(b"\r")
        {
            notes.push(Note::CarriageReturns);
        }
        let found = recognize(&file.path, front, file.layout)?;
        let (kind, fields, header, reader) = match found.columns {
            Some(columns) => {
                let header = columns.header().to_owned();
                let lines = Lines::open(file, blocks, columns)?;
                let fields = lines.fields().collect();
                (lines.kind(), fields, header, Reader::Lines(Box::new(lines)))
            }
            None => {
                let json = Freqtrade::open(file, blocks, found.layout)?;
                let fields = json.fields().collect();
                (json.kind(), fields, String::new(), Reader::Freqtrade(json))
            }
        };
        Ok(Self {
            front: Front {
                layout: found.layout,
                evidence: found.evidence,
                kind,
                fields,
                header,
            },
            notes,
            place: Place::new(&file.path, 1),
            reader,
        })
    }

    /// Tells whether the file has a column, by the name that all layouts share.
    pub(super) fn has(&self, column: &str) -> bool {
        self.front.fields.contains(&column)
    }

    /// Refuses a file without a column.
    pub(super) fn need(&self, column: &'static str) -> Result<(), IngestError> {
        if self.has(column) {
            return Ok(());
        }
        let found = self.front.header.clone();
        Err(self
            .place
            .error(IngestFault::MissingColumn { column, found }))
    }

    /// The rows, many at a time.
    pub(super) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
    ) -> Result<Parts<'scope>, IngestError>
    where
        'a: 'scope,
    {
        let parts: std::io::Result<Parts<'scope>> = match self.reader {
            Reader::Columnar(columnar) => return Ok(Box::new(columnar.rows(self.place)?)),
            Reader::Lines(lines) => lines.rows(scope),
            Reader::Freqtrade(json) => json.rows(scope),
        };
        parts.map_err(|error| self.place.error(IngestFault::Io(error)))
    }
}
