//! Equity over time, nominal and under the reference attack, on the same logarithmic axis.

use super::{
    panel::{Horizontal, Line, Panel, Stroke, share_domain},
    scale::Spacing,
    thin::{every, thin},
};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{
        digest::{Digest, budget_text},
        input::{Method, Role},
        seeds::{Paths, paths},
    },
};

/// The panel of the nominal market, and that of the reference attack where there is one.
pub(crate) fn panels(digest: &Digest<'_>) -> Vec<Panel> {
    let nominal = |method: &Method| digest.nominal_ledgers(&method.name);
    let attacked = |method: &Method| digest.attacked_ledgers(&method.name);
    let mut panels = vec![panel("Clean market".to_owned(), digest, nominal)];
    if let Some(reference) = &digest.reference {
        let title = format!(
            "Attack: {}, {}",
            reference.attack,
            budget_text(reference.budget_bps)
        );
        panels.push(panel(title, digest, attacked));
    }
    share_domain(&mut panels);
    panels
}

fn panel<'a>(
    title: String,
    digest: &Digest<'a>,
    ledgers: impl Fn(&Method) -> Vec<&'a Ledger>,
) -> Panel {
    let multiple = |ledger: &Ledger| {
        let equity = ledger.equity.iter();
        equity
            .map(|equity| equity / ledger.initial_equity)
            .collect()
    };
    let line = |method: &Method| {
        let paths = paths(&ledgers(method), multiple)?;
        Some(Line {
            class: digest.class(method),
            label: method.label.clone(),
            stroke: Stroke::Plain,
            points: thin(&paths.median(), 220),
            band: match method.role {
                Role::Trained => band(&paths),
                Role::Baseline => Vec::new(),
            },
        })
    };
    let ordered = digest.baselines().chain(digest.trained());
    Panel {
        spacing: Spacing::Log,
        rule: Some(1.0),
        ..Panel::new(
            title,
            "equity, multiple of start (log scale)".to_owned(),
            Horizontal::Time,
            Format::Multiple,
            (520.0, 360.0),
            ordered.filter_map(line).collect(),
        )
    }
}

/// Interquartile band at about a hundred times; empty for one seed.
fn band(paths: &Paths) -> Vec<(f64, f64, f64)> {
    if paths.n_seeds < 2 {
        return Vec::new();
    }
    let [low, _, high] = &paths.quartiles;
    let kept = every(paths.times.len(), 110);
    kept.map(|at| (paths.times[at], low[at], high[at]))
        .collect()
}
