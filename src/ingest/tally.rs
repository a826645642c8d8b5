//! Counts for the report, taken while a file is read.

use super::data_file::DataFile;
use super::error::IngestError;
use super::note::{EpochRows, Note, RowOrder};
use super::report::Stamps;
use crate::market::instant::time;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) order: RowOrder,
    /// Instrument of the rows, if the file names it.
    pub(super) instrument: Option<String>,
    pub(super) missing_rows: usize,
    pub(super) blank_lines: usize,
    /// Number of rows whose times are bare dates.
    pub(super) bare_dates: usize,
    /// Number of rows whose times are local, so that the clock of the file decides their instants.
    pub(super) local_times: usize,
    /// True if the time of a row is not midnight in UTC.
    pub(super) has_day_times: bool,
    pub(super) repeated_headers: usize,
    /// Number of lines that are not rows.
    pub(super) remarks: usize,
    /// Zone of the local times; `None` for UTC.
    pub(super) clock: Option<String>,
    /// Numbers of dates read as month first: those that could be day first, and those that cannot.
    pub(super) month_first: [usize; 2],
    pub(super) other_instruments: usize,
    pub(super) epochs: EpochRows,
    pub(super) crossed_quotes: usize,
    /// Time of the first crossed quote. Unit: nanoseconds since 1970.
    pub(super) first_crossed_ns: Option<i128>,
    /// Number of ticks earlier than the previous tick.
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
        self.first_crossed_ns = self.first_crossed_ns.or(other.first_crossed_ns);
        let [open_dates, month_first_dates] = &mut self.month_first;
        for (sum, n) in [
            (&mut self.missing_rows, other.missing_rows),
            (&mut self.blank_lines, other.blank_lines),
            (&mut self.bare_dates, other.bare_dates),
            (&mut self.local_times, other.local_times),
            (&mut self.repeated_headers, other.repeated_headers),
            (&mut self.remarks, other.remarks),
            (open_dates, other.month_first[0]),
            (month_first_dates, other.month_first[1]),
            (&mut self.other_instruments, other.other_instruments),
            (&mut self.epochs.seconds, other.epochs.seconds),
            (&mut self.epochs.milliseconds, other.epochs.milliseconds),
            (&mut self.epochs.microseconds, other.epochs.microseconds),
            (&mut self.epochs.nanoseconds, other.epochs.nanoseconds),
            (&mut self.crossed_quotes, other.crossed_quotes),
            (&mut self.late_ticks, other.late_ticks),
        ] {
            *sum += n;
        }
    }

    /// Number of omitted rows.
    pub(super) const fn n_dropped(&self) -> usize {
        self.missing_rows + self.other_instruments
    }

    /// Sets `has_day_times` if a time is not midnight in UTC.
    pub(super) fn see(&mut self, timestamps_ns: &[i128]) {
        const DAY_NS: i128 = 86_400_000_000_000;
        // Most files have such a time in their first batch, so the others are not searched.
        self.has_day_times =
            self.has_day_times || timestamps_ns.iter().any(|ns| ns.rem_euclid(DAY_NS) != 0);
    }

    /// Kind of time stamp in the rows: dates, midnights or instants.
    pub(super) const fn stamps(&self) -> Stamps {
        match (self.bare_dates, self.has_day_times) {
            (1.., _) => Stamps::Dates,
            (0, false) => Stamps::Midnights,
            (0, true) => Stamps::Instants,
        }
    }

    /// Refuses a zone or an offset that no time of the file needs.
    pub(super) fn refuse_unused_clock(&self, file: &DataFile) -> Result<(), IngestError> {
        if self.local_times > 0 {
            return Ok(());
        }
        let expected = "none, because no time of the file is a local time: bare dates name \
                        sessions, and other times state their instants; leave it out, and give \
                        `session` for the hours of a daily bar";
        if let Some(zone) = &file.time_zone {
            return Err(file.refuse("time_zone", format!("{zone:?}"), expected));
        }
        match file.utc_offset_minutes {
            None | Some(0) => Ok(()),
            Some(minutes) => Err(file.refuse("utc_offset_minutes", minutes.to_string(), expected)),
        }
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        if self.order == RowOrder::NewestFirst {
            notes.push(Note::NewestFirst);
        }
        notes.extend(self.clock.clone().map(Note::LocalClock));
        let open_dates = if self.month_first[1] == 0 {
            self.month_first[0]
        } else {
            0
        };
        for (n, note) in [
            (open_dates, Note::MonthFirst as fn(usize) -> Note),
            (self.missing_rows, Note::MissingRows),
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
            notes.push(Note::CrossedQuotes {
                n_quotes: self.crossed_quotes,
                first: time(first_ns),
            });
        }
        let EpochRows {
            seconds,
            milliseconds,
            microseconds,
            nanoseconds,
        } = self.epochs;
        let counts = [seconds, milliseconds, microseconds, nanoseconds];
        if counts.iter().filter(|&&n| n > 0).count() > 1 {
            notes.push(Note::MixedEpochs(self.epochs));
        }
        notes
    }
}
