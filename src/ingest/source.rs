//! A file of any format, read once from the front to the end.

use super::blocks::{Blocks, ByteOrderMark};
use super::columnar::{Columnar, Instruments, SYMBOL};
use super::columns::{Columns, TIMESTAMP};
use super::csv::Csv;
use super::hashed_file::HashedFile;
use super::layout::freqtrade::Freqtrade;
use super::layout::lines::Lines;
use super::layout::{Layout, Reading, RowKind, columnar, foreign, recognize, zone};
use super::place::Place;
use super::{BarLabel, DataFile, IngestError, Note};
use std::thread::Scope;

/// A file of which the layout and the names of the columns are known.
pub(super) struct Source<'a> {
    pub(super) layout: Layout,
    /// Why it is that layout.
    pub(super) evidence: String,
    /// What the front of the file shows.
    pub(super) notes: Vec<Note>,
    rows: Reader<'a>,
}

/// What reads the rows.
enum Reader<'a> {
    Csv(Csv<'a>),
    Columnar(Columnar, Instruments),
    Lines(Box<Lines<'a>>),
    Freqtrade(Freqtrade<'a>),
}

impl<'a> Source<'a> {
    /// Recognizes the layout, by the first bytes.
    pub(super) fn open(file: &DataFile, hashed: &'a mut HashedFile) -> Result<Self, IngestError> {
        let mut notes: Vec<Note> = hashed
            .compression()
            .map(Note::Compressed)
            .into_iter()
            .collect();
        let mut blocks = Blocks::new(hashed, Blocks::SIZE)?;
        foreign::refuse_bytes(&file.path, blocks.front())?;
        if blocks.is_empty() {
            return Err(IngestError::Empty {
                path: file.path.clone(),
            });
        }
        if Columnar::begins(blocks.front()) {
            return Self::columnar(file, blocks, notes);
        }
        if blocks.take_byte_order_mark() == ByteOrderMark::Utf8 {
            notes.push(Note::ByteOrderMark);
        }
        let front = blocks.front();
        if front
            .iter()
            .position(|&byte| byte == b'\n')
            .is_some_and(|end| front[..end].ends_with(b"\r"))
        {
            notes.push(Note::CarriageReturns);
        }
        let found = recognize(&file.path, front, file.layout)?;
        let rows = match found.reading {
            Reading::Tidy => {
                nothing_open(file, found.layout)?;
                Reader::Csv(Csv::open(&file.path, blocks)?)
            }
            Reading::Lines(plan) => Reader::Lines(Box::new(Lines::open(file, blocks, plan)?)),
            Reading::Freqtrade => Reader::Freqtrade(Freqtrade::open(file, blocks, found.layout)?),
        };
        Ok(Self {
            layout: found.layout,
            evidence: found.evidence,
            notes,
            rows,
        })
    }

    fn columnar(
        file: &DataFile,
        blocks: Blocks<'a>,
        notes: Vec<Note>,
    ) -> Result<Self, IngestError> {
        let columnar = Columnar::open(&file.path, blocks.into_rest()?)?;
        let (layout, evidence) = columnar::recognize(&columnar, file.layout)?;
        if layout == Layout::FreqtradeBars && file.timestamps == BarLabel::End {
            let path = file.path.clone();
            return Err(IngestError::LabelDefined { path, layout });
        }
        zone::refuse_other(file, layout, 0)?;
        let has_symbols = columnar.names().any(|name| name == SYMBOL);
        let instruments = match &file.instrument {
            Some(wanted) if has_symbols => Instruments::Only(wanted.clone()),
            None if has_symbols && layout != Layout::Tidy => Instruments::One,
            _ => {
                nothing_open(file, layout)?;
                Instruments::Any
            }
        };
        Ok(Self {
            layout,
            evidence,
            notes,
            rows: Reader::Columnar(columnar, instruments),
        })
    }

    /// What a row is.
    pub(super) const fn kind(&self) -> RowKind {
        match &self.rows {
            Reader::Csv(_) => RowKind::Bar,
            Reader::Columnar(..) => columnar::kind(self.layout),
            Reader::Lines(lines) => lines.kind(),
            Reader::Freqtrade(freqtrade) => freqtrade.kind(),
        }
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.names().contains(&column)
    }

    /// Refuses a file without a column of this name.
    pub(super) fn need(&self, column: &'static str) -> Result<(), IngestError> {
        if self.has(column) {
            return Ok(());
        }
        Err(IngestError::MissingColumn {
            path: self.place().path(),
            column,
            found: self.names().join(", "),
        })
    }

    fn names(&self) -> Vec<&str> {
        match &self.rows {
            Reader::Csv(csv) => csv.names().collect(),
            Reader::Columnar(columnar, _) if self.layout == Layout::Tidy => {
                columnar.names().collect()
            }
            Reader::Columnar(columnar, _) => {
                std::iter::once(TIMESTAMP).chain(columnar.names()).collect()
            }
            Reader::Lines(lines) => std::iter::once(TIMESTAMP).chain(lines.names()).collect(),
            Reader::Freqtrade(json) => std::iter::once(TIMESTAMP).chain(json.names()).collect(),
        }
    }

    pub(super) const fn place(&self) -> &Place {
        match &self.rows {
            Reader::Csv(csv) => csv.place(),
            Reader::Columnar(columnar, _) => columnar.place(),
            Reader::Lines(lines) => lines.place(),
            Reader::Freqtrade(freqtrade) => freqtrade.place(),
        }
    }

    /// The rows, many at a time: their times and at least the columns `numbers`, which must be
    /// there.
    pub(super) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        numbers: Vec<&'static str>,
    ) -> Result<Box<dyn Iterator<Item = Result<Columns, IngestError>> + 'scope>, IngestError>
    where
        'a: 'scope,
    {
        let path = self.place().path();
        let no_thread = |source| IngestError::Io { path, source };
        match self.rows {
            Reader::Csv(csv) => Ok(Box::new(csv.rows(scope, numbers).map_err(no_thread)?)),
            Reader::Columnar(columnar, instruments) => {
                let time = columnar::time(self.layout);
                Ok(Box::new(columnar.rows(time, numbers, instruments)?))
            }
            Reader::Lines(lines) => lines.rows(scope).map_err(no_thread),
            Reader::Freqtrade(freqtrade) => Ok(Box::new(freqtrade.rows(scope).map_err(no_thread)?)),
        }
    }
}

/// Such a layout leaves nothing open: its times are UTC, and it has one instrument.
fn nothing_open(file: &DataFile, layout: Layout) -> Result<(), IngestError> {
    let path = || file.path.clone();
    zone::refuse_other(file, layout, 0)?;
    if file.instrument.is_some() {
        return Err(IngestError::Instrument {
            path: path(),
            found: "no column of instruments".to_owned(),
            expected: "one; leave out `instrument`".to_owned(),
        });
    }
    Ok(())
}
