//! Recognition of the one layout that fits a text.

use super::column_map::{ColumnMap, Mismatch};
use super::sample::{Sample, quoted_front};
use super::shape::{Label, Shape};
use super::{crypto, foreign, forex, freqtrade, general, stocks, vendors, yfinance};
use crate::ingest::data_file::DataFile;
use crate::ingest::error::IngestError;
use crate::ingest::fault::IngestFault;
use crate::ingest::file_layout::FileLayout;

/// A text whose layout is known.
#[derive(Debug, Clone)]
pub(in crate::ingest) enum Recognized {
    Lines(Box<ColumnMap>),
    /// JSON of this layout, with the evidence.
    Json(FileLayout, String),
}

/// Recognizes the layout of a text that begins with `front`; tries only `file.layout` if given.
pub(in crate::ingest) fn recognize(
    file: &DataFile,
    front: &[u8],
) -> Result<Recognized, IngestError> {
    let (sample, wanted) = (Sample::new(front), file.layout);
    if wanted.is_none() {
        foreign::refuse_text(file, &sample)?;
    }
    let fault = match the_one(attempts(&sample, front), wanted, "a text") {
        Ok(found) => return Ok(found),
        // A header alone may fit several layouts.
        Err((IngestFault::Ambiguous { .. }, _)) if sample.line(1).is_none() => IngestFault::Empty,
        Err((fault @ IngestFault::Ambiguous { .. }, _)) => fault,
        Err(_) if fits_with_commas(front, wanted) => IngestFault::Format {
            found: "cells between semicolons (`;`)",
            remedy: "write `,` between the cells and `.` before decimals",
        },
        Err((_, nearness)) if wanted.is_none() && nearness < NEAR => IngestFault::NoTable {
            found: sample.line(0).map_or_else(
                || "nothing but empty lines".to_owned(),
                |line| format!("a text that begins with {}", quoted_front(&line.text)),
            ),
        },
        Err((fault, _)) => fault,
    };
    Err(file.error(fault))
}

/// Nearness below which a text is reported as no table, instead of as a table with a fault.
const NEAR: u32 = 250;

/// Returns the result of the only layout that fits. The error holds the fault and the nearness of
/// the nearest layout. `what` describes the file; only `wanted` may fit, if given.
pub(in crate::ingest) fn the_one<T>(
    attempts: impl Iterator<Item = (FileLayout, Result<T, Mismatch>)>,
    wanted: Option<FileLayout>,
    what: &str,
) -> Result<T, (IngestFault, u32)> {
    let mut fits: Option<(FileLayout, T)> = None;
    let mut nearest: Option<(FileLayout, Mismatch)> = None;
    for (layout, attempt) in attempts {
        if wanted.is_some_and(|wanted| wanted != layout) {
            continue;
        }
        match (attempt, &fits) {
            (Ok(_), Some((first, _))) => {
                let (first, second) = (*first, layout);
                return Err((IngestFault::Ambiguous { first, second }, 1000));
            }
            (Ok(found), None) => fits = Some((layout, found)),
            (Err(mismatch), _) => {
                let closer = |(_, best): &(_, Mismatch)| mismatch.nearness > best.nearness;
                if nearest.as_ref().is_none_or(closer) {
                    nearest = Some((layout, mismatch));
                }
            }
        }
    }
    if let Some((_, found)) = fits {
        return Ok(found);
    }
    let (nearest, Mismatch { nearness, why }) = nearest.unwrap_or_else(|| {
        let why = format!("it is {what}, which that layout is not");
        (FileLayout::Tidy, Mismatch::new(0, why))
    });
    let fault = match wanted {
        Some(layout) => IngestFault::OtherLayout { layout, why },
        None => IngestFault::UnknownLayout { nearest, why },
    };
    Err((fault, nearness))
}

/// Tries every layout on a text.
fn attempts<'a>(
    sample: &'a Sample<'_>,
    front: &'a [u8],
) -> impl Iterator<Item = (FileLayout, Result<Recognized, Mismatch>)> + 'a {
    let lines = shapes()
        .map(|shape| (shape.layout, ColumnMap::find(shape, sample)))
        .chain([(FileLayout::Yfinance, yfinance::find(sample))])
        .map(|(layout, columns)| {
            (
                layout,
                columns.map(|columns| Recognized::Lines(Box::new(columns))),
            )
        });
    let json = [FileLayout::FreqtradeBars, FileLayout::FreqtradeTrades].map(|layout| {
        let evidence = freqtrade::recognize(layout, front);
        (layout, evidence.map(|text| Recognized::Json(layout, text)))
    });
    lines.chain(json)
}

/// Returns true if a text fits a layout once `;` becomes `,` and decimal commas become points.
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

/// Shapes of all line-based layouts with at most one header row.
pub(super) fn shapes() -> impl Iterator<Item = &'static Shape> {
    [
        general::TIDY,
        stocks::YAHOO,
        crypto::BINANCE,
        crypto::KRAKEN,
        crypto::CRYPTO_DATA_DOWNLOAD,
        forex::MT4,
        forex::MT5,
        forex::HIST_DATA,
        forex::DUKASCOPY,
        stocks::STOOQ,
        stocks::FRED,
        vendors::DATABENTO,
        vendors::TARDIS,
        stocks::BARCHART,
        stocks::QUANDL,
        general::PANDAS_INDEX,
        general::MONTH_FIRST,
    ]
    .into_iter()
    .flatten()
}

impl FileLayout {
    /// Returns true if the layout leaves open which end of a bar its times mark.
    #[must_use]
    pub fn leaves_label_open(self) -> bool {
        shapes().any(|shape| shape.layout == self && shape.label == Label::Given)
    }
}
