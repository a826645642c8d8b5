//! Reads price files, one per asset, into one panel.

use super::data_file::{Calendar, DataFile};
use super::error::IngestError;
use super::fault::IngestFault;
use super::parsed_file::{FaultyRows, ParsedFile};
use super::report::{BarLengthSource, FileReport, IngestReport};
use super::{calendar, conversion, currency, file_parser, gaps, signals, simultaneous};
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
    let (parsed, length) = parse(files, bar_length, faults)?;
    build(files, parsed, calendar, length)
}

/// Parses the files, finds their bar length, and converts their currencies.
pub(super) fn parse(
    files: &[DataFile],
    bar_length: Option<TimeDelta>,
    faults: fn() -> Option<Vec<FaultyRows>>,
) -> Result<(Vec<ParsedFile>, (TimeDelta, BarLengthSource)), IngestError> {
    if files.is_empty() {
        return Err(IngestFault::NoFile.into());
    }
    let mut parsed = files
        .iter()
        .map(|file| file_parser::parse(file, faults()))
        .collect::<Result<Vec<_>, _>>()?;
    let length = calendar::bar_length(files, &parsed, bar_length)?;
    for (file, parsed) in files.iter().zip(&mut parsed) {
        conversion::apply(file, parsed, length.0)?;
    }
    Ok((parsed, length))
}

/// Treats the gaps, aligns the files, and builds the panel.
pub(super) fn build(
    files: &[DataFile],
    mut parsed: Vec<ParsedFile>,
    calendar: Calendar,
    (bar_length, bar_length_source): (TimeDelta, BarLengthSource),
) -> Result<Surveyed, IngestError> {
    let mut known = Vec::with_capacity(files.len());
    for (file, parsed) in files.iter().zip(&mut parsed) {
        known.push(signals::known_values(file, parsed, bar_length));
        gaps::apply(file, parsed, bar_length)?;
    }
    currency::refuse_several(files, &parsed)?;
    simultaneous::refuse_unknown_hours(files, &parsed, bar_length)?;
    let aligned = calendar::align(files, &parsed, calendar, bar_length)?;
    simultaneous::refuse_early_fills(files, &parsed, &aligned.timestamps, bar_length)?;
    let n_common = aligned.timestamps.len();
    let has_signals = files.iter().any(|file| !file.signals.is_empty());
    let ends = if has_signals {
        &aligned.timestamps[..]
    } else {
        &[]
    };
    let decisions = simultaneous::decisions(&parsed, ends, bar_length);
    let symbols = files.iter().map(|file| file.symbol.clone()).collect();
    let panel = Panel::new(symbols, aligned.timestamps, aligned.bars, bar_length)
        .and_then(|panel| panel.with_tradable(aligned.tradable))
        .map_err(IngestFault::Panel)?;
    let signals::WithSignals {
        panel,
        n_before,
        reports,
    } = signals::with_signals(panel, files, &known, &decisions)?;
    let mut report = IngestReport {
        files: Vec::with_capacity(files.len()),
        calendar,
        n_bars: panel.n_bars(),
        first: panel.timestamps().first().copied().unwrap_or_default(),
        last: panel.timestamps().last().copied().unwrap_or_default(),
        bar_seconds: bar_length.num_seconds(),
        bar_length: bar_length_source,
        bars_before_signals: n_before,
    };
    let mut all_faults = Vec::with_capacity(files.len());
    let dropped_inside = aligned.dropped_inside.into_iter().zip(reports);
    for (parsed, (rows_dropped_inside, signals)) in parsed.into_iter().zip(dropped_inside) {
        all_faults.push(parsed.faults);
        report.files.push(FileReport {
            rows_dropped: parsed.series.bars.len() - n_common,
            rows_dropped_inside,
            signals,
            ..parsed.report
        });
    }
    Ok(Surveyed {
        ingested: Ingested { panel, report },
        faults: all_faults,
    })
}
