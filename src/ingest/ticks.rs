//! Trades and quotes on their way into bars.

use super::report::ResampleReport;
use super::rows::Bars;
use super::{DataFile, IngestError};
use crate::market::instant::{length_ns, time};
use crate::market::{Bar, BarError, Resampler};
use chrono::TimeDelta;

/// Bars of the ticks so far.
///
/// A bucket is `[k · length, (k + 1) · length)`, as in [`Resampler`]: a tick at the very start of a
/// bucket belongs to it. Its bar has the first price, the highest, the lowest, the last and the sum
/// of the sizes, and ends where the bucket ends. A bucket without a tick is absent.
pub(super) struct Ticks {
    length_ns: i128,
    last_ns: i128,
    bucket: Option<(i128, Bar)>,
    bars: Bars,
    /// Ticks that came before the one above, in the same bucket.
    n_late: usize,
}

/// Why a tick was not taken.
pub(super) enum TickError {
    Price(BarError),
    /// Its bucket has ended; the time of the tick above in nanoseconds.
    Late(i128),
}

impl Ticks {
    pub(super) fn new(file: &DataFile) -> Result<Self, IngestError> {
        let path = || file.path.clone();
        let Some(seconds) = file.resample_seconds else {
            return Err(IngestError::TicksNeedLength { path: path() });
        };
        let length = TimeDelta::seconds(i64::from(seconds));
        // One rule for what a length can be.
        Resampler::new(length).map_err(|error| IngestError::ResampleLength {
            path: path(),
            error,
        })?;
        Ok(Self {
            length_ns: length_ns(length),
            last_ns: i128::MIN,
            bucket: None,
            bars: Bars::default(),
            n_late: 0,
        })
    }

    /// Takes a price at which `size` was traded, or the mid of a quote, of size 0.
    pub(super) fn push(&mut self, at_ns: i128, price: f64, size: f64) -> Result<(), TickError> {
        let tick = Bar {
            open: price,
            high: price,
            low: price,
            close: price,
            volume: size,
        };
        tick.check().map_err(TickError::Price)?;
        let end_ns = at_ns - at_ns.rem_euclid(self.length_ns) + self.length_ns;
        match &mut self.bucket {
            Some((end, bar)) if *end == end_ns => {
                bar.high = bar.high.max(price);
                bar.low = bar.low.min(price);
                bar.close = price;
                bar.volume += size;
            }
            Some((end, _)) if end_ns < *end => return Err(TickError::Late(self.last_ns)),
            _ => {
                self.close();
                self.bucket = Some((end_ns, tick));
            }
        }
        self.n_late += usize::from(at_ns < self.last_ns);
        self.last_ns = at_ns;
        Ok(())
    }

    fn close(&mut self) {
        if let Some((end_ns, bar)) = self.bucket.take() {
            self.bars.timestamps.push(time(end_ns));
            self.bars.bars.push(bar);
        }
    }

    /// The bars, what was made of how many ticks, and how many ticks came late.
    pub(super) fn finish(mut self) -> (Bars, ResampleReport, usize) {
        self.close();
        let report = ResampleReport {
            row_seconds: None,
            n_bars: self.bars.bars.len(),
            n_incomplete: 0,
        };
        (self.bars, report, self.n_late)
    }
}
