//! Training curves: the measured sensitivity first, then signs of good or bad learning.

use super::{
    panel::{Horizontal, Line, Panel, Stroke},
    scale::Spacing,
    thin::{every, thin},
};
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

/// One panel per metric that was logged.
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let panels = CURVES.map(|(metric, title, y_title)| panel(digest, metric, title, y_title));
    let is_logged = |panel: &Panel| !panel.lines.is_empty();
    panels.into_iter().filter(is_logged).collect()
}

fn panel(digest: &Digest<'_>, metric: Metric, title: &str, y_title: &str) -> Panel {
    let trained = digest.trained();
    let lines: Vec<Line> = trained
        .filter_map(|method| line(digest, method, metric))
        .collect();
    let (spacing, remark) = if spans_decades(&lines) {
        (Spacing::Log, " (log)")
    } else {
        (Spacing::Linear, "")
    };
    Panel {
        spacing,
        ..Panel::new(
            title.to_owned(),
            format!("{y_title}{remark}"),
            Horizontal::Steps,
            Format::Number,
            (345.0, 240.0),
            lines,
        )
    }
}

fn line(digest: &Digest<'_>, method: &Method, metric: Metric) -> Option<Line> {
    let logs = digest
        .input
        .training
        .iter()
        .filter(|log| log.policy == method.name);
    let curves: Vec<Vec<(f64, f64)>> = logs
        .map(|log| log.curve(metric).collect())
        .filter(|curve: &Vec<_>| !curve.is_empty())
        .collect();
    let mut points = Vec::new();
    let mut band = Vec::new();
    for at in 0..curves.iter().map(Vec::len).max()? {
        let here: Vec<(f64, f64)> = curves.iter().filter_map(|c| c.get(at).copied()).collect();
        let values: Vec<f64> = here.iter().map(|(_, value)| *value).collect();
        if let (Some((step, _)), Some([low, median, high])) = (here.first(), quartiles(&values)) {
            points.push((*step, median));
            band.push((*step, low, high));
        }
    }
    let kept: Vec<_> = every(band.len(), 90).map(|at| band[at]).collect();
    Some(Line {
        class: digest.class(method),
        label: method.label.clone(),
        stroke: Stroke::Plain,
        points: thin(&points, 120),
        band: if curves.len() > 1 { kept } else { Vec::new() },
    })
}

/// Returns true where all values are positive and the largest is more than twenty times the
/// smallest.
fn spans_decades(lines: &[Line]) -> bool {
    let points = || lines.iter().flat_map(|line| &line.points);
    let low = points().fold(f64::INFINITY, |low, (_, y)| low.min(*y));
    let high = points().fold(0.0_f64, |high, (_, y)| high.max(*y));
    low > 0.0 && high > 20.0 * low
}
