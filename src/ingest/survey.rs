//! All rows of some files that cannot be used, counted: what an audit shows of files that are
//! refused.

use super::columns::Columns;
use super::place::Place;
use super::table::{Faulty, Prices};
use super::{Calendar, DataFile, IngestError, Ingested, read_tables};
use crate::market::instant::time;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

/// A panel of the rows that can be used, and the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// What the rows that can be used make.
    pub ingested: Ingested,
    /// The rows that cannot, per file, in the order of the files.
    pub faults: Vec<Vec<FaultyRows>>,
}

/// Rows of one file with one kind of fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultyRows {
    /// What is wrong with them.
    pub fault: RowFault,
    /// How many.
    pub count: usize,
    /// The time of the first of them, as the file says it.
    pub first: DateTime<Utc>,
    /// What the reader says of the first of them.
    pub message: String,
}

/// Why a row of a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFault {
    /// Its time is that of the row before.
    Duplicate,
    /// Its time is before that of the row before.
    Unsorted,
    /// Its numbers cannot be a bar: a price that is not positive, a high below a low, a close
    /// outside of both.
    ImpossibleBar,
}

/// Like [`super::read_panel`], but leaves out rows of bars that are out of order, that come twice
/// or that cannot be, and counts them.
///
/// # Errors
/// [`IngestError`] for every other fault, as [`super::read_panel`].
pub fn survey_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Surveyed, IngestError> {
    let (ingested, faults) = read_tables(files, calendar, bar_length, Faulty::LeftOut)?;
    Ok(Surveyed { ingested, faults })
}

/// The rows that can be used, the first of them after `last_ns`; counts the others.
pub(super) fn sift(
    place: &Place,
    mut last_ns: Option<i128>,
    columns: &Columns,
    faults: &mut Vec<FaultyRows>,
) -> Columns {
    let prices = Prices::of(columns);
    let mut keep = Vec::with_capacity(columns.timestamps.len());
    for (i, &found) in columns.timestamps.iter().enumerate() {
        let (path, row) = (|| place.path(), || place.row(columns.row(i)));
        let fault = match (last_ns, prices.bar(i)) {
            (Some(last), _) if found == last => Some((
                RowFault::Duplicate,
                IngestError::Duplicate {
                    path: path(),
                    row: row(),
                    found: time(found),
                },
            )),
            (Some(last), _) if found < last => Some((
                RowFault::Unsorted,
                IngestError::Unsorted {
                    path: path(),
                    row: row(),
                    found: time(found),
                    previous: time(last),
                    order: columns.tally.order,
                },
            )),
            (_, Err(error)) => Some((
                RowFault::ImpossibleBar,
                IngestError::Bar {
                    path: path(),
                    row: row(),
                    error,
                },
            )),
            (_, Ok(_)) => None,
        };
        keep.push(fault.is_none());
        match fault {
            None => last_ns = Some(found),
            Some((fault, error)) => count(faults, fault, time(found), &error),
        }
    }
    columns.kept(keep.into_iter())
}

fn count(faults: &mut Vec<FaultyRows>, fault: RowFault, first: DateTime<Utc>, error: &IngestError) {
    match faults.iter_mut().find(|known| known.fault == fault) {
        Some(known) => known.count += 1,
        None => faults.push(FaultyRows {
            fault,
            count: 1,
            first,
            message: error.to_string(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{BarLabel, read_panel};

    #[test]
    fn every_faulty_row_is_counted_and_the_others_make_the_panel() {
        let text = "timestamp,open,high,low,close,volume\n\
            2020-01-01,10,12,9,11,1\n2020-01-02,10,12,9,11,1\n2020-01-02,10,12,9,11,1\n\
            2020-01-03,10,8,9,11,1\n2020-01-04,10,12,9,11,1\n2020-01-03,10,12,9,11,1\n\
            2020-01-05,-1,12,9,11,1\n2020-01-06,10,12,9,11,1\n2020-01-06,1,1,1,1,1\n";
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, text).unwrap();
        let file = [DataFile::new("A", path, BarLabel::Open)];
        let Surveyed { ingested, faults } = survey_panel(&file, Calendar::Refuse, None).unwrap();
        assert_eq!(ingested.panel.n_bars(), 4);
        assert_eq!(ingested.report.files[0].rows_read, 9);
        let counts: Vec<_> = faults[0].iter().map(|f| (f.fault, f.count)).collect();
        assert_eq!(
            counts,
            [
                (RowFault::Duplicate, 2),
                (RowFault::ImpossibleBar, 2),
                (RowFault::Unsorted, 1)
            ]
        );
        // The reader's own words about the first of each.
        let refused = read_panel(&file, Calendar::Refuse, None).unwrap_err();
        assert_eq!(faults[0][0].message, refused.to_string());
        assert!(faults[0][1].message.contains("row 5, column high"));
        assert!(faults[0][2].message.contains("row 7"));
    }
}
