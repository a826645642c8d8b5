//! Drawdown over time: one small panel per policy, filled in the clean market, a line under the
//! reference attack.

use super::panel::{Direction, Horizontal, Line, Panel, Stroke};
use super::scale::Spacing;
use super::thin::thin;
use crate::eval::Ledger;
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::seeds::paths;

/// One panel per policy that ever was under water, all on the same axis.
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let mut panels: Vec<Panel> = digest
        .trained()
        .chain(digest.baselines())
        .filter_map(|method| {
            let curve = |ledgers: &[&Ledger]| Some(thin(&paths(ledgers, drawdown)?.median(), 150));
            let nominal = curve(&digest.nominal_ledgers(&method.name))?;
            let attacked = curve(&digest.attacked_ledgers(&method.name));
            let deepest = |points: &[(f64, f64)]| points.iter().fold(0.0, |d: f64, p| d.max(p.1));
            let depth = deepest(&nominal);
            let text = |depth: f64| Format::Percent.with_step(depth, 0.01);
            let title = match &attacked {
                Some(points) => format!(
                    "{}: at most {}, attacked {}",
                    method.label,
                    text(depth),
                    text(deepest(points))
                ),
                None => format!("{}: at most {}", method.label, text(depth)),
            };
            let line = |points, stroke| Line {
                class: digest.class(method),
                label: String::new(),
                stroke,
                points,
                band: Vec::new(),
            };
            let mut lines = vec![line(nominal, Stroke::Filled)];
            lines.extend(attacked.map(|points| line(points, Stroke::Fine)));
            Some((depth, panel(title, lines)))
                .filter(|(depth, _)| *depth > 0.0)
                .map(|(_, panel)| panel)
        })
        .collect();
    let deepest = panels
        .iter()
        .filter_map(Panel::natural_domain)
        .fold(0.0, |deepest: f64, (_, high)| deepest.max(high));
    for panel in &mut panels {
        panel.domain = Some((0.0, deepest));
    }
    panels
}

/// Drawdown at every bar, positive: 1 − equity / highest equity so far, the initial equity
/// included.
fn drawdown(ledger: &Ledger) -> Vec<f64> {
    let mut peak = ledger.initial_equity;
    ledger
        .equity
        .iter()
        .map(|equity| {
            peak = peak.max(*equity);
            1.0 - equity / peak
        })
        .collect()
}

fn panel(title: String, lines: Vec<Line>) -> Panel {
    Panel {
        title,
        y_title: "drawdown from the peak so far".to_owned(),
        x_title: "bar end, UTC".to_owned(),
        x: Horizontal::Time,
        spacing: Spacing::Linear,
        direction: Direction::Down,
        format: Format::Percent,
        domain: None,
        lines,
        marks: Vec::new(),
        rule: None,
        size: (345.0, 200.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::demo;

    #[test]
    fn drawdown_by_hand() {
        let mut ledger = demo::ledgers().remove(0);
        ledger.initial_equity = 100.0;
        ledger.equity = vec![80.0, 120.0, 90.0, 130.0];
        let found = drawdown(&ledger);
        for (found, expected) in found.iter().zip([0.2, 0.0, 0.25, 0.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
    }
}
