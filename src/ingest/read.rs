//! Price files, one per asset, as one panel.

use super::data_file::{Calendar, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::parsed_file::{FaultyRowPolicy, FaultyRows, ParsedFile};
use super::report::{FileReport, IngestReport};
use super::{calendar, file_parser, gaps};
use crate::market::Panel;
use chrono::TimeDelta;

/// A panel and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// The bars; assets in the order of the files.
    pub panel: Panel,
    /// What was read, dropped and assumed.
    pub report: IngestReport,
}

/// A panel of the rows that can be used, and counts of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// The panel of the rows that can be used.
    pub ingested: Ingested,
    /// Rows that cannot be used, per file, in the order of the files.
    pub faults: Vec<Vec<FaultyRows>>,
}

/// Reads one file per asset into a panel.
///
/// Without `bar_length` it is inferred: the length that a file is resampled to, or the most
/// frequent distance between timestamps. All files must agree on it.
///
/// # Errors
/// [`IngestError`] with file, row, column, found and expected of the first fault.
pub fn read_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Ingested, IngestError> {
    let surveyed = read(files, calendar, bar_length, FaultyRowPolicy::Refuse)?;
    Ok(surveyed.ingested)
}

/// Reads as [`read_panel`] does, but leaves out and counts rows of bars that are out of order,
/// repeat a time or cannot be a bar.
///
/// # Errors
/// [`IngestError`] for every other fault, as [`read_panel`].
pub fn survey_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Surveyed, IngestError> {
    read(files, calendar, bar_length, FaultyRowPolicy::LeaveOut)
}

fn read(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
    policy: FaultyRowPolicy,
) -> Result<Surveyed, IngestError> {
    if files.is_empty() {
        return Err(IngestFault::NoFile.into());
    }
    let mut parsed = files
        .iter()
        .map(|file| file_parser::parse(file, policy))
        .collect::<Result<Vec<_>, _>>()?;
    let (bar_length, bar_length_source) = calendar::bar_length(files, &parsed, bar_length)?;
    for (file, parsed) in files.iter().zip(&mut parsed) {
        gaps::apply(file, parsed, bar_length)?;
    }
    let aligned = calendar::align(files, &parsed, calendar, bar_length)?;
    let mut report = IngestReport {
        files: Vec::with_capacity(files.len()),
        calendar,
        n_bars: aligned.timestamps.len(),
        first: aligned.timestamps.first().copied().unwrap_or_default(),
        last: aligned.timestamps.last().copied().unwrap_or_default(),
        bar_seconds: bar_length.num_seconds(),
        bar_length: bar_length_source,
    };
    let symbols = files.iter().map(|file| file.symbol.clone()).collect();
    let panel = Panel::new(symbols, aligned.timestamps, aligned.bars, bar_length)?;
    let mut faults = Vec::with_capacity(files.len());
    for ((file, mut parsed), n_inside) in files.iter().zip(parsed).zip(aligned.dropped_inside) {
        faults.push(std::mem::take(&mut parsed.faults));
        report
            .files
            .push(file_report(file, parsed, report.n_bars, n_inside));
    }
    Ok(Surveyed {
        ingested: Ingested { panel, report },
        faults,
    })
}

fn file_report(
    file: &DataFile,
    parsed: ParsedFile,
    n_bars: usize,
    rows_dropped_inside: usize,
) -> FileReport {
    FileReport {
        symbol: file.symbol.clone(),
        path: file.path.clone(),
        sha256: parsed.sha256,
        instrument: parsed.instrument,
        layout: parsed.layout,
        evidence: parsed.evidence,
        notes: parsed.notes,
        rows_read: parsed.n_rows,
        resampled: parsed.resampled,
        rows_dropped: parsed.series.bars.len() - n_bars,
        rows_dropped_inside,
        prices: parsed.contents.prices,
        adjustment: parsed.adjustment,
        fields: parsed.contents.fields,
        volume: parsed.contents.volume,
    }
}
