//! What is met on the way through a file, for the report.

use super::{EpochRows, Note, RowOrder};
use crate::market::instant::time;

/// Counts of a file or a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) order: RowOrder,
    /// The one whose rows they are, where the file tells.
    pub(super) instrument: Option<String>,
    /// Rows without a price.
    pub(super) missing_rows: usize,
    pub(super) blank_lines: usize,
    pub(super) repeated_headers: usize,
    /// Lines that are no rows.
    pub(super) remarks: usize,
    /// Rows whose time is of a clock that does not state its zone.
    pub(super) local_rows: usize,
    /// That clock, where it is not at UTC.
    pub(super) clock: Option<String>,
    /// Rows with the month first: those that could also have the day first, and those that cannot.
    pub(super) month_first: [usize; 2],
    /// Rows of instruments that were not asked for.
    pub(super) other_instruments: usize,
    /// Rows of which the time counts seconds, milliseconds, microseconds, nanoseconds.
    pub(super) epoch_units: [usize; 4],
    /// Quotes with a bid above the ask.
    pub(super) crossed_quotes: usize,
    /// The time of the first of them. Unit: nanoseconds since 1970.
    pub(super) first_crossed_ns: Option<i128>,
    /// Ticks before the one above.
    pub(super) late_ticks: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.order = self.order.max(other.order);
        if self.instrument.is_none() {
            self.instrument.clone_from(&other.instrument);
        }
        if self.clock.is_none() {
            self.clock.clone_from(&other.clock);
        }
        self.remarks += other.remarks;
        self.local_rows += other.local_rows;
        for (sum, n) in self.month_first.iter_mut().zip(other.month_first) {
            *sum += n;
        }
        self.missing_rows += other.missing_rows;
        self.blank_lines += other.blank_lines;
        self.repeated_headers += other.repeated_headers;
        self.other_instruments += other.other_instruments;
        for (sum, n) in self.epoch_units.iter_mut().zip(other.epoch_units) {
            *sum += n;
        }
        self.crossed_quotes += other.crossed_quotes;
        self.first_crossed_ns = self.first_crossed_ns.or(other.first_crossed_ns);
        self.late_ticks += other.late_ticks;
    }

    /// Rows of the file that did not become one.
    pub(super) const fn n_dropped(&self) -> usize {
        self.missing_rows + self.other_instruments
    }

    /// What there is to say.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.order == RowOrder::NewestFirst {
            notes.push(Note::NewestFirst);
        }
        notes.extend(self.clock.clone().map(Note::LocalClock));
        if let [n_open, 0] = self.month_first
            && n_open > 0
        {
            notes.push(Note::MonthFirst(n_open));
        }
        for (n, note) in [
            (self.missing_rows, Note::MissingRows as fn(usize) -> Note),
            (self.blank_lines, Note::BlankLines),
            (self.repeated_headers, Note::RepeatedHeaders),
            (self.remarks, Note::Remarks),
            (self.other_instruments, Note::OtherInstruments),
            (self.late_ticks, Note::LateTicks),
        ] {
            if n > 0 {
                notes.push(note(n));
            }
        }
        if let Some(first_ns) = self.first_crossed_ns {
            let (n_quotes, first) = (self.crossed_quotes, time(first_ns));
            notes.push(Note::CrossedQuotes { n_quotes, first });
        }
        let [seconds, milliseconds, microseconds, nanoseconds] = self.epoch_units;
        if self.epoch_units.iter().filter(|&&n| n > 0).count() > 1 {
            notes.push(Note::MixedEpochs(EpochRows {
                seconds,
                milliseconds,
                microseconds,
                nanoseconds,
            }));
        }
        notes
    }
}
