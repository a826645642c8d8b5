//! Equity over time, in the clean market and under the reference attack, on logarithmic axes.

use super::chart::{Axis, Chart, Series, Spacing, Style};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{
        digest::{Digest, budget_text},
        input::Method,
        seeds::paths,
    },
};

/// Charts of the clean market and, if there is one, of the reference attack. Each has its own
/// range, so that ruined accounts do not flatten the clean ones.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let nominal = |method: &Method| digest.nominal_ledgers(&method.name);
    let attacked = |method: &Method| digest.attacked_ledgers(&method.name);
    let mut charts = vec![chart("Clean market", digest, nominal)];
    if let Some(reference) = &digest.reference {
        let budget = budget_text(reference.budget_bps);
        let title = format!("Attack: {}, {budget}", reference.attack);
        charts.push(chart(&title, digest, attacked));
    }
    charts
}

fn chart<'a>(
    title: &str,
    digest: &Digest<'a>,
    ledgers: impl Fn(&Method) -> Vec<&'a Ledger>,
) -> Chart {
    let multiple = |ledger: &Ledger| {
        let equity = ledger.equity.iter();
        equity
            .map(|equity| equity / ledger.initial_equity)
            .collect()
    };
    let ordered = digest.baselines().chain(digest.trained());
    let series = ordered.filter_map(|method| {
        let curve = paths(&ledgers(method), multiple)?;
        Some(Series::of(digest, method, Style::Line, curve))
    });
    let quantity = "equity, multiple of start (log scale)";
    let series = series.collect();
    Chart {
        spacing: Spacing::Log,
        rule: Some(1.0),
        ..Chart::new(title, quantity, Axis::Time, Format::Multiple, series)
    }
}
