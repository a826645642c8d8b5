//! Training curves: the measured sensitivity first, then what else tells whether learning went
//! well.

use super::panel::{Direction, Horizontal, Line, Panel, Stroke};
use super::scale::Spacing;
use super::thin::{every, thin};
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::input::{Method, TrainingLog};
use crate::report::seeds::quartiles;
use crate::train::Metric;

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
    CURVES
        .into_iter()
        .map(|(metric, title, y_title)| panel(digest, metric, title, y_title))
        .filter(|panel| !panel.lines.is_empty())
        .collect()
}

fn panel(digest: &Digest<'_>, metric: Metric, title: &str, y_title: &str) -> Panel {
    let lines: Vec<Line> = digest
        .trained()
        .filter_map(|method| line(digest, method, metric))
        .collect();
    let is_log = spans_decades(&lines);
    Panel {
        title: title.to_owned(),
        y_title: if is_log {
            format!("{y_title} (log)")
        } else {
            y_title.to_owned()
        },
        x_title: "environment steps".to_owned(),
        x: Horizontal::Count,
        spacing: if is_log {
            Spacing::Log
        } else {
            Spacing::Linear
        },
        direction: Direction::Up,
        format: Format::Number,
        domain: None,
        lines,
        marks: Vec::new(),
        rule: None,
        size: (345.0, 240.0),
    }
}

fn line(digest: &Digest<'_>, method: &Method, metric: Metric) -> Option<Line> {
    let curves: Vec<Vec<(f64, f64)>> = digest
        .input
        .training
        .iter()
        .filter(|log| log.policy == method.name)
        .map(|log: &TrainingLog| log.curve(metric).collect())
        .filter(|curve: &Vec<_>| !curve.is_empty())
        .collect();
    let mut points = Vec::new();
    let mut band = Vec::new();
    for at in 0..curves.iter().map(Vec::len).max()? {
        let values: Vec<f64> = curves
            .iter()
            .filter_map(|c| c.get(at))
            .map(|p| p.1)
            .collect();
        let step = curves.iter().find_map(|c| c.get(at))?.0;
        if let Some([low, median, high]) = quartiles(&values) {
            points.push((step, median));
            band.push((step, low, high));
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

/// Whether all values are positive and the largest is more than twenty times the smallest.
fn spans_decades(lines: &[Line]) -> bool {
    let values = || {
        lines
            .iter()
            .flat_map(|line| line.points.iter().map(|p| p.1))
    };
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(0.0, f64::max);
    low > 0.0 && high > 20.0 * low
}
