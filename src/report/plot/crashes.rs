//! Cost of each replayed crash to each policy, on one axis.

use super::{
    coordinate, drawing,
    scale::{Scale, Spacing, domain_of},
    segment, vertical_grid,
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
    index: u32,
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
    let n_methods = u32::try_from(digest.input.methods.len()).unwrap_or(u32::MAX);
    let row_height = STEP * f64::from(n_methods) + 16.0;
    let longest = rows.iter().map(|(crash, _)| crash.chars().count()).max();
    #[expect(clippy::cast_precision_loss, reason = "counts of crashes and letters")]
    let (bottom, left) = (
        TOP + row_height * rows.len() as f64,
        16.0 + 8.0 * longest.unwrap_or(0) as f64,
    );
    let x = Scale::linear(domain, (left, WIDTH - 28.0));
    let c = coordinate;
    let content = html! {
        (vertical_grid(&x, &x.ticks(7, Format::Percent), (TOP, bottom)))
        @for (n, (crash, marks)) in (0_u32..).zip(&rows) {
            @let top = TOP + row_height * f64::from(n);
            @if n > 0 { (segment("grid", (0.0, top), (WIDTH - 28.0, top))) }
            text.row x="0" y=(c(top + 0.5 * row_height + 4.0)) { (crash) }
            @for mark in marks {
                @let y = top + 8.0 + STEP * (f64::from(mark.index) + 0.5);
                (draw_mark(mark, &digest.class(mark.method), crash, &x, y))
            }
        }
    };
    let label = "Cost of each crash to each policy";
    let quantity = "log growth without the crash minus log growth with it";
    drawing(
        (WIDTH, bottom + 34.0),
        label,
        "Crash cost",
        quantity,
        &content,
    )
}

fn marks<'a>(digest: &Digest<'a>, crash: &CrashSummary) -> Vec<Mark<'a>> {
    let over_seeds = crash.over_seeds();
    let mark = |(index, method): (u32, &'a Method)| {
        let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
        Some(Mark {
            method,
            index,
            lost: figures.median_lost?,
        })
    };
    (0..).zip(&digest.input.methods).filter_map(mark).collect()
}

fn draw_mark(mark: &Mark<'_>, class: &str, crash: &str, x: &Scale, y: f64) -> Markup {
    let c = coordinate;
    let at = x.at(mark.lost);
    let (label, lost) = (&mark.method.label, Format::Percent.value(mark.lost));
    let text = format!("{label} in {crash}: {lost}");
    html! {
        g class=(class) {
            @match mark.method.role {
                Role::Trained => {
                    (segment("gap", (x.at(0.0), y), (at, y)))
                    circle.dot cx=(c(at)) cy=(c(y)) r="5" { title { (text) } }
                },
                Role::Baseline => circle.hollow cx=(c(at)) cy=(c(y)) r="3.5" { title { (text) } },
            }
        }
    }
}
