//! Bar length, bar ends, and the calendar that all files share.

use super::data_file::{BarLabel, Calendar, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::parsed_file::ParsedFile;
use super::report::BarLengthSource;
use super::steps::Steps;
use crate::market::Bar;
use crate::market::instant::instant_ns;
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Ordering;

/// Bars of all files on one calendar.
pub(super) struct Aligned {
    /// Bar ends, never empty.
    pub(super) timestamps: Vec<DateTime<Utc>>,
    /// Row-major `[n_bars, n_files]`.
    pub(super) bars: Vec<Bar>,
    /// Per file: bars dropped between the first and the last common one.
    pub(super) dropped_inside: Vec<usize>,
}

/// The bar length: as given, or the most frequent distance between timestamps (the shortest of
/// equally frequent ones).
pub(super) fn bar_length(
    files: &[DataFile],
    parsed: &[ParsedFile],
    given: Option<TimeDelta>,
) -> Result<(TimeDelta, BarLengthSource), IngestError> {
    if let Some(length) = given {
        if length <= TimeDelta::zero() || length > TimeDelta::days(366) {
            return Err(IngestFault::BarLength { found: length }.into());
        }
        for (file, parsed) in files.iter().zip(parsed) {
            if let Some(resampled) = parsed.bar_length.filter(|&resampled| resampled != length) {
                let expected = format!(
                    "{} as the bar length asked for; make them the same",
                    length.as_seconds_f64()
                );
                return Err(file.refuse(
                    "resample_seconds",
                    resampled.num_seconds().to_string(),
                    expected,
                ));
            }
        }
        return Ok((length, BarLengthSource::Given));
    }
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
    let found = agreed.ok_or(IngestFault::NoFile)?;
    if found > TimeDelta::days(366) {
        return Err(IngestFault::BarLength { found }.into());
    }
    Ok((found, BarLengthSource::Inferred))
}

/// Reduces the files to the bars that all of them have.
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
    let mut bars = vec![ZERO; timestamps.len() * parsed.len()];
    let mut dropped_inside = Vec::with_capacity(parsed.len());
    for (asset, (of_file, parsed_file)) in ends.iter().zip(parsed).enumerate() {
        let mut column = bars.iter_mut().skip(asset).step_by(parsed.len());
        let mut wanted = timestamps.iter().peekable();
        let (mut first, mut last) = (None, 0);
        for (row, (end, bar)) in of_file.iter().zip(&parsed_file.series.bars).enumerate() {
            if wanted.next_if_eq(&end).is_some() {
                first.get_or_insert(row);
                last = row;
                if let Some(cell) = column.next() {
                    *cell = *bar;
                }
            }
        }
        dropped_inside.push(last + 1 - first.unwrap_or(last) - timestamps.len());
    }
    Ok(Aligned {
        timestamps,
        bars,
        dropped_inside,
    })
}

/// Placeholder that every cell overwrites: each file has all common bars.
const ZERO: Bar = Bar {
    open: 0.0,
    high: 0.0,
    low: 0.0,
    close: 0.0,
    volume: 0.0,
};

/// Timestamps lie in the years 1 to 9999 and bar lengths below 366 days: the sum exists.
fn bar_ends(
    timestamps: &[DateTime<Utc>],
    label: BarLabel,
    length: TimeDelta,
) -> Vec<DateTime<Utc>> {
    match label {
        BarLabel::Open => timestamps.iter().map(|&open| open + length).collect(),
        BarLabel::End => timestamps.to_vec(),
    }
}

/// The times that both sorted slices have.
fn common(left: &[DateTime<Utc>], right: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    let (mut l, mut r) = (0, 0);
    let mut both = Vec::with_capacity(left.len().min(right.len()));
    while l < left.len() && r < right.len() {
        match left[l].cmp(&right[r]) {
            Ordering::Less => l += 1,
            Ordering::Greater => r += 1,
            Ordering::Equal => {
                both.push(left[l]);
                (l, r) = (l + 1, r + 1);
            }
        }
    }
    both
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
