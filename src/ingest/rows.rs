//! Where checked rows go: into the table as they are, or into longer bars
//! (`DataFile::resample_seconds`).

use super::place::Place;
use super::report::ResampleReport;
use super::steps::Steps;
use super::{BarLabel, DataFile, IngestError};
use crate::market::instant::{length_ns, time};
use crate::market::{Bar, Resampled, Resampler};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;

/// The rows of a file so far.
pub(super) enum Rows {
    /// Bars as in the file, with its labels.
    AsTheyAre(Bars),
    /// Longer bars, labeled with their ends.
    Longer(Box<Longer>),
}

/// Bars and their labels, of equal length.
#[derive(Default)]
pub(super) struct Bars {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    pub(super) bars: Vec<Bar>,
}

impl Rows {
    /// `first` are the first timestamps of the file, in order. Unit: nanoseconds since 1970, as
    /// everywhere here.
    pub(super) fn new(file: &DataFile, first: &[i128]) -> Result<Self, IngestError> {
        match file.resample_seconds {
            None => Ok(Self::AsTheyAre(Bars::default())),
            Some(seconds) => {
                let length = TimeDelta::seconds(i64::from(seconds));
                Longer::new(file, length, first).map(|longer| Self::Longer(Box::new(longer)))
            }
        }
    }

    /// Takes the bar in row `i` of the file, at a time after that of the row before.
    pub(super) fn push(
        &mut self,
        timestamp_ns: i128,
        bar: Bar,
        place: &Place,
        i: usize,
    ) -> Result<(), IngestError> {
        match self {
            Self::AsTheyAre(rows) => {
                rows.timestamps.push(time(timestamp_ns));
                rows.bars.push(bar);
                Ok(())
            }
            Self::Longer(longer) => longer.push(timestamp_ns, &bar, place, i),
        }
    }

    /// The bars, and what resampling made of the rows.
    pub(super) fn finish(self) -> Result<(Bars, Option<ResampleReport>), IngestError> {
        match self {
            Self::AsTheyAre(rows) => Ok((rows, None)),
            Self::Longer(longer) => longer.finish().map(|(rows, report)| (rows, Some(report))),
        }
    }
}

/// Rows on their way into longer bars.
pub(super) struct Longer {
    path: PathBuf,
    label: BarLabel,
    /// Length of a row's bar: the most frequent distance between the first rows. That of all rows
    /// must be the same.
    row_length: TimeDelta,
    row_length_ns: i128,
    steps: Steps,
    last_ns: Option<i128>,
    resampler: Resampler,
    out: Out,
}

/// Longer bars so far.
struct Out {
    rows: Bars,
    /// Rows of a bar that lacks none.
    n_complete: usize,
    n_incomplete: usize,
}

/// Distances that rows of one length can have between them: trading hours and holidays make dozens.
const MOST_STEPS: usize = 10_000;

impl Longer {
    fn new(file: &DataFile, length: TimeDelta, first: &[i128]) -> Result<Self, IngestError> {
        let path = file.path.clone();
        let resampler = match Resampler::new(length) {
            Ok(resampler) => resampler,
            Err(error) => return Err(IngestError::ResampleLength { path, error }),
        };
        let Some(row_length) = Steps::of(first.iter().copied()).most_frequent() else {
            return Err(IngestError::ResampleSingle { path });
        };
        let Some(n_complete) = multiple(length, row_length) else {
            return Err(IngestError::ResampleMultiple {
                path,
                found: length,
                row_length,
            });
        };
        Ok(Self {
            path,
            label: file.timestamps,
            row_length,
            row_length_ns: length_ns(row_length),
            steps: Steps::default(),
            last_ns: None,
            resampler,
            out: Out {
                rows: Bars::default(),
                n_complete,
                n_incomplete: 0,
            },
        })
    }

    fn push(
        &mut self,
        timestamp_ns: i128,
        bar: &Bar,
        place: &Place,
        i: usize,
    ) -> Result<(), IngestError> {
        if let Some(last_ns) = self.last_ns.replace(timestamp_ns) {
            self.steps.push(timestamp_ns - last_ns);
            if self.steps.n_different() > MOST_STEPS {
                return Err(IngestError::ResampleIrregular {
                    path: self.path.clone(),
                    row: place.row(i),
                    n_different: MOST_STEPS,
                });
            }
        }
        let (open_ns, end_ns) = match self.label {
            BarLabel::Open => (timestamp_ns, timestamp_ns + self.row_length_ns),
            BarLabel::End => (timestamp_ns - self.row_length_ns, timestamp_ns),
        };
        let Self { resampler, out, .. } = self;
        resampler
            .push_ns(open_ns, end_ns, bar, |longer| out.add(&longer))
            .map_err(|error| IngestError::Resample {
                path: self.path.clone(),
                row: place.row(i),
                error,
            })
    }

    fn finish(mut self) -> Result<(Bars, ResampleReport), IngestError> {
        let found = self.steps.most_frequent();
        if let Some(found) = found.filter(|found| *found != self.row_length) {
            return Err(IngestError::ResampleSteps {
                path: self.path,
                found,
                expected: self.row_length,
            });
        }
        if let Some(last) = self.resampler.finish() {
            self.out.add(&last);
        }
        let report = ResampleReport {
            row_seconds: Some(self.row_length.as_seconds_f64()),
            n_bars: self.out.rows.bars.len(),
            n_incomplete: self.out.n_incomplete,
        };
        Ok((self.out.rows, report))
    }
}

impl Out {
    fn add(&mut self, longer: &Resampled) {
        self.n_incomplete += usize::from(longer.n_bars < self.n_complete);
        self.rows.timestamps.push(longer.end);
        self.rows.bars.push(longer.bar);
    }
}

/// How often `part` goes into `whole`, where it does so without a rest.
fn multiple(whole: TimeDelta, part: TimeDelta) -> Option<usize> {
    let (whole, part) = (whole.num_nanoseconds()?, part.num_nanoseconds()?);
    let fits = part > 0 && whole % part == 0;
    fits.then(|| usize::try_from(whole / part).ok()).flatten()
}
