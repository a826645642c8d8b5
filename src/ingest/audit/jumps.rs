//! Moves that may be errors of the source.

use super::{Code, Finding, Series, Severity};
use crate::stats::robust_scale;
use chrono::{DateTime, Utc};

/// Split ratios: new shares per old share.
const RATIOS: [(f64, &str); 9] = [
    (1.5, "3:2"),
    (2.0, "2:1"),
    (3.0, "3:1"),
    (4.0, "4:1"),
    (5.0, "5:1"),
    (7.0, "7:1"),
    (10.0, "10:1"),
    (20.0, "20:1"),
    (50.0, "50:1"),
];

/// Limit on the log distance between an overnight move and a split ratio. The distance is rarely
/// zero, because the market also moves on the night of a split.
const NEAR: f64 = 0.03;

/// Minimum distance of an outlier from the median. Unit: robust standard deviations.
const FAR: f64 = 10.0;

/// Maximum fraction of a spike that remains after the next bar.
const TAKEN_BACK: f64 = 0.2;

const N_NAMED: usize = 5;

pub(super) fn find(series: &Series) -> Vec<Finding> {
    let mut findings = splits(series);
    let log_returns: Vec<f64> = series
        .bars
        .windows(2)
        .map(|pair| (pair[1].close / pair[0].close).ln())
        .collect();
    // A scale of zero means that most bars do not move; it defines no outliers.
    if let Some(usual) = robust_scale(&log_returns).filter(|usual| usual.scale > 0.0) {
        let excess = |t: usize| log_returns[t - 1] - usual.center;
        let far = |t: &usize| excess(*t).abs() > FAR * usual.scale;
        let outliers: Vec<usize> = (1..series.bars.len()).filter(far).collect();
        let spikes: Vec<usize> = outliers
            .iter()
            .copied()
            .filter(|&t| {
                t < log_returns.len()
                    && (excess(t) + excess(t + 1)).abs() < TAKEN_BACK * excess(t).abs()
            })
            .collect();
        findings.extend(outlier_finding(series, &outliers, &excess));
        findings.extend(series.finding(
            Severity::Warning,
            Code::Spike,
            &spikes,
            format!(
                "the close jumps and the next bar takes it back, in the bars ending {}: probably \
                 bad prints",
                dates(series, &spikes),
            ),
        ));
    }
    findings
}

fn outlier_finding(
    series: &Series,
    rows: &[usize],
    excess: &dyn Fn(usize) -> f64,
) -> Option<Finding> {
    let largest = rows
        .iter()
        .copied()
        .max_by(|&a, &b| excess(a).abs().total_cmp(&excess(b).abs()))?;
    let message = format!(
        "the close moves by more than {FAR} robust standard deviations; most, {:+.1} % in log \
         price, in the bar ending {}: a crash, or an error of the source",
        100.0 * excess(largest),
        date(series.ends[largest]),
    );
    series.finding(Severity::Info, Code::Outlier, rows, message)
}

/// Overnight moves near split ratios. A 3:2 ratio can be a crash; larger ones hardly ever are.
fn splits(series: &Series) -> Vec<Finding> {
    let ratio = |t: usize| {
        let night = (series.bars[t - 1].close / series.bars[t].open).ln();
        let near = |(ratio, _): &&(f64, &str)| (night.abs() - ratio.ln()).abs() < NEAR;
        let (_, name) = RATIOS.iter().find(near)?;
        let kind = ["reverse split", "split"][usize::from(night > 0.0)];
        Some((t, *name, kind))
    };
    let found: Vec<_> = (1..series.bars.len()).filter_map(ratio).collect();
    let report = |severity, wanted: fn(&str) -> bool| {
        let found: Vec<_> = found.iter().filter(|(_, name, _)| wanted(name)).collect();
        let rows: Vec<usize> = found.iter().map(|&&(t, ..)| t).collect();
        let named: Vec<String> = found
            .iter()
            .take(N_NAMED)
            .map(|&&(t, name, kind)| {
                format!("{name} {kind} in the bar ending {}", date(series.ends[t]))
            })
            .collect();
        let message = format!(
            "the open is a split's ratio away from the close before ({}): unadjusted prices turn \
             it into a profit or a loss",
            named.join(", "),
        );
        series.finding(severity, Code::SplitLike, &rows, message)
    };
    [
        report(Severity::Error, |name| name != "3:2"),
        report(Severity::Warning, |name| name == "3:2"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn dates(series: &Series, rows: &[usize]) -> String {
    let named: Vec<String> = rows
        .iter()
        .take(N_NAMED)
        .map(|&t| date(series.ends[t]))
        .collect();
    let rest = if rows.len() > N_NAMED { ", ..." } else { "" };
    format!("{}{rest}", named.join(", "))
}

pub(super) fn date(end: DateTime<Utc>) -> String {
    end.format("%Y-%m-%d %H:%M").to_string()
}
