//! Bar length, bar ends, and the calendar that all files share.

use super::steps::Steps;
use super::table::Table;
use super::{BarLabel, BarLengthSource, Calendar, DataFile, IngestError};
use crate::market::Bar;
use crate::market::instant::instant_ns;
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Ordering;

/// Tables on one calendar.
pub(super) struct Aligned {
    /// Bar ends, never empty.
    pub(super) timestamps: Vec<DateTime<Utc>>,
    /// Row-major `[n_bars, n_files]`.
    pub(super) bars: Vec<Bar>,
    /// Per file: bars dropped between the first and the last common one.
    pub(super) dropped_inside: Vec<usize>,
    pub(super) bar_length: TimeDelta,
}

/// The bar length: as given, or the most frequent distance between neighboring timestamps (the
/// shortest of equally frequent).
pub(super) fn bar_length(
    files: &[DataFile],
    tables: &[Table],
    given: Option<TimeDelta>,
) -> Result<(TimeDelta, BarLengthSource), IngestError> {
    if let Some(found) = given {
        if found <= TimeDelta::zero() || found > TimeDelta::days(366) {
            return Err(IngestError::BarLength { found });
        }
        for (file, table) in files.iter().zip(tables) {
            if let Some(resampled) = table.bar_length.filter(|&length| length != found) {
                return Err(IngestError::ResampleBarLength {
                    path: file.path.clone(),
                    found: resampled,
                    expected: found,
                });
            }
        }
        return Ok((found, BarLengthSource::Given));
    }
    let mut agreed: Option<TimeDelta> = None;
    for (file, table) in files.iter().zip(tables) {
        let inferred =
            || Steps::of(table.timestamps.iter().copied().map(instant_ns)).most_frequent();
        let found = table.bar_length.or_else(inferred);
        let found = found.ok_or_else(|| IngestError::NoBarLength {
            path: file.path.clone(),
        })?;
        let expected = *agreed.get_or_insert(found);
        if found != expected {
            return Err(IngestError::BarLengths {
                path: file.path.clone(),
                found,
                expected,
                first: files[0].path.clone(),
            });
        }
    }
    let found = agreed.ok_or(IngestError::NoFile)?;
    if found > TimeDelta::days(366) {
        return Err(IngestError::BarLength { found });
    }
    Ok((found, BarLengthSource::Inferred))
}

/// Brings the tables to the bars that all of them have.
pub(super) fn align(
    files: &[DataFile],
    tables: &[Table],
    calendar: Calendar,
    bar_length: TimeDelta,
) -> Result<Aligned, IngestError> {
    let ends: Vec<Vec<DateTime<Utc>>> = tables
        .iter()
        .map(|table| bar_ends(&table.timestamps, table.label, bar_length))
        .collect();
    let mut timestamps = ends[0].clone();
    for (file, of_file) in files.iter().zip(&ends).skip(1) {
        if calendar == Calendar::Refuse {
            refuse_difference(files, file, &ends[0], of_file)?;
        }
        timestamps = common(&timestamps, of_file);
        if timestamps.is_empty() {
            return Err(IngestError::NoCommonBar {
                path: file.path.clone(),
            });
        }
    }
    let mut bars = vec![ZERO; timestamps.len() * tables.len()];
    let mut dropped_inside = Vec::with_capacity(tables.len());
    for (asset, (of_file, table)) in ends.iter().zip(tables).enumerate() {
        let mut column = bars.iter_mut().skip(asset).step_by(tables.len());
        let (mut wanted, mut first, mut last) = (timestamps.iter().peekable(), None, 0);
        for (row, (end, bar)) in of_file.iter().zip(&table.bars).enumerate() {
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
        bar_length,
    })
}

/// Overwritten in every cell: each table has all common bars.
const ZERO: Bar = Bar {
    open: 0.0,
    high: 0.0,
    low: 0.0,
    close: 0.0,
    volume: 0.0,
};

/// Timestamps lie in the years 1 to 9999 and bar lengths below 366 days: the sum exists.
fn bar_ends(labels: &[DateTime<Utc>], label: BarLabel, length: TimeDelta) -> Vec<DateTime<Utc>> {
    match label {
        BarLabel::Open => labels.iter().map(|&open| open + length).collect(),
        BarLabel::End => labels.to_vec(),
    }
}

/// The times that both sorted slices have.
fn common(left: &[DateTime<Utc>], right: &[DateTime<Utc>]) -> Vec<DateTime<Utc>> {
    let (mut l, mut r, mut both) = (0, 0, Vec::with_capacity(left.len().min(right.len())));
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
    let same = first.iter().zip(found).take_while(|(a, b)| a == b).count();
    let difference = match (first.get(same), found.get(same)) {
        (Some(&a), Some(&b)) => a.min(b),
        (Some(&only), None) | (None, Some(&only)) => only,
        (None, None) => return Ok(()),
    };
    Err(IngestError::Calendars {
        path: file.path.clone(),
        first: files[0].path.clone(),
        found_rows: found.len(),
        foreign: found.len() - common(first, found).len(),
        timestamp: difference,
    })
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
            let list = |set: &std::collections::BTreeSet<i64>| at(&set.iter().copied().collect::<Vec<_>>());
            let both = left.intersection(&right).copied().collect();
            prop_assert_eq!(common(&list(&left), &list(&right)), list(&both));
        }
    }
}
