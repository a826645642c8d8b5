//! Conversion of rows to bars: checks of values and order, adjustment.

use super::columns::Columns;
use super::data_file::DataFile;
use super::error::IngestError;
use super::fault::IngestFault;
use super::note::RowOrder;
use super::parsed_file::FaultyRows;
use crate::market::instant::time;
use crate::market::{Bar, BarError};

pub(super) struct BarColumns<'a> {
    open: &'a [f64],
    high: &'a [f64],
    low: &'a [f64],
    close: &'a [f64],
    volume: Option<&'a [f64]>,
    adj_close: Option<&'a [f64]>,
}

impl<'a> BarColumns<'a> {
    pub(super) fn of(columns: &'a Columns) -> Self {
        let close = columns.number("close").unwrap_or_default();
        let price = |name| columns.number(name).unwrap_or(close);
        Self {
            open: price("open"),
            high: price("high"),
            low: price("low"),
            close,
            volume: columns.number("volume"),
            adj_close: columns.number("adj_close"),
        }
    }

    /// Valid bars in strictly increasing time, each with its index in `columns`. Any other row is
    /// counted in `faults`; if `faults` is `None`, it is an error.
    pub(super) fn rows(
        &self,
        file: &DataFile,
        columns: &Columns,
        last_ns: &mut Option<i128>,
        faults: &mut Option<Vec<FaultyRows>>,
    ) -> Result<Vec<(usize, Bar)>, IngestError> {
        let mut rows = Vec::with_capacity(columns.timestamps.len());
        for (k, &found_ns) in columns.timestamps.iter().enumerate() {
            let i = columns.rows[k];
            let checked = after(*last_ns, found_ns, columns.tally.order)
                .map_err(|fault| file.in_time(i, fault))
                .and_then(|()| {
                    self.bar(k)
                        .map_err(|error| file.in_row(i, IngestFault::Bar(error)))
                });
            match (checked, &mut *faults) {
                (Ok(bar), _) => {
                    rows.push((k, bar));
                    *last_ns = Some(found_ns);
                }
                (Err(error), Some(faults)) => FaultyRows::count(faults, time(found_ns), &error),
                (Err(error), None) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Bar of row `i`: its raw values are checked, then scaled to `adj_close`.
    #[inline]
    fn bar(&self, i: usize) -> Result<Bar, BarError> {
        let raw = Bar {
            open: self.open[i],
            high: self.high[i],
            low: self.low[i],
            close: self.close[i],
            volume: self.volume.map_or(0.0, |volume| volume[i]),
        };
        raw.check()?;
        match self.adj_close {
            Some(adj_close) => adjusted(&raw, adj_close[i]),
            None => Ok(raw),
        }
    }
}

/// Scales a bar. One positive factor keeps the order of the four prices, even after rounding.
fn adjusted(raw: &Bar, adj_close: f64) -> Result<Bar, BarError> {
    if !(adj_close.is_finite() && adj_close > 0.0) {
        return Err(BarError::Price {
            field: "adj_close",
            found: adj_close,
        });
    }
    let factor = adj_close / raw.close;
    Ok(Bar {
        open: raw.open * factor,
        high: raw.high * factor,
        low: raw.low * factor,
        close: raw.close * factor,
        volume: raw.volume / factor,
    })
}

/// Checks that `found_ns` is later than `last_ns`, the time of the previous row.
#[inline]
fn after(last_ns: Option<i128>, found_ns: i128, order: RowOrder) -> Result<(), IngestFault> {
    match last_ns {
        Some(last_ns) if found_ns == last_ns => Err(IngestFault::Duplicate {
            found: time(found_ns),
        }),
        Some(last_ns) if found_ns < last_ns => Err(IngestFault::Unsorted {
            found: time(found_ns),
            previous: time(last_ns),
            order,
        }),
        _ => Ok(()),
    }
}
