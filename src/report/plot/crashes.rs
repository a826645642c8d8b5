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

/// One policy in one crash.
struct Mark<'a> {
    method: &'a Method,
    /// Position among the methods, so that equal costs stay apart.
    index: usize,
    lost: f64,
}

const WIDTH: f64 = 760.0;
const TOP: f64 = 44.0;
/// Between the marks of neighboring methods.
const STEP: f64 = 6.0;

/// The drawing; rows are the crashes in the order given. A policy that was ruined has no mark.
pub(crate) fn draw(digest: &Digest<'_>, crashes: &[&CrashSummary]) -> Markup {
    let row = |crash: &&CrashSummary| (crash.crash.clone(), marks(digest, crash));
    let rows: Vec<(String, Vec<Mark<'_>>)> = crashes.iter().map(row).collect();
    let values = rows.iter().flat_map(|(_, marks)| marks);
    let values = values.map(|mark| mark.lost).chain([0.0]);
    let Some(domain) = domain_of(values, Spacing::Linear) else {
        return html! {};
    };
    let row_height = STEP * small(digest.input.methods.len()) + 16.0;
    let bottom = TOP + row_height * small(rows.len());
    let left = 16.0 + 8.0 * longest(rows.iter().map(|(crash, _)| crash));
    let x = Scale::linear(domain, (left, WIDTH - 28.0));
    let content = html! {
        (vertical_grid(&x, &x.ticks(7, Format::Percent), (TOP, bottom)))
        @for (n, (crash, marks)) in rows.iter().enumerate() {
            @let top = TOP + row_height * small(n);
            @if n > 0 { (segment("grid", (0.0, top), (WIDTH - 28.0, top))) }
            (text("row", (0.0, top + 0.5 * row_height + 4.0), crash))
            @for mark in marks {
                @let y = top + 8.0 + STEP * (small(mark.index) + 0.5);
                (draw_mark(mark, &digest.class(mark.method), crash, &x, y))
            }
        }
    };
    let label = "Cost of each crash to each policy";
    let quantity = "log growth without the crash minus log growth with it";
    let size = (WIDTH, bottom + 34.0);
    drawing(size, label, "Crash cost", quantity, &content)
}

fn marks<'a>(digest: &Digest<'a>, crash: &CrashSummary) -> Vec<Mark<'a>> {
    let over_seeds = crash.over_seeds();
    let mark = |(index, method): (usize, &'a Method)| {
        let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
        Some(Mark {
            method,
            index,
            lost: figures.median_lost?,
        })
    };
    digest
        .input
        .methods
        .iter()
        .enumerate()
        .filter_map(mark)
        .collect()
}

fn draw_mark(mark: &Mark<'_>, class: &str, crash: &str, x: &Scale, y: f64) -> Markup {
    let at = x.at(mark.lost);
    let (label, lost) = (&mark.method.label, Format::Percent.value(mark.lost));
    let title = format!("{label} in {crash}: {lost}");
    html! {
        g class=(class) {
            @match mark.method.role {
                Role::Trained => {
                    (segment("gap", (x.at(0.0), y), (at, y)))
                    (circle("dot", (at, y), "5", &title))
                },
                Role::Baseline => (circle("hollow", (at, y), "3.5", &title)),
            }
        }
    }
}
