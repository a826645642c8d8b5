//! freqtrade's JSON: an array of rows, `[ms, open, high, low, close, volume]` or `[ms, id, type,
//! side, price, amount, cost]`.
//!
//! Rows are read one at a time: the file, often one line, is never held as a whole. A row of nulls
//! counts as missing.

use super::column_map::Mismatch;
use super::local_clock::refuse_other_zone;
use super::sample::quoted_front;
use crate::ingest::ahead::sent_ahead;
use crate::ingest::blocks::Blocks;
use crate::ingest::columns::{Columns, NUMBER, Parts};
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::{FileLayout, RowKind};
use crate::ingest::parsed_file::{Contents, Front};
use crate::ingest::report::UnusedColumn;
use serde::Deserialize;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, SeqAccess, Visitor};
use std::fmt;
use std::io::{self, BufReader, Cursor, Read};
use std::thread::Scope;

/// A JSON file of freqtrade whose layout is known.
pub(in crate::ingest) struct Freqtrade<'a> {
    blocks: Blocks<'a>,
    file: &'a DataFile,
    cells: &'static Cells,
}

struct Cells {
    names: &'static [&'static str],
    /// Index of the first numeric cell that is read.
    first: usize,
    /// Shared names of the numbers that are read.
    fields: &'static [&'static str],
}

static BARS: Cells = Cells {
    names: &["time", "open", "high", "low", "close", "volume"],
    first: 1,
    fields: &["open", "high", "low", "close", "volume"],
};

static TRADES: Cells = Cells {
    names: &["time", "id", "type", "side", "price", "amount", "cost"],
    first: 4,
    fields: &["price", "size"],
};

/// Number of rows in a batch.
const PART: usize = 1 << 16;

/// Expected content of a time cell, for error messages.
const MILLISECONDS: &str = "milliseconds since 1970";

/// Evidence for `layout` in the first row.
pub(super) fn recognize(layout: FileLayout, front: &[u8]) -> Result<String, Mismatch> {
    let inside = front.trim_ascii_start().strip_prefix(b"[");
    let inside = inside.map(<[u8]>::trim_ascii_start);
    let Some(inside) = inside.filter(|inside| inside.starts_with(b"[")) else {
        let why = "it is no array of rows: it does not begin with \"[[\"";
        return Err(Mismatch::new(0, why));
    };
    let end = inside.iter().take(1 << 12).position(|&byte| byte == b']');
    let row = end.map_or(inside, |end| &inside[..=end]);
    let cells: Vec<IgnoredAny> = serde_json::from_slice(row)
        .map_err(|error| Mismatch::new(400, format!("its first row is no array: {error}")))?;
    let (n_cells, nearness) = match layout {
        FileLayout::FreqtradeTrades => (TRADES.names.len(), 500),
        _ => (BARS.names.len(), 501),
    };
    if cells.len() != n_cells {
        let found = cells.len();
        let why = format!("its first row has {found} cells, expected {n_cells}");
        return Err(Mismatch::new(nearness, why));
    }
    let row = quoted_front(&String::from_utf8_lossy(row));
    Ok(format!(
        "JSON, an array of rows of {n_cells} cells such as {row}"
    ))
}

impl<'a> Freqtrade<'a> {
    pub(in crate::ingest) fn open(
        file: &'a DataFile,
        blocks: Blocks<'a>,
        layout: FileLayout,
        evidence: String,
    ) -> Result<(Front, Self), IngestError> {
        let (kind, cells) = match layout {
            FileLayout::FreqtradeTrades => (RowKind::Trade, &TRADES),
            _ => (RowKind::Bar, &BARS),
        };
        if kind == RowKind::Bar {
            file.refuse_ends(layout)?;
        }
        refuse_other_zone(file, layout, 0)?;
        file.refuse_instrument()?;
        file.signal_places(&[])?;
        let read = cells.first..cells.first + cells.fields.len();
        let is_unused = |(at, _): &(usize, _)| *at > 0 && !read.contains(at);
        let unused = cells.names.iter().enumerate().filter(is_unused);
        let unused = unused.map(|(_, name)| UnusedColumn {
            name: (*name).to_owned(),
            is_numeric: false,
        });
        let front = Front {
            layout,
            evidence,
            kind,
            contents: Contents::of(file, kind, cells.fields, "")?,
            unused: unused.collect(),
        };
        Ok((
            front,
            Self {
                blocks,
                file,
                cells,
            },
        ))
    }

    pub(in crate::ingest) fn rows(self, scope: &'a Scope<'a, '_>) -> io::Result<Parts<'a>> {
        let parts = sent_ahead(scope, move |send| {
            let bytes = Unread {
                blocks: self.blocks,
                bytes: Cursor::default(),
                n_of_row: 0,
            };
            let mut json = serde_json::Deserializer::from_reader(BufReader::new(bytes));
            let mut rows = Rows {
                columns: self.cells.columns(),
                cells: self.cells,
                file: self.file,
                n_read: 0,
                send,
                fault: None,
            };
            let read = json.deserialize_seq(&mut rows).and_then(|()| json.end());
            let last = match (rows.fault.take(), read) {
                (Some(fault), _) => Err(fault),
                (None, Err(error)) => Err(self.file.error(IngestFault::Json(error))),
                (None, Ok(())) => Ok(rows.columns),
            };
            send(last);
        })?;
        Ok(Box::new(parts))
    }
}

impl Cells {
    fn columns(&self) -> Columns {
        Columns::empty(self.fields.iter().copied())
    }
}

/// Visitor of the outer array that sends its rows in batches.
struct Rows<'a> {
    columns: Columns,
    cells: &'static Cells,
    file: &'a DataFile,
    n_read: usize,
    send: &'a mut dyn FnMut(Result<Columns, IngestError>) -> bool,
    /// Error about a row, which ends the reading.
    fault: Option<IngestError>,
}

impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element::<Vec<Cell>>()? {
            if let Err(fault) = self.push(&row) {
                self.fault = Some(fault);
                return Err(A::Error::custom("a faulty row"));
            }
            if self.columns.timestamps.len() == PART {
                let full = std::mem::replace(&mut self.columns, self.cells.columns());
                if !(self.send)(Ok(full)) {
                    return Err(A::Error::custom("no receiver"));
                }
            }
        }
        Ok(())
    }
}

impl Rows<'_> {
    fn push(&mut self, row: &[Cell]) -> Result<(), IngestError> {
        let i = self.n_read;
        self.n_read += 1;
        let Cells {
            names,
            first,
            fields,
        } = self.cells;
        if row.len() != names.len() {
            let fault = IngestFault::CellCount {
                found: row.len(),
                expected: names.len(),
            };
            return Err(self.file.in_row(i, fault));
        }
        let wanted = *first..first + fields.len();
        if row[wanted.clone()].iter().all(|cell| *cell == Cell::Null) {
            self.columns.tally.missing_rows += 1;
            return Ok(());
        }
        let number = |at: usize| match &row[at] {
            Cell::Number(value) => Ok(*value),
            Cell::Null => Err("null".to_owned()),
            Cell::Other(_) => Err("something that is no number".to_owned()),
        };
        let cell = |at: usize, found: &str, expected| self.file.cell(i, names[at], found, expected);
        let numbers = wanted
            .map(|at| number(at).map_err(|found| cell(at, &found, NUMBER)))
            .collect::<Result<Vec<f64>, _>>()?;
        let ms = number(0).map_err(|found| cell(0, &found, MILLISECONDS))?;
        let is_time = ms.fract() == 0.0 && (0.0..253_402_300_800_000.0).contains(&ms);
        let whole_ms = ms.to_string().parse::<i64>().ok().filter(|_| is_time);
        let whole_ms = whole_ms.ok_or_else(|| cell(0, &ms.to_string(), MILLISECONDS))?;
        self.columns
            .push(i128::from(whole_ms) * 1_000_000, i, &numbers);
        Ok(())
    }
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Cell {
    Number(f64),
    Null,
    Other(IgnoredAny),
}

/// Byte source of the JSON parser.
struct Unread<'a> {
    blocks: Blocks<'a>,
    bytes: Cursor<Vec<u8>>,
    /// Bytes since the last end of a row; bounded, because the parser holds a row in memory.
    n_of_row: usize,
}

impl Unread<'_> {
    /// Maximum length of a row. Unit: bytes.
    const LONGEST: usize = 1 << 24;
}

impl Read for Unread<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        if n > 0 {
            return Ok(n);
        }
        let bytes = self.blocks.next_bytes().map_err(io::Error::other)?;
        self.n_of_row = if bytes.contains(&b']') {
            0
        } else {
            self.n_of_row + bytes.len()
        };
        if self.n_of_row > Self::LONGEST {
            return Err(io::Error::other("a row without an end"));
        }
        self.bytes = Cursor::new(bytes);
        self.bytes.read(buffer)
    }
}
