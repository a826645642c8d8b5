//! Nominal and worst case of every policy on one axis. The length of the line is the robustness
//! gap.

use super::chart::{Axis, Chart, Row, Series, Style};
use crate::report::{analysis::SweepPoint, digest::Digest};

/// Builds the chart; rows are the policies.
pub(crate) fn chart(digest: &Digest<'_>) -> Chart {
    let mut rows = Vec::new();
    let mut clean = Vec::new();
    let mut worst = Vec::new();
    let methods = digest.trained().chain(digest.baselines());
    let played = methods.filter(|method| digest.nominal(&method.name).is_some());
    for (at, method) in (0_u32..).zip(played) {
        let at = f64::from(at);
        let nominal = digest.nominal(&method.name);
        let attacked = digest.worst(&method.name);
        let lowest = attacked.and_then(SweepPoint::median);
        if let Some(value) = nominal.and_then(SweepPoint::median) {
            let other = lowest.unwrap_or(value);
            clean.push((at, [other.min(value), value, other.max(value)]));
        }
        worst.extend(lowest.map(|value| (at, [value; 3])));
        rows.push(Row {
            seeds: [nominal, attacked].map(|point| point.map(seeds).unwrap_or_default()),
            ..Row::new(&method.label, digest.class(method))
        });
    }
    let series = vec![
        Series::new("worst attack", String::new(), Style::Circles, worst),
        Series::new("clean", String::new(), Style::Dots, clean),
    ];
    let performance = digest.performance;
    let title = "Clean market and worst attack";
    let format = performance.format;
    Chart::new(title, &performance.label, Axis::Rows, format, series).with_rows(rows)
}

/// Values of the seeds; empty for one seed, whose value is the median.
fn seeds(point: &SweepPoint) -> Vec<f64> {
    let defined = point.defined();
    let values = defined.iter().map(|(_, value)| *value);
    values.filter(|_| defined.len() > 1).collect()
}
