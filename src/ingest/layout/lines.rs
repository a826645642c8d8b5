//! Reader of all line-based layouts, block by block.

use super::clock::{Clock, EpochUnit, SpelledZone, is_surely_month_first};
use super::column_map::{ColumnMap, Content};
use super::decimal;
use super::local_clock::LocalClock;
use super::sample::split;
use super::shape::{Label, Order, PriceFormat, Role};
use crate::ingest::ahead::ahead;
use crate::ingest::blocks::{Block, Blocks, Quotes};
use crate::ingest::columns::{Columns, NUMBER, Parts, SIGNAL};
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::RowKind;
use crate::ingest::parsed_file::{Contents, Front};
use crate::ingest::report::UnusedColumn;
use crate::ingest::tally::Tally;
use std::io;
use std::thread::Scope;

/// A line-based file whose columns are known.
pub(in crate::ingest) struct Lines<'a> {
    blocks: Blocks<'a>,
    reader: RowReader<'a>,
}

struct RowReader<'a> {
    map: ColumnMap,
    file: &'a DataFile,
    clock: Clock,
    /// Clock of local times, if known.
    local: Option<LocalClock>,
    /// Instrument of the rows, if the file has an instrument column.
    instrument: Option<String>,
    n_lines: usize,
}

enum Line {
    Row,
    NoRow,
}

impl<'a> Lines<'a> {
    /// Applies the settings that the layout leaves open: instrument and zone.
    pub(in crate::ingest) fn open(
        file: &'a DataFile,
        blocks: Blocks<'a>,
        mut map: ColumnMap,
    ) -> Result<(Front, Self), IngestError> {
        let shape = map.shape;
        if shape.label == Label::Open && shape.rows == RowKind::Bar {
            file.refuse_ends(shape.layout)?;
        }
        choose_instrument(file, &mut map)?;
        let unused = choose_signals(file, &mut map)?;
        let local = LocalClock::of(file, shape.layout, shape.zone)?;
        let fields: Vec<&str> = map.numbers.iter().map(|number| number.field).collect();
        let header = map.header.as_deref().unwrap_or_default();
        let front = Front {
            layout: shape.layout,
            evidence: map.evidence.clone(),
            kind: shape.rows,
            contents: Contents::of(file, shape.rows, &fields, header)?,
            unused,
        };
        let lines = Self {
            blocks,
            reader: RowReader {
                local,
                file,
                clock: Clock::new(shape.time),
                instrument: file.instrument.clone(),
                n_lines: 0,
                map,
            },
        };
        Ok((front, lines))
    }

    /// Rows of the file, in batches. One thread reads and hashes, another parses. A newest-first
    /// file is held as a whole, as numbers, and returned from its end.
    pub(in crate::ingest) fn rows(self, scope: &'a Scope<'a, '_>) -> io::Result<Parts<'a>> {
        let (mut source, mut reader) = (self.blocks, self.reader);
        let order = reader.map.shape.order;
        let mut blocks = ahead(scope, move || source.next().transpose())?;
        let parts = ahead(scope, move || {
            Some(blocks.next()?.and_then(|block| reader.columns(&block)))
        })?;
        Ok(match order {
            Order::OldestFirst => Box::new(parts),
            Order::Either => oldest_first(parts),
        })
    }
}

/// Selects the columns of the wanted instrument if instruments stand side by side.
fn choose_instrument(file: &DataFile, map: &mut ColumnMap) -> Result<(), IngestError> {
    let among = |expected: String| {
        let names: Vec<&str> = map
            .by_instrument
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        file.error(IngestFault::Instrument {
            found: names.join(", "),
            expected,
        })
    };
    match &file.instrument {
        None if map.by_instrument.len() > 1 => {
            return Err(among("one; give `instrument`, the one to read".to_owned()));
        }
        Some(wanted) if !map.by_instrument.is_empty() => {
            let chosen = map.by_instrument.iter().find(|(name, _)| name == wanted);
            let Some((_, numbers)) = chosen else {
                return Err(among(format!("the instrument {wanted:?} among them")));
            };
            map.numbers = numbers.clone();
        }
        Some(_) if map.instrument.is_none() => file.refuse_instrument()?,
        _ => {}
    }
    Ok(())
}

/// Finds the columns of the signals; returns the columns that are not read.
fn choose_signals(file: &DataFile, map: &mut ColumnMap) -> Result<Vec<UnusedColumn>, IngestError> {
    let names: Vec<&str> = map
        .further
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    let chosen = file.signal_places(&names)?;
    map.signals = chosen.iter().map(|&place| map.further[place].at).collect();
    let is_unused =
        |place: &usize| map.further[*place].content != Content::Volumes && !chosen.contains(place);
    let unused = (0..map.further.len())
        .filter(is_unused)
        .map(|place| UnusedColumn {
            name: map.further[place].name.clone(),
            is_numeric: map.further[place].content == Content::Numbers,
        });
    Ok(unused.collect())
}

/// Lines without their line breaks. A line break within quotes belongs to its cell.
fn lines(text: &str, quotes: Quotes) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split_terminator(move |letter| {
        is_quoted ^= letter == '"' && quotes == Quotes::Some;
        letter == '\n' && !is_quoted
    })
}

impl RowReader<'_> {
    fn columns(&mut self, block: &Block) -> Result<Columns, IngestError> {
        let text = std::str::from_utf8(&block.lines).map_err(|error| {
            let good = &block.lines[..error.valid_up_to()];
            let n_good = good.split(|&byte| byte == b'\n').count();
            let fault = IngestFault::Damaged {
                found: "bytes that are not UTF-8".to_owned(),
                expected: "a text; save it as UTF-8",
            };
            self.file.in_row(self.n_lines + n_good - 1, fault)
        })?;
        let fields = self.map.numbers.iter().map(|number| number.field);
        let signals = self.map.signals.iter().map(|_| SIGNAL);
        let mut columns = Columns::empty(fields.chain(signals));
        let (mut cells, mut numbers) = (Vec::with_capacity(self.map.n_cells), Vec::new());
        let mut n_before = self.n_lines;
        for line in lines(text, block.quotes) {
            self.n_lines = n_before + 1;
            n_before += match block.quotes {
                Quotes::None => 1,
                Quotes::Some => 1 + line.bytes().filter(|&byte| byte == b'\n').count(),
            };
            if self.n_lines < self.map.first_row {
                continue;
            }
            if line.trim_ascii().is_empty() {
                columns.tally.blank_lines += 1;
                continue;
            }
            split(line, self.map.shape.separator, block.quotes, &mut cells);
            if let Line::NoRow = self.kind(line, &cells, &mut columns.tally)? {
                continue;
            }
            let instant_ns = self.instant(&cells, &mut columns.tally)?;
            match self.numbers(&cells, &mut numbers)? {
                Line::Row => columns.push(instant_ns, self.n_lines - 1, &numbers),
                Line::NoRow => columns.tally.missing_rows += 1,
            }
        }
        self.n_lines = n_before;
        columns.tally.instrument.clone_from(&self.instrument);
        Ok(columns)
    }

    /// Distinguishes rows from other lines, which are counted.
    fn kind(&mut self, line: &str, cells: &[&str], tally: &mut Tally) -> Result<Line, IngestError> {
        if self.map.header.as_deref() == Some(line.trim_ascii_end()) {
            tally.repeated_headers += 1;
            return Ok(Line::NoRow);
        }
        let bare = line.trim_start_matches('"');
        let remarks = self.map.shape.remarks;
        if remarks.iter().any(|start| bare.starts_with(start)) {
            tally.remarks += 1;
            return Ok(Line::NoRow);
        }
        if cells.len() != self.map.n_cells {
            return Err(self.in_row(IngestFault::CellCount {
                found: cells.len(),
                expected: self.map.n_cells,
            }));
        }
        let Some(found) = self.map.instrument.map(|at| cells[at]) else {
            return Ok(Line::Row);
        };
        match &self.instrument {
            Some(wanted) if wanted == found => Ok(Line::Row),
            Some(_) if self.file.instrument.is_some() => {
                tally.other_instruments += 1;
                Ok(Line::NoRow)
            }
            Some(first) => Err(self.in_row(IngestFault::Instruments {
                found: found.to_owned(),
                expected: first.clone(),
            })),
            None => {
                self.instrument = Some(found.to_owned());
                Ok(Line::Row)
            }
        }
    }

    /// Reads the prices and signals of a row; `NoRow` if all prices are missing.
    fn numbers(&self, cells: &[&str], numbers: &mut Vec<f64>) -> Result<Line, IngestError> {
        numbers.clear();
        let (mut missing, mut n_prices, mut n_missing) = (None, 0, 0);
        for number in &self.map.numbers {
            let text = cells[number.at];
            let is_price = !matches!(number.role, Role::Volume | Role::Size);
            n_prices += usize::from(is_price);
            if self.map.shape.missing.contains(&text) {
                n_missing += usize::from(is_price);
                missing.get_or_insert((number.name, text));
                numbers.push(0.0);
                continue;
            }
            let value = decimal::parse(text).ok_or_else(|| self.cell(number.name, text, NUMBER))?;
            numbers.push(match self.map.shape.prices {
                PriceFormat::WholeBillionths if is_price && !text.contains('.') => value / 1e9,
                _ => value,
            });
        }
        match missing {
            None => self.signals(cells, numbers),
            Some(_) if n_missing == n_prices => Ok(Line::NoRow),
            Some((name, text)) => {
                let expected = "a number, because other prices of the row are there";
                Err(self.cell(name, text, expected))
            }
        }
    }

    /// Appends the signals of a row to its numbers.
    fn signals(&self, cells: &[&str], numbers: &mut Vec<f64>) -> Result<Line, IngestError> {
        for (&at, signal) in self.map.signals.iter().zip(&self.file.signals) {
            let (text, row) = (cells[at], self.n_lines - 1);
            let number = decimal::parse(text);
            numbers.push(self.file.signal_value(signal, row, number, text)?);
        }
        Ok(Line::Row)
    }

    /// The time of a row. Unit: nanoseconds since 1970 in UTC.
    fn instant(&mut self, cells: &[&str], tally: &mut Tally) -> Result<i128, IngestError> {
        let date = cells[self.map.time];
        let period = self.map.period.map(|at| cells[at]);
        let is_daily = matches!(period, Some("D" | "W" | "M"));
        let day_time = self.map.day_time.filter(|_| !is_daily).map(|at| cells[at]);
        let text = || day_time.map_or_else(|| date.to_owned(), |time| format!("{date} {time}"));
        let Some(spelled) = self.clock.read(date, day_time) else {
            return Err(self.cell(self.map.time_name, &text(), self.map.shape.time.expected()));
        };
        match spelled.unit {
            Some(EpochUnit::Seconds) => tally.epochs.seconds += 1,
            Some(EpochUnit::Milliseconds) => tally.epochs.milliseconds += 1,
            Some(EpochUnit::Microseconds) => tally.epochs.microseconds += 1,
            Some(EpochUnit::Nanoseconds) => tally.epochs.nanoseconds += 1,
            None => {}
        }
        if self.map.shape.time.is_month_first() {
            tally.month_first[usize::from(is_surely_month_first(date))] += 1;
        }
        match spelled.zone {
            SpelledZone::Stated => return Ok(spelled.ns),
            SpelledZone::Date => {
                tally.bare_dates += 1;
                return Ok(spelled.ns);
            }
            SpelledZone::Local => tally.local_times += 1,
        }
        let Some(local) = &self.local else {
            return Err(self.in_row(IngestFault::ZoneOpen {
                layout: self.map.shape.layout,
                found: date.to_owned(),
            }));
        };
        if tally.clock.is_none() {
            tally.clock = local.name();
        }
        local.utc_ns(spelled.ns).map_err(|how| {
            self.in_row(IngestFault::ClockChange {
                found: text(),
                zone: local.name().unwrap_or_else(|| "UTC".to_owned()),
                how,
            })
        })
    }

    fn in_row(&self, fault: IngestFault) -> IngestError {
        self.file.in_row(self.n_lines - 1, fault)
    }

    fn cell(&self, column: &'static str, found: &str, expected: &'static str) -> IngestError {
        self.file.cell(self.n_lines - 1, column, found, expected)
    }
}

/// Rows, oldest first; buffers the whole file if its first batch of at least two rows runs
/// backward.
fn oldest_first<'a>(
    mut parts: impl Iterator<Item = Result<Columns, IngestError>> + 'a,
) -> Parts<'a> {
    let mut front = Vec::new();
    for part in parts.by_ref() {
        let is_backward = match part.as_ref().map(|part| part.timestamps.as_slice()) {
            Ok([first, .., last]) => Some(last < first),
            Ok(_) => None,
            Err(_) => Some(false),
        };
        front.push(part);
        match is_backward {
            None => {}
            Some(false) => break,
            Some(true) => {
                let all: Result<Vec<_>, _> = front.into_iter().chain(parts).collect();
                return match all {
                    Ok(all) => Box::new(all.into_iter().rev().map(|part| Ok(part.reversed()))),
                    Err(error) => Box::new(std::iter::once(Err(error))),
                };
            }
        }
    }
    Box::new(front.into_iter().chain(parts))
}
