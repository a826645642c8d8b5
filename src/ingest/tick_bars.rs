//! Bars from trades and quotes (`DataFile::resample_seconds`).

use super::buckets::Buckets;
use super::columns::Columns;
use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::note::RowOrder;
use super::parsed_file::{BarSeries, flat};
use super::report::ResampleReport;
use super::tally::Tally;
use crate::market::instant::time;
use crate::market::{Bar, BarError};
use std::ops::Range;

/// Bars from the ticks so far.
///
/// The bar of a bucket holds the first, highest, lowest and last price and the sum of the sizes, as
/// in [`crate::market::Resampler`]. A bucket without a tick has no bar.
pub(super) struct TickBars {
    buckets: Buckets,
    last_ns: i128,
    bucket: Option<(Range<i128>, Bar)>,
    /// End of the newest finished bar. Unit: nanoseconds since 1970.
    newest_ns: Option<i128>,
    series: BarSeries,
}

impl TickBars {
    pub(super) fn new(file: &DataFile) -> Result<Self, IngestError> {
        let Some(seconds) = file.resample_seconds else {
            return Err(file.error(IngestFault::TicksNeedLength));
        };
        Ok(Self {
            buckets: Buckets::of(file, seconds)?,
            last_ns: i128::MIN,
            bucket: None,
            newest_ns: None,
            series: BarSeries::default(),
        })
    }

    /// Adds trades (`price`, `size`) or quotes (`bid`, `ask`), priced at their midpoints.
    pub(super) fn push_all(
        &mut self,
        file: &DataFile,
        columns: &Columns,
        tally: &mut Tally,
    ) -> Result<(), IngestError> {
        let [price, size, bid, ask] =
            ["price", "size", "bid", "ask"].map(|name| columns.number(name));
        for (k, &at_ns) in columns.timestamps.iter().enumerate() {
            let tick = match (bid, ask) {
                (Some(bid), Some(ask)) => {
                    if bid[k] > ask[k] {
                        tally.crossed_quotes += 1;
                        tally.first_crossed_ns.get_or_insert(at_ns);
                    }
                    midpoint(bid[k], ask[k]).map(|price| (price, 0.0))
                }
                _ => Ok((
                    price.map_or(f64::NAN, |price| price[k]),
                    size.map_or(0.0, |size| size[k]),
                )),
            };
            let i = columns.rows[k];
            let (price, size) = tick.map_err(|error| file.in_row(i, IngestFault::Bar(error)))?;
            tally.late_ticks += usize::from(at_ns < self.last_ns);
            let tick = flat(price, size);
            tick.check()
                .map_err(|error| file.in_row(i, IngestFault::Bar(error)))?;
            self.push(at_ns, tick)
                .map_err(|fault| file.in_time(i, fault))?;
        }
        Ok(())
    }

    /// Adds the price of a trade, or the midpoint of a quote.
    fn push(&mut self, at_ns: i128, tick: Bar) -> Result<(), IngestFault> {
        match &mut self.bucket {
            Some((bucket, bar)) if bucket.contains(&at_ns) => {
                bar.high = bar.high.max(tick.high);
                bar.low = bar.low.min(tick.low);
                bar.close = tick.close;
                bar.volume += tick.volume;
            }
            Some((bucket, _)) if at_ns < bucket.start => {
                return Err(IngestFault::Unsorted {
                    found: time(at_ns),
                    previous: time(self.last_ns),
                    order: RowOrder::OldestFirst,
                });
            }
            _ => {
                self.close();
                self.bucket = Some((self.buckets.around(at_ns), tick));
            }
        }
        self.last_ns = at_ns;
        Ok(())
    }

    fn close(&mut self) {
        if let Some((bucket, bar)) = self.bucket.take() {
            self.series
                .push(time(self.buckets.label_ns(bucket.end)), bar);
            self.newest_ns = Some(bucket.end);
        }
    }

    /// End of the newest finished bar, in nanoseconds since 1970, and its buckets.
    pub(super) fn newest(&self) -> Option<(i128, Buckets)> {
        Some((self.newest_ns?, self.buckets))
    }

    /// Bars, and the report on them.
    pub(super) fn finish(mut self) -> (BarSeries, Option<ResampleReport>) {
        self.close();
        let report = ResampleReport {
            row_seconds: None,
            n_bars: self.series.bars.len(),
            n_incomplete: 0,
        };
        (self.series, Some(report))
    }
}

fn midpoint(bid: f64, ask: f64) -> Result<f64, BarError> {
    for (field, found) in [("bid", bid), ("ask", ask)] {
        if !(found.is_finite() && found > 0.0) {
            return Err(BarError::Price { field, found });
        }
    }
    Ok(f64::midpoint(bid, ask))
}
