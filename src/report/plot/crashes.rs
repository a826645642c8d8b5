//! Cost of each replayed crash to each policy, on one axis.

use super::{
    circle, drawing,
    panel::longest,
    scale::{Scale, Spacing, domain_of},
    segment, small, text, vertical_grid,
};
use crate::{
    eval::{CrashSummary, metrics::Format},
    report::{
        digest::Digest,
        input::{Method, Role},
    },
};
use maud::{Markup, html};

const WIDTH: f64 = 760.0;
const TOP: f64 = 44.0;
/// Between the marks of neighboring methods.
const STEP: f64 = 6.0;

/// The drawing; rows are the crashes in the order given. A policy that was ruined has no mark.
pub(crate) fn draw(digest: &Digest<'_>, crashes: &[&CrashSummary]) -> Markup {
    let rows: Vec<Vec<Option<f64>>> = crashes.iter().map(|crash| lost(digest, crash)).collect();
    let values = rows.iter().flatten().copied().flatten().chain([0.0]);
    let Some(domain) = domain_of(values, Spacing::Linear) else {
        return html! {};
    };
    let row_height = STEP * small(digest.input.methods.len()) + 16.0;
    let bottom = TOP + row_height * small(rows.len());
    let left = 16.0 + 8.0 * longest(crashes.iter().map(|crash| &crash.crash));
    let x = Scale::linear(domain, (left, WIDTH - 28.0));
    let content = html! {
        (vertical_grid(&x, &x.ticks(7, Format::Percent), (TOP, bottom)))
        @for (n, (crash, lost)) in crashes.iter().zip(&rows).enumerate() {
            @let top = TOP + row_height * small(n);
            @if n > 0 { (segment("grid", (0.0, top), (WIDTH - 28.0, top))) }
            (text("row", (0.0, top + 0.5 * row_height + 4.0), &crash.crash))
            @for (index, (method, lost)) in digest.input.methods.iter().zip(lost).enumerate() {
                @if let Some(lost) = *lost {
                    // Equal costs stay apart.
                    @let y = top + 8.0 + STEP * (small(index) + 0.5);
                    g class=(digest.class(method)) { (mark(method, &crash.crash, lost, &x, y)) }
                }
            }
        }
    };
    let label = "Cost of each crash to each policy";
    let quantity = "log growth without the crash minus log growth with it";
    let size = (WIDTH, bottom + 34.0);
    drawing(size, label, "Crash cost", quantity, &content)
}

/// Cost of the crash to each method of the input; `None` where it was not played or was ruined.
fn lost(digest: &Digest<'_>, crash: &CrashSummary) -> Vec<Option<f64>> {
    let over_seeds = crash.over_seeds();
    let lost = |method: &Method| {
        let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
        figures.median_lost
    };
    digest.input.methods.iter().map(lost).collect()
}

fn mark(method: &Method, crash: &str, lost: f64, x: &Scale, y: f64) -> Markup {
    let at = x.at(lost);
    let title = format!(
        "{} in {crash}: {}",
        method.label,
        Format::Percent.value(lost)
    );
    html! {
        @match method.role {
            Role::Trained => {
                (segment("gap", (x.at(0.0), y), (at, y)))
                (circle("dot", (at, y), "5", &title))
            },
            Role::Baseline => (circle("hollow", (at, y), "3.5", &title)),
        }
    }
}
