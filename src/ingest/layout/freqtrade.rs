//! freqtrade's JSON: an array of rows, `[ms, open, high, low, close, volume]` or `[ms, id, type,
//! side, price, amount, cost]`.
//!
//! Rows are read one by one, so that one long line is no burden. A row of nulls is a missing one.

use super::shape::{RowKind, cut};
use super::zone::refuse_other;
use super::{Layout, Mismatch};
use crate::ingest::ahead::handed;
use crate::ingest::blocks::Blocks;
use crate::ingest::columns::{Columns, NUMBER};
use crate::ingest::place::Place;
use crate::ingest::{BarLabel, DataFile, IngestError};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, de};
use std::fmt;
use std::io::{self, BufReader, Read};
use std::thread::Scope;

/// A file of freqtrade's of which the layout is known.
pub(in crate::ingest) struct Freqtrade<'a> {
    blocks: Blocks<'a>,
    kind: RowKind,
    place: Place,
}

const BARS: [&str; 6] = ["time", "open", "high", "low", "close", "volume"];
const TRADES: [&str; 7] = ["time", "id", "type", "side", "price", "amount", "cost"];

/// Rows that are handed on together.
const PART: usize = 1 << 16;

/// What a time must hold.
const MILLISECONDS: &str = "milliseconds since 1970";

/// Whether a text begins with a row of such a layout.
pub(super) fn recognize(layout: Layout, front: &[u8]) -> Result<String, Mismatch> {
    let text = front.trim_ascii_start();
    let Some(inside) = text.strip_prefix(b"[") else {
        return Err(Mismatch {
            nearness: 0,
            why: "it is no array of rows: it does not begin with \"[[\"".to_owned(),
        });
    };
    let inside = inside.trim_ascii_start();
    if !inside.starts_with(b"[") {
        return Err(Mismatch {
            nearness: 0,
            why: "it is no array of rows: it does not begin with \"[[\"".to_owned(),
        });
    }
    let end = inside.iter().take(1 << 12).position(|&byte| byte == b']');
    let row = end.map_or(inside, |end| &inside[..=end]);
    let cells: Vec<serde_json::Value> = serde_json::from_slice(row).map_err(|error| Mismatch {
        nearness: 400,
        why: format!("its first row is no array: {error}"),
    })?;
    let (n_cells, nearness) = match layout {
        Layout::FreqtradeTrades => (TRADES.len(), 500),
        _ => (BARS.len(), 501),
    };
    if cells.len() != n_cells {
        let found = cells.len();
        return Err(Mismatch {
            nearness,
            why: format!("its first row has {found} cells, expected {n_cells}"),
        });
    }
    let row = cut(&String::from_utf8_lossy(row));
    Ok(format!(
        "JSON, an array of rows of {n_cells} cells such as {row}"
    ))
}

impl<'a> Freqtrade<'a> {
    pub(in crate::ingest) fn open(
        file: &DataFile,
        blocks: Blocks<'a>,
        layout: Layout,
    ) -> Result<Self, IngestError> {
        let path = || file.path.clone();
        let kind = match layout {
            Layout::FreqtradeTrades => RowKind::Trade,
            _ => RowKind::Bar,
        };
        if kind == RowKind::Bar && file.timestamps == BarLabel::End {
            return Err(IngestError::LabelDefined {
                path: path(),
                layout,
            });
        }
        refuse_other(file, layout, 0)?;
        if file.instrument.is_some() {
            return Err(IngestError::Instrument {
                path: path(),
                found: "no column of instruments".to_owned(),
                expected: "one; leave out `instrument`".to_owned(),
            });
        }
        Ok(Self {
            blocks,
            kind,
            place: Place::new(&file.path, 1),
        })
    }

    pub(in crate::ingest) fn names(&self) -> impl Iterator<Item = &'static str> {
        fields(self.kind).iter().map(|&(_, name)| name)
    }

    pub(in crate::ingest) const fn place(&self) -> &Place {
        &self.place
    }

    pub(in crate::ingest) const fn kind(&self) -> RowKind {
        self.kind
    }

    pub(in crate::ingest) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<impl Iterator<Item = Result<Columns, IngestError>> + use<'scope>>
    where
        'a: 'scope,
    {
        handed(scope, move |give| {
            let bytes = Unread {
                blocks: self.blocks,
                bytes: Vec::new(),
                at: 0,
                n_of_row: 0,
            };
            let mut json = serde_json::Deserializer::from_reader(BufReader::new(bytes));
            let mut rows = Rows {
                columns: empty(self.kind),
                kind: self.kind,
                place: &self.place,
                n_read: 0,
                give,
                fault: None,
            };
            let read = json.deserialize_seq(&mut rows).and_then(|()| json.end());
            let fault = rows.fault.take();
            let last = std::mem::replace(&mut rows.columns, empty(self.kind));
            let _ = match (fault, read) {
                (Some(fault), _) => give(Err(fault)),
                (None, Err(source)) => {
                    let path = self.place.path();
                    give(Err(IngestError::Json { path, source }))
                }
                (None, Ok(())) => give(Ok(last)),
            };
        })
    }
}

/// Which cells are read, and what they become.
const fn fields(kind: RowKind) -> &'static [(usize, &'static str)] {
    match kind {
        RowKind::Bar => &[
            (1, "open"),
            (2, "high"),
            (3, "low"),
            (4, "close"),
            (5, "volume"),
        ],
        RowKind::Trade | RowKind::Quote => &[(4, "price"), (5, "size")],
    }
}

fn empty(kind: RowKind) -> Columns {
    Columns::listed(fields(kind).iter().map(|&(_, name)| name))
}

/// Reads the outer array; hands on its rows.
struct Rows<'a> {
    columns: Columns,
    kind: RowKind,
    place: &'a Place,
    n_read: usize,
    give: &'a mut dyn FnMut(Result<Columns, IngestError>) -> bool,
    /// Of a row.
    fault: Option<IngestError>,
}

impl<'de> Visitor<'de> for &mut Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element_seed(Row)? {
            if let Err(fault) = self.push(&row) {
                self.fault = Some(fault);
                return Err(A::Error::custom("a row"));
            }
            if self.columns.timestamps.len() == PART {
                let full = std::mem::replace(&mut self.columns, empty(self.kind));
                if !(self.give)(Ok(full)) {
                    return Err(A::Error::custom("nobody listens"));
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
        let names: &[&'static str] = match self.kind {
            RowKind::Bar => &BARS,
            RowKind::Trade | RowKind::Quote => &TRADES,
        };
        if row.len() != names.len() {
            return Err(IngestError::CellCount {
                path: self.place.path(),
                row: i + 1,
                found: row.len(),
                expected: names.len(),
            });
        }
        let fields = fields(self.kind);
        if fields.iter().all(|&(at, _)| row[at] == Cell::Null) {
            self.columns.tally.missing_rows += 1;
            return Ok(());
        }
        let cell =
            |at: usize, expected| self.place.cell(i, names[at], row[at].to_string(), expected);
        let mut numbers = [0.0; BARS.len()];
        for (number, &(at, _)) in numbers.iter_mut().zip(fields) {
            let Cell::Number(value) = row[at] else {
                return Err(cell(at, NUMBER));
            };
            *number = value;
        }
        let milliseconds = match row[0] {
            Cell::Number(ms) if ms.fract() == 0.0 && (0.0..253_402_300_800_000.0).contains(&ms) => {
                ms.to_string().parse::<i64>().ok()
            }
            _ => None,
        };
        let milliseconds = milliseconds.ok_or_else(|| cell(0, MILLISECONDS))?;
        self.columns
            .push(i128::from(milliseconds) * 1_000_000, i, &numbers);
        Ok(())
    }
}

/// A row, of which the first cells are kept, one more than any layout has.
struct Row;

impl<'de> DeserializeSeed<'de> for Row {
    type Value = Vec<Cell>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Vec<Cell>, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row {
    type Value = Vec<Cell>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row, an array of numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Vec<Cell>, A::Error> {
        let mut cells = Vec::with_capacity(TRADES.len() + 1);
        while let Some(cell) = row.next_element()? {
            if cells.len() <= TRADES.len() {
                cells.push(cell);
            }
        }
        Ok(cells)
    }
}

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Cell {
    Number(f64),
    Null,
    Other,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
            Self::Other => f.write_str("something that is no number"),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(AnyCell)
    }
}

struct AnyCell;

#[expect(
    clippy::cast_precision_loss,
    reason = "whole numbers beyond 2^53 are no prices and no times"
)]
impl<'de> Visitor<'de> for AnyCell {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cell")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Cell, E> {
        Ok(Cell::Number(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Cell, E> {
        Ok(Cell::Number(value as f64))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Cell, E> {
        Ok(Cell::Number(value as f64))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Cell, E> {
        Ok(Cell::Other)
    }

    fn visit_str<E: de::Error>(self, _: &str) -> Result<Cell, E> {
        Ok(Cell::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other)
    }
}

/// The bytes of a file, for the parser.
struct Unread<'a> {
    blocks: Blocks<'a>,
    bytes: Vec<u8>,
    at: usize,
    /// Bytes since a row ended: a single text that is as large as the file would have to be held.
    n_of_row: usize,
}

impl Unread<'_> {
    /// Bytes of the longest row.
    const LONGEST: usize = 1 << 26;
}

impl Read for Unread<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.bytes.len() {
            self.bytes = self.blocks.next_bytes().map_err(io::Error::other)?;
            self.at = 0;
            self.n_of_row = if self.bytes.contains(&b']') {
                0
            } else {
                self.n_of_row + self.bytes.len()
            };
            if self.n_of_row > Self::LONGEST {
                return Err(io::Error::other("a row without an end"));
            }
        }
        let n = buffer.len().min(self.bytes.len() - self.at);
        buffer[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
