//! Training curves: the measured sensitivity first, then signs of good or bad learning.

use super::chart::{Axis, Band, Chart, Curve, Series, Spacing, Style};
use crate::{
    eval::metrics::Format,
    report::{digest::Digest, input::Method, seeds::quartiles},
    train::Metric,
};

/// (metric, title, vertical axis) in order of interest.
const CURVES: [(Metric, &str, &str); 9] = [
    (
        Metric::SensitivityMean,
        "Directional sensitivity",
        "mean ‖J·B·u‖: action change per full budget",
    ),
    (
        Metric::EpisodeReturn,
        "Return per episode",
        "sum of rewards",
    ),
    (Metric::RewardMean, "Reward per step", "mean of the rollout"),
    (
        Metric::JacobianNorm,
        "Global sensitivity",
        "mean ‖J‖ over all inputs",
    ),
    (Metric::Penalty, "Regularizer", "before its weight"),
    (
        Metric::EffectiveSmoothness,
        "Effective smoothness",
        "|vᵀHv| / ‖v‖² along the ascent",
    ),
    (
        Metric::ExplainedVariance,
        "Explained variance",
        "of returns by the value network; 1 is perfect",
    ),
    (Metric::Entropy, "Entropy", "of the policy, nats"),
    (
        Metric::ApproxKl,
        "Policy step",
        "KL(old ‖ new), k3 estimate, nats",
    ),
];

/// One chart per metric that was logged.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let charts = CURVES.map(|(metric, title, quantity)| chart(digest, metric, title, quantity));
    charts.into_iter().filter(|chart| !chart.is_empty()).collect()
}

fn chart(digest: &Digest<'_>, metric: Metric, title: &str, quantity: &str) -> Chart {
    let curves = digest.trained().filter_map(|method| {
        let series = Series::new(&method.label, digest.class(method), Style::Line);
        let (band, curve) = curve(digest, method, metric)?;
        Some((series, band, curve))
    });
    let curves: Vec<_> = curves.collect();
    let (spacing, remark) = if spans_decades(&curves) {
        (Spacing::Log, " (log)")
    } else {
        (Spacing::Linear, "")
    };
    let quantity = format!("{quantity}{remark}");
    Chart {
        spacing,
        ..Chart::new(title, quantity, Axis::Steps, Format::Number).with_curves(curves)
    }
}

/// Quartiles over seeds per update.
fn curve(digest: &Digest<'_>, method: &Method, metric: Metric) -> Option<(Band, Curve)> {
    let logs = digest.input.training.iter();
    let own = logs.filter(|log| log.policy == method.name);
    let curves: Vec<Vec<(f64, f64)>> = own
        .map(|log| log.curve(metric).collect())
        .filter(|curve: &Vec<_>| !curve.is_empty())
        .collect();
    let at = |at: usize| {
        let here: Vec<(f64, f64)> = curves.iter().filter_map(|c| c.get(at).copied()).collect();
        let values: Vec<f64> = here.iter().map(|(_, value)| *value).collect();
        Some((here.first()?.0, quartiles(&values)?))
    };
    let n_updates = curves.iter().map(Vec::len).max()?;
    let band = match curves.len() {
        1 => Band::None,
        _ => Band::Quartiles,
    };
    Some((band, (0..n_updates).filter_map(at).collect()))
}

/// Returns true where all medians are positive and the largest is more than twenty times the
/// smallest.
fn spans_decades(curves: &[(Series, Band, Curve)]) -> bool {
    let points = || curves.iter().flat_map(|(_, _, curve)| curve);
    let low = points().fold(f64::INFINITY, |low, (_, [_, y, _])| low.min(*y));
    let high = points().fold(0.0_f64, |high, (_, [_, y, _])| high.max(*y));
    low > 0.0 && high > 20.0 * low
}
