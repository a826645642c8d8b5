//! CSV through polars, block by block, typed from the start.
//!
//! A typed reading is fast but cannot say where it failed. Only when it fails, the same block is
//! read as strings and the first row and column that do not parse are looked for.

use super::IngestError;
use super::ahead::ahead;
use super::blocks::{Block, Blocks, Quotes};
use super::columns::{Columns, NUMBER, TIMESTAMP};
use super::place::Place;
use super::timestamp::{self, TimestampReader};
use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, PlSmallStr, PolarsResult, Schema,
    SerReader,
};
use std::io::{self, Cursor};
use std::path::Path;
use std::sync::Arc;
use std::thread::Scope;

/// A CSV file of which the header was read.
pub(super) struct Csv<'a> {
    blocks: Blocks<'a>,
    names: Vec<PlSmallStr>,
    place: Place,
}

impl<'a> Csv<'a> {
    /// Reads the header.
    pub(super) fn open(path: &Path, mut blocks: Blocks<'a>) -> Result<Self, IngestError> {
        let header = blocks.header()?.ok_or_else(|| IngestError::Empty {
            path: path.to_path_buf(),
        })?;
        let place = Place::new(path, header.line + 1);
        let names = CsvReadOptions::default()
            .with_infer_schema_length(Some(0))
            .into_reader_with_file_handle(Cursor::new(header.text.as_slice()))
            .finish()
            .map_err(|error| place.table(error))?;
        Ok(Self {
            blocks,
            names: names.schema().iter_names().cloned().collect(),
            place,
        })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(PlSmallStr::as_str)
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The rows, many at a time: `timestamp` and the columns `numbers`, which must be there, and
    /// nothing else. One thread reads and hashes, one parses.
    pub(super) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
        numbers: Vec<&'static str>,
    ) -> io::Result<impl Iterator<Item = Result<Columns, IngestError>> + use<'scope>>
    where
        'a: 'scope,
    {
        let mut source = self.blocks;
        let mut blocks = ahead(scope, move || source.next().transpose())?;
        let layout = Layout {
            names: self.names,
            numbers,
        };
        let (place, mut n_read) = (self.place, 0);
        ahead(scope, move || {
            let columns = |block: Block| {
                let columns = layout.columns(&block, &place, n_read)?;
                n_read += columns.timestamps.len();
                Ok(columns)
            };
            Some(blocks.next()?.and_then(columns))
        })
    }
}

/// The columns there are and those that are wanted.
struct Layout {
    names: Vec<PlSmallStr>,
    numbers: Vec<&'static str>,
}

impl Layout {
    /// The wanted columns of a block whose first row is row `first` of the file.
    fn columns(&self, block: &Block, place: &Place, first: usize) -> Result<Columns, IngestError> {
        let frame = self.read(block, &self.numbers).map_err(|error| {
            let culprit = self.culprit(block, place, first);
            culprit.unwrap_or_else(|| place.table(error))
        })?;
        Columns::new(&frame, &self.numbers, place, first)
    }

    /// The wanted columns of whole lines: the columns `typed` as numbers, the others as strings.
    fn read(&self, block: &Block, typed: &[&'static str]) -> PolarsResult<DataFrame> {
        let type_of = |name: &str| {
            if typed.contains(&name) {
                DataType::Float64
            } else {
                DataType::String
            }
        };
        let names = self.names.iter();
        let schema: Schema = names.map(|name| (name.clone(), type_of(name))).collect();
        let wanted = |name: &&PlSmallStr| {
            name.as_str() == TIMESTAMP || self.numbers.contains(&name.as_str())
        };
        let wanted: Arc<[_]> = self.names.iter().filter(wanted).cloned().collect();
        // Cells beyond the last column are a fault. Where some columns are not read, polars does
        // not look.
        let ragged = wanted.len() < self.names.len();
        let quote = match block.quotes {
            Quotes::None => None,
            Quotes::Some => Some(b'"'),
        };
        let parse = CsvParseOptions::default()
            .with_truncate_ragged_lines(ragged)
            .with_quote_char(quote);
        CsvReadOptions::default()
            .with_has_header(false)
            .with_schema(Some(Arc::new(schema)))
            .with_columns(Some(wanted))
            .with_parse_options(parse)
            .into_reader_with_file_handle(Cursor::new(block.lines.as_slice()))
            .finish()
    }

    /// The first cell that does not parse, found in a reading that cannot fail on a cell.
    fn culprit(&self, block: &Block, place: &Place, first: usize) -> Option<IngestError> {
        let frame = self.read(block, &[]).ok()?;
        let mut reader = TimestampReader::default();
        let mut is_bad = |name: &str, text: &str| match name {
            TIMESTAMP => reader.read(text).is_none(),
            _ => text.parse::<f64>().is_err(),
        };
        let mut earliest: Option<(usize, &'static str, String)> = None;
        for &name in std::iter::once(&TIMESTAMP).chain(&self.numbers) {
            let strings = frame.column(name).ok()?.str().ok()?;
            let found = strings
                .iter()
                .enumerate()
                .find(|(_, text)| text.is_none_or(|text| is_bad(name, text)));
            if let Some((i, text)) = found
                && earliest.as_ref().is_none_or(|(row, ..)| i < *row)
            {
                earliest = Some((i, name, text.unwrap_or_default().to_owned()));
            }
        }
        let (i, name, found) = earliest?;
        let expected = match name {
            TIMESTAMP => timestamp::EXPECTED,
            _ => NUMBER,
        };
        Some(place.cell(first + i, name, found, expected))
    }
}
