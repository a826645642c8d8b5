//! Bar length, bar ends, and the common calendar of all files.

use super::data_file::{BarLabel, Calendar, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::parsed_file::ParsedFile;
use super::report::BarLengthSource;
use super::steps::Steps;
use crate::market::Bar;
use crate::market::instant::instant_ns;
use chrono::{DateTime, TimeDelta, Utc};

/// Bars of all files on one calendar.
pub(super) struct Aligned {
    pub(super) timestamps: Vec<DateTime<Utc>>,
    /// Row-major `[n_bars, n_files]`.
    pub(super) bars: Vec<Bar>,
    /// Tradability of each bar, row-major `[n_bars, n_files]`.
    pub(super) tradable: Vec<bool>,
    /// Bars dropped between the first and the last common bar, per file.
    pub(super) dropped_inside: Vec<usize>,
}

/// Bar length: the given one, or the most frequent step between timestamps (shortest on a tie).
pub(super) fn bar_length(
    files: &[DataFile],
    parsed: &[ParsedFile],
    given: Option<TimeDelta>,
) -> Result<(TimeDelta, BarLengthSource), IngestError> {
    let (found, source) = match given {
        Some(length) => (length, BarLengthSource::Given),
        None => (agreed_length(files, parsed)?, BarLengthSource::Inferred),
    };
    if found <= TimeDelta::zero() || found > TimeDelta::days(366) {
        return Err(IngestFault::BarLength { found }.into());
    }
    for (file, parsed) in files.iter().zip(parsed) {
        if let Some(resampled) = parsed.bar_length.filter(|&resampled| resampled != found) {
            let (asked, resampled) = (found.as_seconds_f64(), resampled.num_seconds().to_string());
            let expected = format!("{asked} as the bar length asked for; make them the same");
            return Err(file.refuse("resample_seconds", resampled, expected));
        }
    }
    Ok((found, source))
}

/// Bar length on which all files agree.
fn agreed_length(files: &[DataFile], parsed: &[ParsedFile]) -> Result<TimeDelta, IngestError> {
    let mut agreed: Option<TimeDelta> = None;
    for (file, parsed) in files.iter().zip(parsed) {
        let inferred = || {
            let timestamps = parsed.series.timestamps.iter().copied();
            Steps::of(timestamps.map(instant_ns)).most_frequent()
        };
        let found = parsed
            .bar_length
            .or_else(inferred)
            .ok_or_else(|| file.error(IngestFault::NoBarLength))?;
        let expected = *agreed.get_or_insert(found);
        if found != expected {
            return Err(file.error(IngestFault::BarLengths {
                found,
                expected,
                first: files[0].path.clone(),
            }));
        }
    }
    agreed.ok_or_else(|| IngestFault::NoFile.into())
}

/// Reduces the files to their common bars.
pub(super) fn align(
    files: &[DataFile],
    parsed: &[ParsedFile],
    calendar: Calendar,
    bar_length: TimeDelta,
) -> Result<Aligned, IngestError> {
    let ends: Vec<Vec<DateTime<Utc>>> = parsed
        .iter()
        .map(|parsed| bar_ends(&parsed.series.timestamps, parsed.label, bar_length))
        .collect();
    let mut timestamps = ends[0].clone();
    for (file, of_file) in files.iter().zip(&ends).skip(1) {
        if calendar == Calendar::Refuse {
            refuse_difference(files, file, &ends[0], of_file)?;
        }
        timestamps = common(&timestamps, of_file);
        if timestamps.is_empty() {
            return Err(file.error(IngestFault::NoCommonBar));
        }
    }
    // Row indices of the common bars, per file.
    let rows: Vec<Vec<usize>> = ends
        .iter()
        .map(|of_file| {
            let mut wanted = timestamps.iter().peekable();
            let is_common = |&row: &usize| wanted.next_if_eq(&&of_file[row]).is_some();
            (0..of_file.len()).filter(is_common).collect()
        })
        .collect();
    let of_row = |t: usize| {
        let files = parsed.iter().zip(&rows);
        files.map(move |(parsed, rows)| parsed.series.bars[rows[t]])
    };
    let flags: Vec<Vec<bool>> = parsed.iter().map(tradable).collect();
    let flags_of_row = |t: usize| {
        let files = flags.iter().zip(&rows);
        files.map(move |(flags, rows)| flags[rows[t]])
    };
    Ok(Aligned {
        tradable: (0..timestamps.len()).flat_map(flags_of_row).collect(),
        bars: (0..timestamps.len()).flat_map(of_row).collect(),
        dropped_inside: rows
            .iter()
            .map(|rows| rows[rows.len() - 1] + 1 - rows[0] - rows.len())
            .collect(),
        timestamps,
    })
}

/// Tradability of the bars of one file. Bars inserted into gaps cannot be traded, nor can bars
/// without volume in a file that has volumes. Before the first volume, a bar whose price moved
/// counts as traded, because old bars often lack their volume.
fn tradable(parsed: &ParsedFile) -> Vec<bool> {
    let series = &parsed.series;
    let first_volume = series.bars.iter().position(|bar| bar.volume > 0.0);
    let traded = series.bars.iter().enumerate().map(|(row, bar)| {
        let lacks_record = first_volume.is_none_or(|first| row < first && bar.high > bar.low);
        bar.volume > 0.0 || lacks_record
    });
    let mut tradable: Vec<bool> = traded.collect();
    for &row in &series.filled {
        tradable[row] = false;
    }
    tradable
}

/// Ends of the bars. Years 1 to 9999 and lengths of at most 366 days cannot overflow.
pub(super) fn bar_ends(
    timestamps: &[DateTime<Utc>],
    label: BarLabel,
    length: TimeDelta,
) -> Vec<DateTime<Utc>> {
    match label {
        BarLabel::Open => timestamps.iter().map(|&open| open + length).collect(),
        BarLabel::End => timestamps.to_vec(),
    }
}

/// Times that occur in both sorted slices.
fn common(left: &[DateTime<Utc>], right: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    let mut right = right.iter().peekable();
    let is_common = |end: &&DateTime<Utc>| {
        while right.next_if(|other| other < end).is_some() {}
        right.next_if_eq(end).is_some()
    };
    left.iter().filter(is_common).copied().collect()
}

fn refuse_difference(
    files: &[DataFile],
    file: &DataFile,
    first: &[DateTime<Utc>],
    found: &[DateTime<Utc>],
) -> Result<(), IngestError> {
    let n_same = first.iter().zip(found).take_while(|(a, b)| a == b).count();
    let timestamp = match (first.get(n_same), found.get(n_same)) {
        (Some(&a), Some(&b)) => a.min(b),
        (Some(&only), None) | (None, Some(&only)) => only,
        (None, None) => return Ok(()),
    };
    Err(file.error(IngestFault::Calendars {
        first: files[0].path.clone(),
        found_rows: found.len(),
        foreign: found.len() - common(first, found).len(),
        timestamp,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: &[i64]) -> Vec<DateTime<Utc>> {
        hours
            .iter()
            .map(|&hour| DateTime::UNIX_EPOCH + TimeDelta::hours(hour))
            .collect()
    }

    proptest! {
        #[test]
        fn common_is_set_intersection(
            left in prop::collection::btree_set(0_i64..40, 0..30),
            right in prop::collection::btree_set(0_i64..40, 0..30),
        ) {
            let list = |set: &std::collections::BTreeSet<i64>| {
                at(&set.iter().copied().collect::<Vec<_>>())
            };
            let both = left.intersection(&right).copied().collect();
            prop_assert_eq!(common(&list(&left), &list(&right)), list(&both));
        }
    }
}
