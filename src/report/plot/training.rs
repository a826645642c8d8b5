//! Training curves: the measured sensitivity first, then signs of good or bad learning.

use super::chart::{Axis, Chart, Curve, Series, Spacing, Style};
use crate::{
    eval::metrics::Format,
    report::{digest::Digest, input::Method, seeds::quartiles},
    train::{METRICS, Metric},
};

/// Metrics and titles in order of interest.
const CURVES: [(Metric, &str); 9] = [
    (Metric::SensitivityMean, "Directional sensitivity"),
    (Metric::EpisodeReturn, "Return per episode"),
    (Metric::RewardMean, "Reward per step"),
    (Metric::JacobianNorm, "Global sensitivity"),
    (Metric::Penalty, "Regularizer"),
    (Metric::EffectiveSmoothness, "Effective smoothness"),
    (Metric::ExplainedVariance, "Explained variance"),
    (Metric::Entropy, "Entropy"),
    (Metric::ApproxKl, "Policy step"),
];

/// One chart per metric that was logged.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let charts = CURVES.map(|(metric, title)| chart(digest, metric, title));
    charts.into_iter().flatten().collect()
}

fn chart(digest: &Digest<'_>, metric: Metric, title: &str) -> Option<Chart> {
    let series = digest
        .trained()
        .map(|method| Series::of(digest, method, Style::Line, curve(digest, method, metric)));
    let series = series.filter(|series| !series.curve.is_empty()).collect();
    let quantity = METRICS[metric as usize].definition;
    let mut chart = Chart::new(title, quantity, Axis::Steps, Format::Number, series);
    let (low, high) = chart.span()?;
    if low > 0.0 && high > 20.0 * low {
        chart.spacing = Spacing::Log;
        chart.quantity.push_str(" (log scale)");
    }
    Some(chart)
}

/// Quartiles over seeds per update.
fn curve(digest: &Digest<'_>, method: &Method, metric: Metric) -> Curve {
    let logs = digest.input.training.iter();
    let own = logs.filter(|log| log.policy == method.name);
    let curves: Vec<Vec<(f64, f64)>> = own.map(|log| log.curve(metric).collect()).collect();
    let n_updates = curves.iter().map(Vec::len).max().unwrap_or(0);
    let at = |at: usize| {
        let here: Vec<(f64, f64)> = curves.iter().filter_map(|c| c.get(at).copied()).collect();
        let values: Vec<f64> = here.iter().map(|(_, value)| *value).collect();
        Some((here.first()?.0, quartiles(&values)?))
    };
    (0..n_updates).filter_map(at).collect()
}
