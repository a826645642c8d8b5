//! The key picture: performance versus attack budget.

use super::{
    panel::{Horizontal, Line, Panel, Stroke, share_domain},
    scale::{Spacing, domain_of},
};
use crate::report::{
    analysis::{SweepPoint, WORST},
    digest::{Digest, budget_text},
    input::{Method, Role},
};

/// Panels with the same vertical axis, without lines where nothing was attacked: the worst case
/// over attacks for wide and for narrow screens, then one per attack where there are several.
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let mut panels = vec![
        panel(digest, WORST, (1060.0, 420.0)),
        panel(digest, WORST, (440.0, 380.0)),
    ];
    if digest.attacks.len() > 1 {
        let attacks = digest.attacks.iter();
        panels.extend(attacks.map(|attack| panel(digest, attack, (345.0, 270.0))));
    }
    share_domain(&mut panels);
    panels
}

fn panel(digest: &Digest<'_>, attack: &str, size: (f64, f64)) -> Panel {
    let title = match &digest.attacks[..] {
        [only] => format!("Attack: {only}"),
        _ if attack == WORST => "Worst of all attacks".to_owned(),
        _ => format!("Attack: {attack}"),
    };
    let performance = digest.performance;
    let budgets = std::iter::once(0.0).chain(digest.budgets_bps.iter().copied());
    let ordered = digest.baselines().chain(digest.trained());
    let lines = ordered.filter_map(|method| line(digest, method, attack));
    let training = digest.input.training_budget_bps.filter(|_| attack == WORST);
    let mark = training.map(|bps| (bps, format!("trained against {}", budget_text(bps))));
    Panel {
        marks: mark.into_iter().collect(),
        rule: Some(0.0).filter(|_| zero_is_near(digest)),
        ..Panel::new(
            title,
            performance.label.to_string(),
            Horizontal::Budgets(budgets.collect()),
            performance.format,
            size,
            lines.collect(),
        )
    }
}

fn line(digest: &Digest<'_>, method: &Method, attack: &str) -> Option<Line> {
    let quartiles = |budget: f64| {
        let point = if budget > 0.0 {
            digest.point(&method.name, attack, budget)
        } else {
            digest.nominal(&method.name)
        };
        Some((budget, point?.quartiles()?))
    };
    let budgets = std::iter::once(0.0).chain(digest.budgets_bps.iter().copied());
    let curve: Vec<(f64, [f64; 3])> = budgets.filter_map(quartiles).collect();
    if curve.len() < 2 {
        return None;
    }
    let points = curve.iter().map(|(budget, q)| (*budget, q[1])).collect();
    let band = curve.iter().map(|(budget, q)| (*budget, q[0], q[2]));
    let (stroke, band) = match method.role {
        Role::Trained => (Stroke::Dotted, band.collect()),
        Role::Baseline => (Stroke::Plain, Vec::new()),
    };
    let is_labelled = method.role == Role::Trained || attack == WORST;
    Some(Line {
        class: digest.class(method),
        label: if is_labelled { &*method.label } else { "" }.to_owned(),
        stroke,
        points,
        band,
    })
}

/// Returns true where zero is within the data or not far outside.
fn zero_is_near(digest: &Digest<'_>) -> bool {
    let medians = digest.points.iter().filter_map(SweepPoint::median);
    domain_of(medians, Spacing::Linear).is_some_and(|(low, high)| {
        low - 0.5 * (high - low) <= 0.0 && high + 0.5 * (high - low) >= 0.0
    })
}
