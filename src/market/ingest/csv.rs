//! CSV through polars, block by block, typed from the start.
//!
//! A typed reading is fast but cannot say where it failed. Only when it fails, the same block is read as strings and the first
//! row and column that do not parse are looked for.

use super::IngestError;
use super::blocks::{Block, Blocks, Quotes};
use super::columns::{Columns, NUMBER, TIMESTAMP};
use super::place::Place;
use super::timestamp::{self, TimestampReader};
use polars::prelude::{
    CsvParseOptions, CsvReadOptions, DataFrame, DataType, PlSmallStr, PolarsResult, Schema,
    SerReader,
};
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

/// The rows of a CSV file that were not handed out yet.
pub(super) struct Csv<'a> {
    blocks: Blocks<'a>,
    names: Vec<PlSmallStr>,
    place: Place,
    n_read: usize,
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
            n_read: 0,
        })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(PlSmallStr::as_str)
    }

    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// The next rows, `timestamp` and the columns `numbers`, which must be there, and nothing else; `None` at the end.
    pub(super) fn next(
        &mut self,
        numbers: &[&'static str],
    ) -> Result<Option<Columns>, IngestError> {
        let layout = Layout {
            names: &self.names,
            numbers,
        };
        let Some(block) = self.blocks.next()? else {
            return Ok(None);
        };
        let first = self.n_read;
        let frame = layout.read(&block, numbers).map_err(|error| {
            let culprit = layout.culprit(&block, &self.place, first);
            culprit.unwrap_or_else(|| self.place.table(error))
        })?;
        self.n_read += frame.height();
        Columns::new(&frame, numbers, &self.place, first).map(Some)
    }
}

/// The columns there are and those that are wanted.
struct Layout<'a> {
    names: &'a [PlSmallStr],
    numbers: &'a [&'static str],
}

impl Layout<'_> {
    /// The wanted columns of whole lines: the columns `typed` as numbers, the others as strings.
    fn read(&self, block: &Block<'_>, typed: &[&'static str]) -> PolarsResult<DataFrame> {
        let type_of = |name: &str| match typed.contains(&name) {
            true => DataType::Float64,
            false => DataType::String,
        };
        let names = self.names.iter();
        let schema: Schema = names.map(|name| (name.clone(), type_of(name))).collect();
        let wanted = |name: &&PlSmallStr| {
            name.as_str() == TIMESTAMP || self.numbers.contains(&name.as_str())
        };
        let wanted: Arc<[_]> = self.names.iter().filter(wanted).cloned().collect();
        // Cells beyond the last column are a fault. Where some columns are not read, polars does not look.
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
            .into_reader_with_file_handle(Cursor::new(block.lines))
            .finish()
    }

    /// The first cell that does not parse, found in a reading that cannot fail on a cell.
    fn culprit(&self, block: &Block<'_>, place: &Place, first: usize) -> Option<IngestError> {
        let frame = self.read(block, &[]).ok()?;
        let mut reader = TimestampReader::default();
        let mut is_bad = |name: &str, text: &str| match name {
            TIMESTAMP => reader.read(text).is_none(),
            _ => text.parse::<f64>().is_err(),
        };
        let mut earliest: Option<(usize, &'static str, String)> = None;
        for &name in std::iter::once(&TIMESTAMP).chain(self.numbers) {
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
