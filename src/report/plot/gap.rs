//! Nominal and worst case of every policy on one axis. The length of the line is the robustness
//! gap.

use super::{
    circle, coordinate, drawing,
    panel::longest,
    scale::{Scale, Spacing, domain_of},
    segment, small, text, vertical_grid,
};
use crate::{
    eval::metrics::Format,
    report::{analysis::SweepPoint, digest::Digest, input::Method},
};
use maud::{Markup, html};

/// One policy.
struct Row<'a> {
    method: &'a Method,
    class: String,
    nominal: f64,
    worst: Option<f64>,
    /// Seed and value.
    nominal_seeds: Vec<(u64, f64)>,
    worst_seeds: Vec<(u64, f64)>,
}

const WIDTH: f64 = 520.0;
const ROW: f64 = 52.0;
const TOP: f64 = 58.0;

/// The drawing.
pub(crate) fn draw(digest: &Digest<'_>) -> Markup {
    let methods = digest.trained().chain(digest.baselines());
    let rows: Vec<Row<'_>> = methods.filter_map(|method| row(digest, method)).collect();
    let values = rows.iter().flat_map(|row| {
        let seeds = row.nominal_seeds.iter().chain(&row.worst_seeds);
        seeds
            .map(|seed| seed.1)
            .chain([row.nominal])
            .chain(row.worst)
    });
    let Some(domain) = domain_of(values.chain([0.0]), Spacing::Linear) else {
        return html! { p.nothing { "Nothing to compare." } };
    };
    let left = 16.0 + 7.0 * longest(rows.iter().map(|row| &row.method.label));
    let bottom = TOP + ROW * small(rows.len());
    let x = Scale::linear(domain, (left, WIDTH - 28.0));
    let performance = digest.performance;
    let ticks = x.ticks(5, performance.format);
    let c = coordinate;
    let content = html! {
        g.key {
            circle.dot cx=(c(WIDTH - 196.0)) cy="28" r="5" {}
            text.axis x=(c(WIDTH - 186.0)) y="32" { "clean" }
            circle.hollow cx=(c(WIDTH - 134.0)) cy="28" r="5" {}
            text.axis x=(c(WIDTH - 124.0)) y="32" { "worst attack" }
        }
        (vertical_grid(&x, &ticks, (TOP - 12.0, bottom)))
        @for (index, row) in (0_u32..).zip(&rows) {
            (draw_row(row, TOP + ROW * (f64::from(index) + 0.5), &x, performance.format))
        }
    };
    let label = "Nominal and worst case of every policy";
    let title = "Clean market and worst attack";
    let size = (WIDTH, bottom + 34.0);
    drawing(size, label, title, &performance.label, &content)
}

fn row<'a>(digest: &Digest<'_>, method: &'a Method) -> Option<Row<'a>> {
    let (nominal, worst) = (digest.nominal(&method.name)?, digest.worst(&method.name));
    Some(Row {
        method,
        class: digest.class(method),
        nominal: nominal.median()?,
        worst: worst.and_then(SweepPoint::median),
        nominal_seeds: nominal.defined(),
        worst_seeds: worst.map(SweepPoint::defined).unwrap_or_default(),
    })
}

fn draw_row(row: &Row<'_>, y: f64, x: &Scale, format: Format) -> Markup {
    let nominal = x.at(row.nominal);
    let label = &row.method.label;
    let seeds = |values: &[(u64, f64)], y: f64| {
        html! {
            @if values.len() > 1 {
                @for (_, value) in values {
                    (segment("seed", (x.at(*value), y), (x.at(*value), y + 5.0)))
                }
            }
        }
    };
    html! {
        (text("row", (0.0, y + 4.0), label))
        g class=(row.class) {
            (seeds(&row.nominal_seeds, y - 13.0))
            (seeds(&row.worst_seeds, y + 8.0))
            @if let Some(worst) = row.worst {
                @let title = format!("{label} under the worst attack: {}", format.value(worst));
                (segment("gap", (x.at(worst), y), (nominal, y)))
                (circle("hollow", (x.at(worst), y), "5", &title))
            }
            @let title = format!("{label} in the clean market: {}", format.value(row.nominal));
            (circle("dot", (nominal, y), "5", &title))
        }
    }
}
