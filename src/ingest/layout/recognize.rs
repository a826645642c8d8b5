//! The one layout that fits a text.

use super::column_map::{ColumnMap, Mismatch};
use super::sample::{Sample, quoted_front};
use super::shapes::shapes;
use super::{foreign, freqtrade, yfinance};
use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::FileLayout;
use std::path::Path;

/// A layout and the evidence for it.
#[derive(Debug, Clone)]
pub(in crate::ingest) struct Recognized {
    pub(in crate::ingest) layout: FileLayout,
    pub(in crate::ingest) evidence: String,
    /// Columns of a file of lines; `None` for JSON.
    pub(in crate::ingest) columns: Option<ColumnMap>,
}

/// The layout of a text that begins with `front`; only `wanted`, where it is given.
pub(in crate::ingest) fn recognize(
    path: &Path,
    front: &[u8],
    wanted: Option<FileLayout>,
) -> Result<Recognized, IngestError> {
    let sample = Sample::new(front);
    if wanted.is_none() {
        foreign::refuse_text(path, &sample)?;
    }
    let mut found: Vec<Recognized> = Vec::new();
    let mut nearest: Option<(FileLayout, Mismatch)> = None;
    for (layout, attempt) in attempts(&sample, front) {
        if wanted.is_some_and(|wanted| wanted != layout) {
            continue;
        }
        match attempt {
            Ok(recognized) => found.push(recognized),
            Err(mismatch) => {
                let closer = |(_, best): &(_, Mismatch)| mismatch.nearness > best.nearness;
                if nearest.as_ref().is_none_or(closer) {
                    nearest = Some((layout, mismatch));
                }
            }
        }
    }
    if let [first, second, ..] = found.as_slice() {
        // A header alone may be that of several layouts.
        let fault = if sample.line(1).is_none() {
            IngestFault::Empty
        } else {
            IngestFault::Ambiguous {
                first: first.layout,
                second: second.layout,
            }
        };
        return Err(IngestError::file(path, fault));
    }
    if let Some(found) = found.pop() {
        return Ok(found);
    }
    if fits_with_commas(front, wanted) {
        let fault = IngestFault::Format {
            found: "cells between semicolons (`;`)",
            remedy: "write `,` between the cells and `.` before decimals",
        };
        return Err(IngestError::file(path, fault));
    }
    Err(IngestError::file(path, refusal(wanted, nearest, &sample)))
}

/// Every layout of a text, and whether it fits.
fn attempts<'a>(
    sample: &'a Sample<'_>,
    front: &'a [u8],
) -> impl Iterator<Item = (FileLayout, Result<Recognized, Mismatch>)> + 'a {
    let lines = shapes()
        .map(|shape| (shape.layout, ColumnMap::find(shape, sample)))
        .chain([(FileLayout::Yfinance, yfinance::find(sample))])
        .map(|(layout, columns)| {
            let recognized = columns.map(|columns| Recognized {
                layout,
                evidence: columns.evidence.clone(),
                columns: Some(columns),
            });
            (layout, recognized)
        });
    let json = [FileLayout::FreqtradeBars, FileLayout::FreqtradeTrades].map(|layout| {
        let recognized = freqtrade::recognize(layout, front).map(|evidence| Recognized {
            layout,
            evidence,
            columns: None,
        });
        (layout, recognized)
    });
    lines.chain(json)
}

/// Tells whether a text fits a layout once it has commas between its cells instead of semicolons,
/// and points before its decimals.
fn fits_with_commas(front: &[u8], wanted: Option<FileLayout>) -> bool {
    if !front.contains(&b';') {
        return false;
    }
    let with_commas: Vec<u8> = front
        .iter()
        .map(|byte| match byte {
            b',' => b'.',
            b';' => b',',
            other => *other,
        })
        .collect();
    let sample = Sample::new(&with_commas);
    attempts(&sample, &with_commas)
        .any(|(layout, found)| found.is_ok() && wanted.is_none_or(|wanted| wanted == layout))
}

/// A file that is less near to every layout is no table, rather than a table with a fault.
const NEAR: u32 = 250;

fn refusal(
    wanted: Option<FileLayout>,
    nearest: Option<(FileLayout, Mismatch)>,
    sample: &Sample<'_>,
) -> IngestFault {
    match (wanted, nearest) {
        (Some(layout), Some((_, Mismatch { why, .. }))) => IngestFault::OtherLayout { layout, why },
        (Some(layout), None) => IngestFault::OtherLayout {
            layout,
            why: "it is a text, which that layout is not".to_owned(),
        },
        (None, Some((nearest, Mismatch { nearness, why }))) if nearness >= NEAR => {
            IngestFault::UnknownLayout { nearest, why }
        }
        (None, _) => IngestFault::NoTable {
            found: sample.line(0).map_or_else(
                || "nothing but empty lines".to_owned(),
                |line| format!("a text that begins with {}", quoted_front(&line.text)),
            ),
        },
    }
}
