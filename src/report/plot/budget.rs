//! The key picture: performance versus attack budget.

use super::panel::{Direction, Horizontal, Line, Panel, Stroke};
use super::scale::{Spacing, domain_of};
use crate::report::analysis::WORST;
use crate::report::digest::{Digest, budget_text};
use crate::report::input::{Method, Role};

/// Panels with the same vertical axis.
pub(crate) struct Panels {
    /// The worst case over attacks, for wide screens.
    pub(crate) wide: Panel,
    /// The same for narrow screens.
    pub(crate) narrow: Panel,
    /// One per attack; none where there is only one attack.
    pub(crate) attacks: Vec<Panel>,
}

/// The panels; their lines are empty where nothing was attacked.
pub(crate) fn panels(digest: &Digest<'_>) -> Panels {
    let mut panels = Panels {
        wide: panel(digest, WORST, (1060.0, 420.0)),
        narrow: panel(digest, WORST, (440.0, 380.0)),
        attacks: Vec::new(),
    };
    if digest.attacks.len() > 1 {
        let attacks = digest.attacks.iter();
        panels.attacks = attacks
            .map(|attack| panel(digest, attack, (345.0, 270.0)))
            .collect();
    }
    let all = || std::iter::once(&panels.wide).chain(&panels.attacks);
    let domain = all()
        .filter_map(Panel::natural_domain)
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    for panel in [&mut panels.wide, &mut panels.narrow]
        .into_iter()
        .chain(&mut panels.attacks)
    {
        panel.domain = domain;
    }
    panels
}

fn panel(digest: &Digest<'_>, attack: &str, size: (f64, f64)) -> Panel {
    let is_main = attack == WORST;
    let performance = digest.performance;
    let mut grid = vec![0.0];
    grid.extend(&digest.budgets_bps);
    let ordered = digest.baselines().chain(digest.trained());
    let training = digest.input.training_budget_bps.filter(|_| is_main);
    Panel {
        title: if is_main {
            match &digest.attacks[..] {
                [only] => format!("Attack: {only}"),
                _ => "Worst of all attacks".to_owned(),
            }
        } else {
            format!("Attack: {attack}")
        },
        y_title: digest.performance.label.to_string(),
        x_title: "attack budget per step, bps".to_owned(),
        x: Horizontal::Grid(grid),
        spacing: Spacing::Linear,
        direction: Direction::Up,
        format: performance.format,
        domain: None,
        lines: ordered
            .filter_map(|method| line(digest, method, attack))
            .collect(),
        marks: training
            .map(|b| (b, format!("trained against {}", budget_text(b))))
            .into_iter()
            .collect(),
        rule: Some(0.0).filter(|_| zero_is_near(digest)),
        size,
    }
}

fn line(digest: &Digest<'_>, method: &Method, attack: &str) -> Option<Line> {
    let curve: Vec<(f64, [f64; 3])> = std::iter::once(0.0)
        .chain(digest.budgets_bps.iter().copied())
        .filter_map(|budget| {
            let point = if budget > 0.0 {
                digest.point(&method.name, attack, budget)
            } else {
                digest.nominal(&method.name)
            };
            Some((budget, point?.quartiles?))
        })
        .collect();
    if curve.len() < 2 {
        return None;
    }
    let is_trained = method.role == Role::Trained;
    Some(Line {
        class: digest.class(method),
        label: if is_trained || attack == WORST {
            method.label.clone()
        } else {
            String::new()
        },
        stroke: if is_trained {
            Stroke::Dotted
        } else {
            Stroke::Plain
        },
        points: curve.iter().map(|(budget, q)| (*budget, q[1])).collect(),
        band: if is_trained {
            curve
                .iter()
                .map(|(budget, q)| (*budget, q[0], q[2]))
                .collect()
        } else {
            Vec::new()
        },
    })
}

/// Zero belongs on the axis where it is within the data or not far outside.
fn zero_is_near(digest: &Digest<'_>) -> bool {
    let medians = digest
        .points
        .iter()
        .filter_map(crate::report::analysis::SweepPoint::median);
    domain_of(medians, Spacing::Linear).is_some_and(|(low, high)| {
        low - 0.5 * (high - low) <= 0.0 && high + 0.5 * (high - low) >= 0.0
    })
}
