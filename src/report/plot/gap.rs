//! Nominal and worst case of every policy on one axis. The length of the line is the robustness
//! gap.

use super::chart::{Axis, Chart, Row, Series, Style, rounded};
use crate::report::{analysis::SweepPoint, digest::Digest};

/// The chart; rows are the policies.
pub(crate) fn chart(digest: &Digest<'_>) -> Chart {
    let mut clean = Series::new("clean", String::new(), Style::Dots);
    let mut worst = Series::new("worst attack", String::new(), Style::Circles);
    let mut rows = Vec::new();
    for method in digest.trained().chain(digest.baselines()) {
        let Some((nominal, median)) = digest
            .nominal(&method.name)
            .and_then(|point| Some((point, point.median()?)))
        else {
            continue;
        };
        let attacked = digest.worst(&method.name);
        let lowest = attacked.and_then(SweepPoint::median).and_then(rounded);
        clean.values.push(rounded(median));
        clean.low.push(lowest);
        clean.seeds.push(seeds(nominal));
        worst.values.push(lowest);
        worst.seeds.push(attacked.map(seeds).unwrap_or_default());
        rows.push(Row {
            label: method.label.clone(),
            class: digest.class(method),
        });
    }
    let performance = digest.performance;
    let label = performance.label.to_string();
    let title = "Clean market and worst attack";
    Chart {
        height: 60 + 44 * rows.len(),
        ..Chart::new(title, label, Axis::Rows, performance.format)
            .with_rows(rows, vec![clean, worst])
    }
}

/// Values of the seeds; empty for one seed, whose value is the median.
fn seeds(point: &SweepPoint) -> Vec<f64> {
    let defined = point.defined();
    let values = defined.iter().filter_map(|(_, value)| rounded(*value));
    values.filter(|_| defined.len() > 1).collect()
}
