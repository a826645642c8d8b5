//! Files that are read once and yield panels of other prices with the same stamps, for `shockproof
//! check leak`.

use super::data_file::{Calendar, DataFile};
use super::error::IngestError;
use super::parsed_file::ParsedFile;
use super::read::{Ingested, build, parse};
use super::report::{BarFields, BarLengthSource};
use super::simultaneous::{bar_hours, decisions};
use crate::market::{Bar, BarPrices, BarTimes, Panel};
use chrono::{DateTime, TimeDelta, Utc};

/// Files that have been read, before their gaps are treated and their bars are aligned.
pub(crate) struct Template<'a> {
    files: &'a [DataFile],
    parsed: Vec<ParsedFile>,
    calendar: Calendar,
    bar_length: (TimeDelta, BarLengthSource),
}

impl<'a> Template<'a> {
    /// Reads the files as [`super::read_panel`] does.
    pub(crate) fn read(
        files: &'a [DataFile],
        calendar: Calendar,
        bar_length: TimeDelta,
    ) -> Result<Self, IngestError> {
        let (parsed, bar_length) = parse(files, Some(bar_length), || None)?;
        Ok(Self {
            files,
            parsed,
            calendar,
            bar_length,
        })
    }

    /// Bars of each file with the instants between which they traded.
    pub(crate) fn bar_times(&self) -> Vec<BarTimes> {
        let times = |parsed: &ParsedFile| {
            let is_single = parsed.report.fields == BarFields::CloseOnly;
            let hours = bar_hours(parsed, self.bar_length.0).into_iter();
            let (opens, ends) = hours.map(|bar| (bar.start, bar.end)).unzip();
            BarTimes {
                opens,
                ends,
                bars: parsed.series.bars.clone(),
                prices: if is_single && parsed.report.resampled.is_none() {
                    BarPrices::CloseOnly
                } else {
                    BarPrices::Range
                },
            }
        };
        self.parsed.iter().map(times).collect()
    }

    /// Instant of the decision at each row of `panel`: the latest end of its bars.
    pub(crate) fn decisions(&self, panel: &Panel) -> Vec<DateTime<Utc>> {
        decisions(&self.parsed, panel.timestamps(), self.bar_length.0)
    }

    /// Builds the panel with `bars`, one list per file, in place of the bars of the files.
    pub(crate) fn panel(&self, bars: &[Vec<Bar>]) -> Result<Ingested, IngestError> {
        let mut parsed = self.parsed.clone();
        for (file, bars) in parsed.iter_mut().zip(bars) {
            file.series.bars.clone_from(bars);
        }
        let surveyed = build(self.files, parsed, self.calendar, self.bar_length)?;
        Ok(surveyed.ingested)
    }
}
