//! Nominal and worst case of every policy on one axis: the length of the line is the robustness
//! gap.

use super::coordinate;
use super::scale::{Scale, Spacing, domain_of};
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::input::Method;
use maud::{Markup, html};

/// What one row shows.
struct Row<'a> {
    method: &'a Method,
    class: String,
    nominal: f64,
    worst: Option<f64>,
    nominal_seeds: Vec<f64>,
    worst_seeds: Vec<f64>,
}

const WIDTH: f64 = 520.0;
const ROW: f64 = 52.0;
const TOP: f64 = 58.0;

/// The drawing.
pub(crate) fn draw(digest: &Digest<'_>) -> Markup {
    let rows: Vec<Row<'_>> = digest
        .trained()
        .chain(digest.baselines())
        .filter_map(|method| row(digest, method))
        .collect();
    let values = rows.iter().flat_map(|row| {
        let seeds = row.nominal_seeds.iter().chain(&row.worst_seeds).copied();
        seeds.chain([row.nominal]).chain(row.worst)
    });
    let Some(domain) = domain_of(values.chain([0.0]), Spacing::Linear) else {
        return html! { p.nothing { "Nothing to compare." } };
    };
    let longest = rows
        .iter()
        .map(|row| row.method.label.chars().count())
        .max()
        .unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a count of characters and rows")]
    let (left, height) = (
        16.0 + 7.0 * longest as f64,
        TOP + ROW * rows.len() as f64 + 34.0,
    );
    let x = Scale {
        spacing: Spacing::Linear,
        domain,
        range: (left, WIDTH - 28.0),
    };
    let performance = digest.performance;
    let c = coordinate;
    let bottom = height - 34.0;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label="Nominal and worst case of every policy" {
            text.title x="0" y="14" { "Clean market and worst attack" }
            text.axis x="0" y="32" { (digest.performance.label) }
            g.key {
                circle.dot cx=(c(WIDTH - 196.0)) cy="28" r="5" {}
                text.axis x=(c(WIDTH - 186.0)) y="32" { "clean" }
                circle.hollow cx=(c(WIDTH - 134.0)) cy="28" r="5" {}
                text.axis x=(c(WIDTH - 124.0)) y="32" { "worst attack" }
            }
            @for (value, label) in x.ticks(5, performance.format) {
                line.grid x1=(c(x.at(value))) x2=(c(x.at(value))) y1=(c(TOP - 12.0)) y2=(c(bottom)) {}
                text.tick.middle x=(c(x.at(value))) y=(c(bottom + 16.0)) { (label) }
            }
            line.rule x1=(c(x.at(0.0))) x2=(c(x.at(0.0))) y1=(c(TOP - 12.0)) y2=(c(bottom)) {}
            @for (index, row) in (0_u32..).zip(&rows) {
                (draw_row(row, TOP + ROW * (f64::from(index) + 0.5), &x, performance.format))
            }
        }
    }
}

fn row<'a>(digest: &Digest<'_>, method: &'a Method) -> Option<Row<'a>> {
    let nominal = digest.nominal(&method.name)?.median()?;
    Some(Row {
        method,
        class: digest.class(method),
        nominal,
        worst: digest
            .worst(&method.name)
            .and_then(crate::report::analysis::SweepPoint::median),
        nominal_seeds: values(digest.nominal_by_seed(&method.name)),
        worst_seeds: values(digest.worst_by_seed(&method.name)),
    })
}

fn values(by_seed: Vec<(u64, f64)>) -> Vec<f64> {
    by_seed.into_iter().map(|(_, value)| value).collect()
}

fn draw_row(row: &Row<'_>, y: f64, x: &Scale, format: Format) -> Markup {
    let c = coordinate;
    let nominal = x.at(row.nominal);
    let worst = row.worst.map(|value| (value, x.at(value)));
    let seeds = |values: &[f64], y: f64| {
        html! {
            @if values.len() > 1 {
                @for value in values {
                    line.seed x1=(c(x.at(*value))) x2=(c(x.at(*value))) y1=(c(y)) y2=(c(y + 5.0)) {}
                }
            }
        }
    };
    html! {
        text.row x="0" y=(c(y + 4.0)) { (row.method.label) }
        g class=(row.class) {
            (seeds(&row.nominal_seeds, y - 13.0))
            (seeds(&row.worst_seeds, y + 8.0))
            @if let Some((value, at)) = worst {
                line.gap x1=(c(at)) x2=(c(nominal)) y1=(c(y)) y2=(c(y)) {}
                circle.hollow cx=(c(at)) cy=(c(y)) r="5" { title { (row.method.label) " under the worst attack: " (format.value(value)) } }
            }
            circle.dot cx=(c(nominal)) cy=(c(y)) r="5" { title { (row.method.label) " in the clean market: " (format.value(row.nominal)) } }
        }
    }
}
