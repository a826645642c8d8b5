//! Treatment of missing bars in a file.

use super::data_file::{DataFile, Gaps};
use super::error::IngestError;
use super::fault::IngestFault;
use super::note::Note;
use super::parsed_file::{BarSeries, ParsedFile, flat};
use crate::market::instant::{instant_ns, length_ns, time};
use chrono::TimeDelta;

/// Applies [`DataFile::gaps`] to missing bars between the first and the last.
pub(super) fn apply(
    file: &DataFile,
    parsed: &mut ParsedFile,
    bar_length: TimeDelta,
) -> Result<(), IngestError> {
    match file.gaps {
        Gaps::Leave => Ok(()),
        Gaps::Refuse => refuse(file, &parsed.series, bar_length),
        Gaps::ForwardFill { at_most } => {
            let (series, n_filled) = filled(&parsed.series, bar_length, at_most);
            if n_filled > 0 {
                parsed.report.notes.push(Note::FilledBars(n_filled));
            }
            parsed.series = series;
            Ok(())
        }
    }
}

/// Number of missing bars between two neighboring timestamps.
fn n_missing(earlier_ns: i128, later_ns: i128, length_ns: i128) -> i128 {
    (later_ns - earlier_ns - 1).div_euclid(length_ns)
}

fn refuse(file: &DataFile, series: &BarSeries, bar_length: TimeDelta) -> Result<(), IngestError> {
    let length_ns = length_ns(bar_length);
    let mut pairs = series.timestamps.windows(2);
    let gap = pairs.find(|pair| n_missing(instant_ns(pair[0]), instant_ns(pair[1]), length_ns) > 0);
    match gap {
        Some(pair) => Err(file.error(IngestFault::Gap {
            previous: pair[0],
            found: pair[1],
            bar_length,
        })),
        None => Ok(()),
    }
}

/// Series with its gaps of at most `at_most` bars filled, and the number of inserted bars.
fn filled(series: &BarSeries, bar_length: TimeDelta, at_most: u32) -> (BarSeries, usize) {
    let length_ns = length_ns(bar_length);
    let mut filled = BarSeries::default();
    let mut last: Option<(i128, f64)> = None;
    for (&timestamp, bar) in series.timestamps.iter().zip(&series.bars) {
        let now_ns = instant_ns(timestamp);
        if let Some((last_ns, close)) = last.replace((now_ns, bar.close)) {
            let n_missing = n_missing(last_ns, now_ns, length_ns);
            if n_missing <= i128::from(at_most) {
                for k in 1..=n_missing {
                    filled.fill(time(last_ns + k * length_ns), flat(close, 0.0));
                }
            }
        }
        filled.push(timestamp, *bar);
    }
    let n_filled = filled.bars.len() - series.bars.len();
    (filled, n_filled)
}
