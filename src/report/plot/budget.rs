//! Key picture: performance versus attack budget.

use super::chart::{Axis, Chart, Curve, Series, Style, share_range};
use crate::report::{
    analysis::WORST,
    digest::{Digest, budget_text},
    input::{Method, Role},
};

/// Charts with the same range, without series if nothing was attacked: the worst case over attacks,
/// then one per attack if there are several.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let worst = Some(WORST).filter(|_| digest.attacks.len() != 1);
    let attacks = worst
        .into_iter()
        .chain(digest.attacks.iter().map(String::as_str));
    let mut charts: Vec<Chart> = attacks.map(|attack| chart(digest, attack)).collect();
    let training = digest.input.training_budget_bps;
    charts[0].mark = training.map(|bps| (bps, format!("training budget {}", budget_text(bps))));
    share_range(&mut charts);
    charts
}

fn chart(digest: &Digest<'_>, attack: &str) -> Chart {
    let title = match attack {
        WORST => "Worst of all attacks".to_owned(),
        _ => format!("Attack: {attack}"),
    };
    let ordered = digest.baselines().chain(digest.trained());
    let series = ordered.filter_map(|method| {
        let style = match method.role {
            Role::Trained => Style::Dots,
            Role::Baseline => Style::Line,
        };
        let curve = curve(digest, method, attack)?;
        Some(Series::of(digest, method, style, curve))
    });
    let performance = digest.performance;
    let series = series.collect();
    let format = performance.format;
    Chart::new(&title, &performance.label, Axis::Budgets, format, series)
}

/// Quartiles over seeds at every budget; `None` below two budgets.
fn curve(digest: &Digest<'_>, method: &Method, attack: &str) -> Option<Curve> {
    let nominal = digest.nominal(&method.name).map(|point| (0.0, point));
    let budgets = digest.budgets_bps.iter();
    let attacked = budgets.filter_map(|budget| {
        let point = digest.point(&method.name, attack, *budget)?;
        Some((*budget, point))
    });
    let points = nominal.into_iter().chain(attacked);
    let curve: Curve = points
        .filter_map(|(at, point)| Some((at, point.quartiles()?)))
        .collect();
    (curve.len() > 1).then_some(curve)
}
