//! Reads price files, one per asset, into one panel.

use super::data_file::{Calendar, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::parsed_file::FaultyRows;
use super::report::{FileReport, IngestReport};
use super::{calendar, file_parser, gaps};
use crate::market::Panel;
use chrono::TimeDelta;

/// A panel, and the report on its files.
#[derive(Debug, Clone, PartialEq)]
pub struct Ingested {
    /// Bars of all assets, in the order of the files.
    pub panel: Panel,
    /// Report of what was read, dropped and assumed.
    pub report: IngestReport,
}

/// A panel of the usable rows, and counts of the unusable rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Surveyed {
    /// Panel of the usable rows, and its report.
    pub ingested: Ingested,
    /// Counts of unusable rows, per file, in the order of the files.
    pub faults: Vec<Vec<FaultyRows>>,
}

/// Reads one file per asset into a panel.
///
/// Without `bar_length`, it is inferred as the length to which a file is resampled, or the most
/// frequent distance between timestamps. All files must agree on it.
///
/// # Errors
/// [`IngestError`]: file, row, column, found and expected value of the first fault.
pub fn read_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Ingested, IngestError> {
    let surveyed = read(files, calendar, bar_length, || None)?;
    Ok(surveyed.ingested)
}

/// Reads like [`read_panel`], but omits and counts unsorted, repeated and impossible bars.
///
/// # Errors
/// [`IngestError`] for every other fault.
pub fn survey_panel(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
) -> Result<Surveyed, IngestError> {
    read(files, calendar, bar_length, || Some(Vec::new()))
}

/// Reads the files. `faults` creates a file's list of unusable rows, or `None` to refuse them.
fn read(
    files: &[DataFile],
    calendar: Calendar,
    bar_length: Option<TimeDelta>,
    faults: fn() -> Option<Vec<FaultyRows>>,
) -> Result<Surveyed, IngestError> {
    if files.is_empty() {
        return Err(IngestFault::NoFile.into());
    }
    let mut parsed = files
        .iter()
        .map(|file| file_parser::parse(file, faults()))
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
    let panel = Panel::new(symbols, aligned.timestamps, aligned.bars, bar_length)
        .and_then(|panel| panel.with_tradable(aligned.tradable))
        .map_err(IngestFault::Panel)?;
    let mut all_faults = Vec::with_capacity(files.len());
    for (parsed, rows_dropped_inside) in parsed.into_iter().zip(aligned.dropped_inside) {
        all_faults.push(parsed.faults);
        report.files.push(FileReport {
            rows_dropped: parsed.series.bars.len() - report.n_bars,
            rows_dropped_inside,
            ..parsed.report
        });
    }
    Ok(Surveyed {
        ingested: Ingested { panel, report },
        faults: all_faults,
    })
}
