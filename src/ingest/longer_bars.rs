//! Resampling of bars to longer bars (`DataFile::resample_seconds`).

use super::buckets::Buckets;
use super::data_file::{BarLabel, DataFile};
use super::error::{At, IngestError};
use super::fault::IngestFault;
use super::parsed_file::BarSeries;
use super::report::ResampleReport;
use super::steps::Steps;
use crate::market::instant::{instant_ns, length_ns, time};
use crate::market::{Bar, Resampled, Resampler};
use chrono::TimeDelta;
use std::path::PathBuf;

/// Longer bars so far, labeled with their ends.
pub(super) struct LongerBars {
    path: PathBuf,
    label: BarLabel,
    /// Bar length of a row: the most frequent distance between the first rows. `finish` requires it
    /// to be the most frequent one of all rows, too.
    row_length: TimeDelta,
    steps: Steps,
    last_ns: Option<i128>,
    buckets: Buckets,
    resampler: Resampler,
    longer: Vec<Resampled>,
}

/// Maximum number of different distances between rows; trading hours and holidays cause dozens.
const MOST_STEPS: usize = 10_000;

/// Bar length to which a file is resampled.
pub(super) fn target_length(file: &DataFile, seconds: u32) -> Result<TimeDelta, IngestError> {
    let length = TimeDelta::seconds(i64::from(seconds));
    match Resampler::new(length) {
        Ok(_) => Ok(length),
        Err(_) => Err(file.refuse(
            "resample_seconds",
            format!("{seconds} s"),
            "more than zero and at most 366 days",
        )),
    }
}

impl LongerBars {
    /// `first_ns` are the first timestamps of the file, in order. Unit: nanoseconds since 1970.
    pub(super) fn new(
        file: &DataFile,
        seconds: u32,
        first_ns: impl Iterator<Item = i128>,
    ) -> Result<Self, IngestError> {
        let refuse = |found: String, expected| file.refuse("resample_seconds", found, expected);
        let length = target_length(file, seconds)?;
        let Some(row_length) = Steps::of(first_ns).most_frequent() else {
            let expected = "at least two to tell how long a row's bar is; leave it out".to_owned();
            return Err(refuse("a single row".to_owned(), expected));
        };
        let (target_ns, row_ns) = (length_ns(length), length_ns(row_length));
        if row_ns <= 0 || target_ns % row_ns != 0 {
            let expected = format!(
                "a multiple of {}, the seconds from row to row in the file; choose one, or leave \
                 it out",
                row_length.as_seconds_f64()
            );
            return Err(refuse(seconds.to_string(), expected));
        }
        let resampler =
            Resampler::new(length).map_err(|error| file.error(IngestFault::Resample(error)))?;
        Ok(Self {
            path: file.path.clone(),
            label: file.timestamps,
            row_length,
            steps: Steps::default(),
            last_ns: None,
            buckets: Buckets::of(file, seconds)?,
            resampler,
            longer: Vec::new(),
        })
    }

    /// Adds the bar in row `i` of the file, which must be later than the previous row.
    pub(super) fn push(
        &mut self,
        timestamp_ns: i128,
        bar: &Bar,
        file: &DataFile,
        i: usize,
    ) -> Result<(), IngestError> {
        if let Some(last_ns) = self.last_ns.replace(timestamp_ns) {
            self.steps.push(timestamp_ns - last_ns);
            if self.steps.n_different() > MOST_STEPS {
                let found =
                    format!("more than {MOST_STEPS} different distances from row to row so far");
                let expected = "bars of one length; make bars of the trades first".to_owned();
                return Err(file.in_time(i, IngestFault::RowSteps { found, expected }));
            }
        }
        let end_ns = self.row_end_ns(timestamp_ns);
        let open_ns = end_ns - length_ns(self.row_length);
        let bucket_of = |at_ns| self.buckets.around(at_ns);
        let emit = |longer| self.longer.push(longer);
        self.resampler
            .push_ns(open_ns..end_ns, bar, bucket_of, emit)
            .map_err(|error| file.in_time(i, IngestFault::Resample(error)))
    }

    /// End of the row with this timestamp. Unit: nanoseconds since 1970.
    pub(super) fn row_end_ns(&self, timestamp_ns: i128) -> i128 {
        match self.label {
            BarLabel::Open => timestamp_ns + length_ns(self.row_length),
            BarLabel::End => timestamp_ns,
        }
    }

    /// Number of finished longer bars.
    pub(super) const fn n_bars(&self) -> usize {
        self.longer.len()
    }

    /// End of the newest longer bar, in nanoseconds since 1970, and its buckets.
    pub(super) fn newest(&self) -> Option<(i128, Buckets)> {
        let newest = self.longer.last()?;
        Some((instant_ns(newest.end), self.buckets))
    }

    /// Longer bars, and the report on them.
    pub(super) fn finish(mut self) -> Result<(BarSeries, Option<ResampleReport>), IngestError> {
        let found = self.steps.most_frequent();
        if let Some(found) = found.filter(|found| *found != self.row_length) {
            let fault = IngestFault::RowSteps {
                found: format!(
                    "rows most often {} s apart in the whole file",
                    found.as_seconds_f64()
                ),
                expected: format!(
                    "{} s as in its first rows; resample a file with rows of one length",
                    self.row_length.as_seconds_f64()
                ),
            };
            return Err(IngestError::new(
                &self.path,
                At::Column("timestamp".into()),
                fault,
            ));
        }
        self.longer.extend(self.resampler.finish());
        let row_ns = length_ns(self.row_length).max(1);
        let is_incomplete = |longer: &&Resampled| {
            let bucket = self.buckets.around(instant_ns(longer.end) - 1);
            let n_complete = (bucket.end - bucket.start) / row_ns;
            i128::try_from(longer.n_bars).is_ok_and(|n_bars| n_bars < n_complete)
        };
        let report = ResampleReport {
            row_seconds: Some(self.row_length.as_seconds_f64()),
            n_bars: self.longer.len(),
            n_incomplete: self.longer.iter().filter(is_incomplete).count(),
        };
        let mut series = BarSeries::default();
        for longer in self.longer {
            let end_ns = instant_ns(longer.end);
            series.push(time(self.buckets.label_ns(end_ns)), longer.bar);
        }
        Ok((series, Some(report)))
    }
}
