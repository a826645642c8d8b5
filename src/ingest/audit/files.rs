//! What the files of a panel show that its bars do not.

use super::{Code, Finding, Severity};
use crate::ingest::note::Note;
use crate::ingest::parsed_file::{FaultyRows, RowFault};
use crate::ingest::read::{Ingested, Surveyed};
use crate::ingest::report::{FileReport, PriceBasis, VolumeField};
use crate::market::Panel;

/// All findings about a panel that was read from files: those of [`super::audit`], then those about
/// the files.
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
        findings.extend(found.into_iter().flatten());
    }
    findings
}

/// All findings about files of which some rows may not be usable: those about rows, then those
/// about what the others make.
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
    Finding {
        severity: Severity::Error,
        code: match rows.fault {
            RowFault::Duplicate => Code::Duplicate,
            RowFault::Unsorted => Code::Unsorted,
            RowFault::ImpossibleBar => Code::ImpossibleBar,
        },
        symbol: Some(file.symbol.clone()),
        count: rows.count,
        first: rows.first,
        message: rows.message.clone(),
    }
}

fn crossed(file: &FileReport) -> Option<Finding> {
    file.notes.iter().find_map(|note| match note {
        Note::CrossedQuotes { n_quotes, first } => Some(Finding {
            severity: Severity::Warning,
            code: Code::CrossedQuotes,
            symbol: Some(file.symbol.clone()),
            count: *n_quotes,
            first: *first,
            message: format!(
                "the bid is above the ask, in {n_quotes} of {} quotes: a feed that lags, or the two columns are each other's",
                file.rows_read
            ),
        }),
        _ => None,
    })
}

fn dropped(file: &FileReport, panel: &Panel) -> Option<Finding> {
    let (n_dropped, n_inside) = (file.rows_dropped, file.rows_dropped_inside);
    (n_dropped > 0).then(|| Finding {
        severity: Severity::Warning,
        code: Code::DroppedBars,
        symbol: Some(file.symbol.clone()),
        count: n_dropped,
        first: panel.timestamps()[0],
        message: format!(
            "bars of this file that another file lacks are not in the panel: {} before its first or after its last bar (ragged spans), {n_inside} within (holes)",
            n_dropped - n_inside,
        ),
    })
}

/// Only of raw prices: an adjustment scales volumes, too.
fn fractional_volumes(file: &FileReport, panel: &Panel, asset: usize) -> Option<Finding> {
    if file.prices == PriceBasis::Adjusted || file.volume == VolumeField::Absent {
        return None;
    }
    let traded = || {
        panel
            .asset(asset)
            .enumerate()
            .filter(|(_, bar)| bar.volume > 0.0)
    };
    let fractional: Vec<usize> = traded()
        .filter(|(_, bar)| bar.volume.fract() > 0.0)
        .map(|(t, _)| t)
        .collect();
    let mut money: Vec<f64> = traded().map(|(_, bar)| bar.volume * bar.close).collect();
    money.sort_by(f64::total_cmp);
    let &median = money.get(money.len() / 2)?;
    fractional.first().map(|&first| Finding {
        severity: Severity::Info,
        code: Code::FractionalVolume,
        symbol: Some(file.symbol.clone()),
        count: fractional.len(),
        first: panel.timestamps()[first],
        message: format!(
            "volumes that are no whole numbers: they count money, coins or an estimate, not shares or contracts; price x volume has the median {median:.2e} a bar, and costs that depend on volume are right only if that much is traded",
        ),
    })
}
