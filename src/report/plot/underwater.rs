//! Drawdown over time, one small panel per policy: filled in the clean market, a line under the
//! reference attack.

use super::{
    panel::{Horizontal, Line, Panel, Stroke},
    thin::thin,
};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{digest::Digest, input::Method, seeds::paths},
};

/// One panel per policy that ever was under water, all on the same axis.
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let methods = digest.trained().chain(digest.baselines());
    let mut panels: Vec<Panel> = methods.filter_map(|method| panel(digest, method)).collect();
    let domains = panels.iter().filter_map(Panel::natural_domain);
    let deepest = domains.fold(0.0, |deepest: f64, (_, high)| deepest.max(high));
    for panel in &mut panels {
        panel.domain = Some((0.0, deepest));
    }
    panels
}

fn panel(digest: &Digest<'_>, method: &Method) -> Option<Panel> {
    let curve = |ledgers: &[&Ledger]| Some(thin(&paths(ledgers, drawdown)?.median(), 150));
    let deepest = |points: &[(f64, f64)]| points.iter().fold(0.0, |d: f64, p| d.max(p.1));
    let text = |points: &[_]| Format::Percent.with_step(deepest(points), 0.01);
    let line = |points, stroke| Line {
        class: digest.class(method),
        label: String::new(),
        stroke,
        points,
        band: Vec::new(),
    };
    let nominal = curve(&digest.nominal_ledgers(&method.name))?;
    if deepest(&nominal) <= 0.0 {
        return None;
    }
    let mut title = format!("{}: at most {}", method.label, text(&nominal[..]));
    let mut lines = vec![line(nominal, Stroke::Filled)];
    if let Some(attacked) = curve(&digest.attacked_ledgers(&method.name)) {
        title = format!("{title}, attacked {}", text(&attacked[..]));
        lines.push(line(attacked, Stroke::Fine));
    }
    Some(Panel {
        grows_down: true,
        ..Panel::new(
            title,
            "drawdown from the peak so far".to_owned(),
            Horizontal::Time,
            Format::Percent,
            (345.0, 200.0),
            lines,
        )
    })
}

/// Drawdown at every bar, positive: 1 − equity / highest equity so far, the initial equity
/// included.
fn drawdown(ledger: &Ledger) -> Vec<f64> {
    let mut peak = ledger.initial_equity;
    let equity = ledger.equity.iter();
    equity
        .map(|equity| {
            peak = peak.max(*equity);
            1.0 - equity / peak
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo;

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
