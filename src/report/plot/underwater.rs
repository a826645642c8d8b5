//! Drawdown over time, one small chart per policy: filled in the clean market, a line under the
//! reference attack.

use super::chart::{Axis, Chart, Curve, Series, Spacing, Style, share_range};
use crate::{
    eval::{Ledger, metrics::Format},
    report::{digest::Digest, input::Method, seeds::paths},
};

/// One chart per policy that ever was under water, all with the same range.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let methods = digest.trained().chain(digest.baselines());
    let mut charts: Vec<Chart> = methods.filter_map(|method| chart(digest, method)).collect();
    share_range(&mut charts);
    charts
}

fn chart(digest: &Digest<'_>, method: &Method) -> Option<Chart> {
    let class = digest.class(method);
    let nominal = medians(&digest.nominal_ledgers(&method.name));
    let attacked = medians(&digest.attacked_ledgers(&method.name));
    let depth = |curve: &Curve| curve.iter().fold(0.0, |d: f64, point| d.max(point.1[1]));
    let text = |curve: &Curve| Format::Percent.with_step(depth(curve), 0.01);
    if depth(&nominal) <= 0.0 {
        return None;
    }
    let mut title = format!("{}: at most {}", method.label, text(&nominal));
    let mut series = vec![Series::new("clean", class.clone(), Style::Area, nominal)];
    if !attacked.is_empty() {
        title = format!("{title}, attacked {}", text(&attacked));
        series.push(Series::new("attacked", class, Style::Over, attacked));
    }
    let quantity = "drawdown from the peak so far";
    Some(Chart {
        spacing: Spacing::Down,
        ..Chart::new(&title, quantity, Axis::Time, Format::Percent, series)
    })
}

/// Median drawdown over seeds at every bar, without a band.
fn medians(ledgers: &[&Ledger]) -> Curve {
    let bars = paths(ledgers, drawdown).into_iter().flatten();
    bars.map(|(at, [_, median, _])| (at, [median; 3])).collect()
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
