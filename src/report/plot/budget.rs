//! The key picture: performance versus attack budget.

use super::chart::{Axis, Band, Chart, Curve, Series, Style, share_range};
use crate::report::{
    analysis::WORST,
    digest::{Digest, budget_text},
    input::{Method, Role},
};

/// Charts with the same range, without series where nothing was attacked: the worst case over
/// attacks, then one per attack where there are several.
pub(crate) fn charts(digest: &Digest<'_>) -> Vec<Chart> {
    let mut charts = vec![Chart {
        height: 380,
        ..chart(digest, WORST)
    }];
    if digest.attacks.len() > 1 {
        let attacks = digest.attacks.iter();
        charts.extend(attacks.map(|attack| chart(digest, attack)));
    }
    share_range(&mut charts);
    charts
}

fn chart(digest: &Digest<'_>, attack: &str) -> Chart {
    let title = match &digest.attacks[..] {
        [only] => format!("Attack: {only}"),
        _ if attack == WORST => "Worst of all attacks".to_owned(),
        _ => format!("Attack: {attack}"),
    };
    let performance = digest.performance;
    let ordered = digest.baselines().chain(digest.trained());
    let curves = ordered.filter_map(|method| {
        let (style, band) = match method.role {
            Role::Trained => (Style::Dots, Band::Quartiles),
            Role::Baseline => (Style::Line, Band::None),
        };
        let series = Series::new(&method.label, digest.class(method), style);
        Some((series, band, curve(digest, method, attack)?))
    });
    let training = digest.input.training_budget_bps.filter(|_| attack == WORST);
    let mark = training.map(|bps| (bps, format!("trained against {}", budget_text(bps))));
    let label = performance.label.to_string();
    let mut chart = Chart::new(title, label, Axis::Budgets, performance.format)
        .with_curves(curves.collect());
    chart.marks.extend(mark);
    chart
}

/// Quartiles over seeds at every budget; `None` below two budgets.
fn curve(digest: &Digest<'_>, method: &Method, attack: &str) -> Option<Curve> {
    let quartiles = |budget: f64| {
        let point = if budget > 0.0 {
            digest.point(&method.name, attack, budget)
        } else {
            digest.nominal(&method.name)
        };
        Some((budget, point?.quartiles()?))
    };
    let budgets = std::iter::once(0.0).chain(digest.budgets_bps.iter().copied());
    let curve: Curve = budgets.filter_map(quartiles).collect();
    (curve.len() > 1).then_some(curve)
}
