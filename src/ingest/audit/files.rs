//! Findings from the ingest report, which the bars of a panel do not show.

use super::{Code, Finding, Severity};
use crate::ingest::note::Note;
use crate::ingest::parsed_file::{FaultyRows, RowFault};
use crate::ingest::read::{Ingested, Surveyed};
use crate::ingest::report::{FileReport, PriceBasis, VolumeField};
use crate::market::Panel;

/// All findings about a panel read from files: those of [`super::audit`], then those about files.
#[must_use]
pub fn audit_ingested(ingested: &Ingested) -> Vec<Finding> {
    let Ingested { panel, report } = ingested;
    let mut findings = super::audit(panel);
    for (asset, file) in report.files.iter().enumerate() {
        let found = [
            crossed(file),
            dropped(file, panel),
            fractional_volumes(file, panel, asset),
        ];
        let found = found.into_iter().flatten();
        findings.extend(found.map(|finding| finding.about(&file.symbol)));
    }
    findings
}

/// All findings about files that may have unusable rows: first those about unusable rows, then
/// those about the panel of the usable rows.
#[must_use]
pub fn audit_surveyed(surveyed: &Surveyed) -> Vec<Finding> {
    let files = surveyed.ingested.report.files.iter();
    let mut findings: Vec<Finding> = files
        .zip(&surveyed.faults)
        .flat_map(|(file, faults)| faults.iter().map(|rows| faulty(file, rows)))
        .collect();
    findings.extend(audit_ingested(&surveyed.ingested));
    findings
}

fn faulty(file: &FileReport, rows: &FaultyRows) -> Finding {
    let code = match rows.fault {
        RowFault::Duplicate => Code::Duplicate,
        RowFault::Unsorted => Code::Unsorted,
        RowFault::ImpossibleBar => Code::ImpossibleBar,
    };
    let message = rows.message.clone();
    Finding::new(Severity::Error, code, rows.count, rows.first, message).about(&file.symbol)
}

fn crossed(file: &FileReport) -> Option<Finding> {
    file.notes.iter().find_map(|note| {
        let Note::CrossedQuotes { n_quotes, first } = note else {
            return None;
        };
        let message = format!(
            "the bid is above the ask, in {n_quotes} of {} quotes: a feed that lags, or swapped \
             columns",
            file.rows_read
        );
        let (severity, code) = (Severity::Warning, Code::CrossedQuotes);
        Some(Finding::new(severity, code, *n_quotes, *first, message))
    })
}

fn dropped(file: &FileReport, panel: &Panel) -> Option<Finding> {
    let (n_dropped, n_inside) = (file.rows_dropped, file.rows_dropped_inside);
    if n_dropped == 0 {
        return None;
    }
    let message = format!(
        "bars of this file that another file lacks are not in the panel: {} before its first or \
         after its last bar (ragged spans), {n_inside} within (holes)",
        n_dropped - n_inside,
    );
    let (code, first) = (Code::DroppedBars, panel.timestamps()[0]);
    Some(Finding::new(
        Severity::Warning,
        code,
        n_dropped,
        first,
        message,
    ))
}

/// Fractional volumes in a file of raw prices; adjusted files have scaled volumes.
fn fractional_volumes(file: &FileReport, panel: &Panel, asset: usize) -> Option<Finding> {
    if file.prices == PriceBasis::Adjusted || file.volume == VolumeField::Absent {
        return None;
    }
    let bars = panel.asset(asset).enumerate();
    let traded = bars.filter(|(_, bar)| bar.volume > 0.0);
    let (mut fractional, mut money) = (Vec::new(), Vec::new());
    for (t, bar) in traded {
        money.push(bar.volume * bar.close);
        if bar.volume.fract() > 0.0 {
            fractional.push(t);
        }
    }
    let first = panel.timestamps()[*fractional.first()?];
    money.sort_by(f64::total_cmp);
    let median = money[money.len() / 2];
    let message = format!(
        "volumes are not whole numbers: they count money, coins or an estimate, not shares or \
         contracts; price x volume has the median {median:.2e} a bar, and costs that depend on \
         volume are right only if that much is traded",
    );
    let (code, count) = (Code::FractionalVolume, fractional.len());
    Some(Finding::new(Severity::Info, code, count, first, message))
}
