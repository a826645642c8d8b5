//! What becomes of the holes in a file.

use super::table::Table;
use super::{DataFile, Gaps, IngestError, Note};
use crate::market::Bar;
use crate::market::instant::{instant_ns, length_ns, time};
use chrono::TimeDelta;

/// Does as the file says where bars are missing between its first and its last.
pub(super) fn apply(
    file: &DataFile,
    table: &mut Table,
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    match file.gaps {
        Gaps::Leave => Ok(()),
        Gaps::Refuse => refuse(file, table, bar_length),
        Gaps::ForwardFill { at_most } => {
            fill(table, bar_length, at_most);
            Ok(())
        }
    }
}

/// Bars that are missing between two neighbors.
fn n_missing(earlier_ns: i128, later_ns: i128, length_ns: i128) -> i128 {
    (later_ns - earlier_ns - 1).div_euclid(length_ns)
}

fn refuse(file: &DataFile, table: &Table, bar_length: TimeDelta) -> Result<(), IngestError> {
    let length_ns = length_ns(bar_length);
    let gap = table
        .timestamps
        .windows(2)
        .find(|pair| n_missing(instant_ns(pair[0]), instant_ns(pair[1]), length_ns) > 0);
    match gap {
        Some(pair) => Err(IngestError::Gap {
            path: file.path.clone(),
            previous: pair[0],
            found: pair[1],
            bar_length,
        }),
        None => Ok(()),
    }
}

fn fill(table: &mut Table, bar_length: TimeDelta, at_most: u32) {
    let length_ns = length_ns(bar_length);
    let (mut timestamps, mut bars) = (Vec::new(), Vec::new());
    let mut last: Option<(i128, f64)> = None;
    let mut n_filled = 0;
    for (&timestamp, bar) in table.timestamps.iter().zip(&table.bars) {
        let now_ns = instant_ns(timestamp);
        if let Some((last_ns, close)) = last.replace((now_ns, bar.close)) {
            let n_missing = n_missing(last_ns, now_ns, length_ns);
            if n_missing <= i128::from(at_most) {
                for k in 1..=n_missing {
                    timestamps.push(time(last_ns + k * length_ns));
                    bars.push(flat(close));
                    n_filled += 1;
                }
            }
        }
        timestamps.push(timestamp);
        bars.push(*bar);
    }
    if n_filled > 0 {
        table.notes.push(Note::FilledBars(n_filled));
    }
    (table.timestamps, table.bars) = (timestamps, bars);
}

/// Nothing was traded.
const fn flat(close: f64) -> Bar {
    Bar {
        open: close,
        high: close,
        low: close,
        close,
        volume: 0.0,
    }
}
