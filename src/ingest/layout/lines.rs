//! Files of lines, read block by block as their plan says.

use super::clock::{Clock, EpochUnit, SpelledZone, is_surely_month_first};
use super::plan::Plan;
use super::sample::split;
use super::shape::{Label, Order, Prices, Role, RowKind};
use super::zone::{ClockChange, LocalClock};
use crate::ingest::ahead::ahead;
use crate::ingest::blocks::{Block, Blocks};
use crate::ingest::columns::{Columns, NUMBER};
use crate::ingest::place::Place;
use crate::ingest::tally::Tally;
use crate::ingest::{BarLabel, DataFile, IngestError};
use std::io;
use std::thread::Scope;

/// A file of lines of which the layout is known.
pub(in crate::ingest) struct Lines<'a> {
    blocks: Blocks<'a>,
    reader: RowReader,
}

/// Reads rows.
struct RowReader {
    plan: Plan,
    place: Place,
    clock: Clock,
    /// The clock of times that do not state their zone, where that is known.
    local: Option<LocalClock>,
    /// The one that is read, where the file has a column of them.
    instrument: Option<String>,
    filter: Filter,
    /// Lines so far.
    n_lines: usize,
}

/// What a row of another instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    /// A fault.
    None,
    /// Not wanted.
    Given,
}

/// What a line was.
enum Line {
    Row,
    NoRow,
}

impl<'a> Lines<'a> {
    /// Settles what the layout leaves open.
    pub(in crate::ingest) fn open(
        file: &DataFile,
        blocks: Blocks<'a>,
        mut plan: Plan,
    ) -> Result<Self, IngestError> {
        let path = || file.path.clone();
        let layout = plan.shape.layout;
        if plan.shape.label == Label::Open
            && plan.shape.rows == RowKind::Bar
            && file.timestamps == BarLabel::End
        {
            return Err(IngestError::LabelDefined {
                path: path(),
                layout,
            });
        }
        choose_instrument(file, &mut plan)?;
        Ok(Self {
            blocks,
            reader: RowReader {
                local: LocalClock::of(file, layout, plan.shape.zone)?,
                place: Place::new(&file.path, 1),
                clock: Clock::new(plan.shape.time),
                instrument: file.instrument.clone(),
                filter: match file.instrument {
                    Some(_) => Filter::Given,
                    None => Filter::None,
                },
                n_lines: 0,
                plan,
            },
        })
    }

    pub(in crate::ingest) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.reader.plan.numbers.iter().map(|number| number.field)
    }

    pub(in crate::ingest) const fn place(&self) -> &Place {
        &self.reader.place
    }

    pub(in crate::ingest) const fn kind(&self) -> RowKind {
        self.reader.plan.shape.rows
    }

    /// The rows, many at a time, with the numbers of the layout. One thread reads and hashes, one
    /// parses. A file whose newest row comes first is held as a whole, as numbers, and handed out
    /// from its end.
    pub(in crate::ingest) fn rows<'scope>(
        self,
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<Box<dyn Iterator<Item = Result<Columns, IngestError>> + 'scope>>
    where
        'a: 'scope,
    {
        let (mut source, mut reader) = (self.blocks, self.reader);
        let order = reader.plan.shape.order;
        let mut blocks = ahead(scope, move || source.next().transpose())?;
        let parts = ahead(scope, move || {
            Some(blocks.next()?.and_then(|block| reader.columns(&block)))
        })?;
        match order {
            Order::OldestFirst => Ok(Box::new(parts)),
            Order::Either => Ok(Box::new(OldestFirst {
                parts,
                direction: Direction::Unknown,
            })),
        }
    }
}

/// The columns of the instrument that is asked for, where several stand side by side.
fn choose_instrument(file: &DataFile, plan: &mut Plan) -> Result<(), IngestError> {
    let error = |found: Vec<String>| IngestError::Instrument {
        path: file.path.clone(),
        found: found.join(", "),
        expected: file.instrument.clone().map_or_else(
            || "one; give `instrument`, the one to read".to_owned(),
            |name| format!("the instrument {name:?} among them"),
        ),
    };
    let known = || {
        plan.of_instruments
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    };
    match &file.instrument {
        None if plan.of_instruments.len() > 1 => return Err(error(known())),
        Some(_) if plan.of_instruments.is_empty() && plan.instrument.is_none() => {
            return Err(error(vec!["no column of instruments".to_owned()]));
        }
        Some(wanted) if !plan.of_instruments.is_empty() => {
            let chosen = plan.of_instruments.iter().find(|(name, _)| name == wanted);
            let Some((_, numbers)) = chosen else {
                return Err(error(known()));
            };
            plan.numbers = numbers.clone();
        }
        _ => {}
    }
    Ok(())
}

impl RowReader {
    fn columns(&mut self, block: &Block) -> Result<Columns, IngestError> {
        let text = std::str::from_utf8(&block.lines).map_err(|error| {
            let good = &block.lines[..error.valid_up_to()];
            let n_good = good.split(|&byte| byte == b'\n').count();
            IngestError::Encoding {
                path: self.place.path(),
                row: self.n_lines + n_good,
            }
        })?;
        let mut columns = Columns::listed(self.plan.numbers.iter().map(|number| number.field));
        let (mut cells, mut numbers) = (Vec::with_capacity(self.plan.n_cells), Vec::new());
        for line in text.split_terminator('\n') {
            self.n_lines += 1;
            if self.n_lines < self.plan.first_row {
                continue;
            }
            if line.trim_ascii().is_empty() {
                columns.tally.blank_lines += 1;
                continue;
            }
            split(line, self.plan.shape.separator, &mut cells);
            if let Line::NoRow = self.kind(line, &cells, &mut columns.tally)? {
                continue;
            }
            let instant_ns = self.instant(&cells, &mut columns.tally)?;
            match self.numbers(&cells, &mut numbers)? {
                Line::Row => columns.push(instant_ns, self.n_lines - 1, &numbers),
                Line::NoRow => columns.tally.missing_rows += 1,
            }
        }
        columns.tally.instrument.clone_from(&self.instrument);
        if columns.tally.local_rows > 0 {
            columns.tally.clock = self.local.and_then(LocalClock::name);
        }
        Ok(columns)
    }

    /// Whether a line is a row to read.
    fn kind(&mut self, line: &str, cells: &[&str], tally: &mut Tally) -> Result<Line, IngestError> {
        if self.plan.header.as_deref() == Some(line.trim_ascii_end()) {
            tally.repeated_headers += 1;
            return Ok(Line::NoRow);
        }
        let bare = line.trim_start_matches('"');
        let remarks = self.plan.shape.remarks;
        if remarks.iter().any(|start| bare.starts_with(start)) {
            tally.remarks += 1;
            return Ok(Line::NoRow);
        }
        if cells.len() != self.plan.n_cells {
            return Err(IngestError::CellCount {
                path: self.place.path(),
                row: self.n_lines,
                found: cells.len(),
                expected: self.plan.n_cells,
            });
        }
        self.of_wanted_instrument(cells, tally)
    }

    /// The numbers of a row; none where no price is there.
    fn numbers(&self, cells: &[&str], numbers: &mut Vec<f64>) -> Result<Line, IngestError> {
        numbers.clear();
        let (mut missing, mut n_prices, mut n_missing) = (None, 0, 0);
        for number in &self.plan.numbers {
            let text = cells[number.at];
            let is_price = !matches!(number.role, Role::Volume | Role::Size);
            n_prices += usize::from(is_price);
            if self.plan.shape.missing.contains(&text) {
                n_missing += usize::from(is_price);
                missing.get_or_insert((number.name, text));
                numbers.push(0.0);
                continue;
            }
            let value = text
                .parse::<f64>()
                .map_err(|_| self.cell(number.name, text, NUMBER))?;
            numbers.push(match self.plan.shape.prices {
                Prices::WholeBillionths if is_price && !text.contains('.') => value / 1e9,
                _ => value,
            });
        }
        match missing {
            None => Ok(Line::Row),
            Some(_) if n_missing == n_prices => Ok(Line::NoRow),
            Some((name, text)) => {
                let expected = "a number, for other prices of the row are there";
                Err(self.cell(name, text, expected))
            }
        }
    }

    fn of_wanted_instrument(
        &mut self,
        cells: &[&str],
        tally: &mut Tally,
    ) -> Result<Line, IngestError> {
        let Some(found) = self.plan.instrument.map(|at| cells[at]) else {
            return Ok(Line::Row);
        };
        match &self.instrument {
            Some(wanted) if wanted == found => Ok(Line::Row),
            Some(_) if self.filter == Filter::Given => {
                tally.other_instruments += 1;
                Ok(Line::NoRow)
            }
            Some(first) => Err(IngestError::Instruments {
                path: self.place.path(),
                row: self.n_lines,
                found: found.to_owned(),
                expected: first.clone(),
            }),
            None => {
                self.instrument = Some(found.to_owned());
                Ok(Line::Row)
            }
        }
    }

    /// The time of a row. Unit: nanoseconds since 1970 in UTC.
    fn instant(&mut self, cells: &[&str], tally: &mut Tally) -> Result<i128, IngestError> {
        let text = cells[self.plan.time];
        let is_daily = self
            .plan
            .period
            .is_some_and(|at| matches!(cells[at], "D" | "W" | "M"));
        let day_time = self.plan.day_time.filter(|_| !is_daily).map(|at| cells[at]);
        let Some(spelled) = self.clock.read(text, day_time) else {
            let text = day_time.map_or_else(|| text.to_owned(), |time| format!("{text} {time}"));
            return Err(self.cell(self.plan.time_name, &text, self.plan.shape.time.expected()));
        };
        if let Some(unit) = spelled.unit {
            let at = match unit {
                EpochUnit::Seconds => 0,
                EpochUnit::Milliseconds => 1,
                EpochUnit::Microseconds => 2,
                EpochUnit::Nanoseconds => 3,
            };
            tally.epoch_units[at] += 1;
        }
        if self.plan.shape.time.is_month_first() {
            tally.month_first[usize::from(is_surely_month_first(text))] += 1;
        }
        match spelled.zone {
            SpelledZone::Stated | SpelledZone::Date => Ok(spelled.ns),
            SpelledZone::Local => self.local_instant(spelled.ns, text, day_time, tally),
        }
    }

    /// The instant of a time on the clock of the file. Unit: nanoseconds since 1970.
    fn local_instant(
        &self,
        local_ns: i128,
        text: &str,
        day_time: Option<&str>,
        tally: &mut Tally,
    ) -> Result<i128, IngestError> {
        let (path, row) = (|| self.place.path(), self.n_lines);
        let Some(local) = &self.local else {
            return Err(IngestError::ZoneOpen {
                path: path(),
                row,
                layout: self.plan.shape.layout,
                found: text.to_owned(),
            });
        };
        tally.local_rows += 1;
        local
            .utc_ns(local_ns)
            .map_err(|ClockChange(how)| IngestError::ClockChange {
                path: path(),
                row,
                found: day_time.map_or_else(|| text.to_owned(), |time| format!("{text} {time}")),
                zone: local.name().unwrap_or_else(|| "UTC".to_owned()),
                how,
            })
    }

    fn cell(&self, column: &'static str, found: &str, expected: &'static str) -> IngestError {
        self.place
            .cell(self.n_lines - 1, column, found.to_owned(), expected)
    }
}

/// Rows from the oldest on, of a file that may run the other way.
struct OldestFirst<I> {
    parts: I,
    direction: Direction,
}

enum Direction {
    Unknown,
    Forward,
    /// What is left, its last part next.
    Backward(Vec<Columns>),
}

impl<I: Iterator<Item = Result<Columns, IngestError>>> OldestFirst<I> {
    /// Settles the direction by the first part with two rows; takes all of a file that runs
    /// backward.
    fn first(&mut self) -> Option<Result<Columns, IngestError>> {
        let first = match self.parts.next()? {
            Ok(first) => first,
            error => return Some(error),
        };
        match first.timestamps.as_slice() {
            [newest, .., oldest] if oldest < newest => {
                let rest = self.parts.by_ref();
                match std::iter::once(Ok(first)).chain(rest).collect() {
                    Ok(all) => self.direction = Direction::Backward(all),
                    Err(error) => return Some(Err(error)),
                }
                self.next()
            }
            [_, _, ..] => {
                self.direction = Direction::Forward;
                Some(Ok(first))
            }
            _ => Some(Ok(first)),
        }
    }
}

impl<I: Iterator<Item = Result<Columns, IngestError>>> Iterator for OldestFirst<I> {
    type Item = Result<Columns, IngestError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.direction {
            Direction::Unknown => self.first(),
            Direction::Forward => self.parts.next(),
            Direction::Backward(parts) => parts.pop().map(|part| Ok(part.reversed())),
        }
    }
}
