//! Equity over time, nominal and under the reference attack, on the same logarithmic axis.

use super::panel::{Direction, Horizontal, Line, Panel, Stroke};
use super::scale::Spacing;
use super::thin::{every, thin};
use crate::eval::Ledger;
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::input::{Method, Role};
use crate::report::seeds::{Paths, paths};

/// Two panels: the nominal market and the reference attack (only the first where nothing was
/// attacked).
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let nominal = panel("Clean market".to_owned(), digest, |method| {
        digest.nominal_ledgers(&method.name)
    });
    let mut panels = vec![nominal];
    if let Some(reference) = &digest.reference {
        let title = format!("Attack: {}, {}", reference.attack, reference.budget_text());
        panels.push(panel(title, digest, |method| {
            digest.attacked_ledgers(&method.name)
        }));
    }
    let domain = panels
        .iter()
        .filter_map(Panel::natural_domain)
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    for panel in &mut panels {
        panel.domain = domain;
    }
    panels
}

fn panel<'a>(
    title: String,
    digest: &Digest<'a>,
    ledgers: impl Fn(&Method) -> Vec<&'a Ledger>,
) -> Panel {
    let ordered = digest.baselines().chain(digest.trained());
    let line = |method: &Method| {
        let paths = paths(&ledgers(method), |ledger| {
            ledger
                .equity
                .iter()
                .map(|equity| equity / ledger.initial_equity)
                .collect()
        })?;
        Some(Line {
            class: digest.class(method),
            label: method.label.clone(),
            stroke: Stroke::Plain,
            points: thin(&paths.median(), 220),
            band: if method.role == Role::Trained {
                band(&paths)
            } else {
                Vec::new()
            },
        })
    };
    Panel {
        title,
        y_title: "equity, multiple of start (log scale)".to_owned(),
        x_title: "bar end, UTC".to_owned(),
        x: Horizontal::Time,
        spacing: Spacing::Log,
        direction: Direction::Up,
        format: Format::Multiple,
        domain: None,
        lines: ordered.filter_map(line).collect(),
        marks: Vec::new(),
        rule: Some(1.0),
        size: (520.0, 360.0),
    }
}

/// The interquartile band at a hundred times; empty for one seed.
fn band(paths: &Paths) -> Vec<(f64, f64, f64)> {
    if paths.n_seeds() < 2 {
        return Vec::new();
    }
    every(paths.times.len(), 110)
        .map(|at| {
            (
                paths.times[at],
                paths.quartiles[0][at],
                paths.quartiles[2][at],
            )
        })
        .collect()
}
