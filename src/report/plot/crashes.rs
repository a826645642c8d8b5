//! What each replayed crash cost each policy, on one axis.

use super::coordinate;
use super::scale::{Scale, Spacing, domain_of};
use crate::eval::CrashSummary;
use crate::eval::metrics::Format;
use crate::report::digest::Digest;
use crate::report::input::{Method, Role};
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
    let rows: Vec<(&str, Vec<Mark<'_>>)> = crashes
        .iter()
        .map(|crash| (crash.crash.as_str(), marks(digest, crash)))
        .collect();
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
    let height = bottom + 34.0;
    let x = Scale {
        spacing: Spacing::Linear,
        domain,
        range: (left, WIDTH - 28.0),
    };
    let c = coordinate;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {height}")) role="img" aria-label="What each crash cost each policy" {
            text.title x="0" y="14" { "Crash cost" }
            text.axis x="0" y="32" { "log growth without the crash minus log growth with it" }
            @for (value, label) in x.ticks(7, Format::Percent) {
                line.grid x1=(c(x.at(value))) x2=(c(x.at(value))) y1=(c(TOP)) y2=(c(bottom)) {}
                text.tick.middle x=(c(x.at(value))) y=(c(bottom + 16.0)) { (label) }
            }
            line.rule x1=(c(x.at(0.0))) x2=(c(x.at(0.0))) y1=(c(TOP)) y2=(c(bottom)) {}
            @for (n, (crash, marks)) in (0_u32..).zip(&rows) {
                @let top = TOP + row_height * f64::from(n);
                @if n > 0 { line.grid x1="0" x2=(c(WIDTH - 28.0)) y1=(c(top)) y2=(c(top)) {} }
                text.row x="0" y=(c(top + 0.5 * row_height + 4.0)) { (crash) }
                @for mark in marks {
                    (draw_mark(mark, &digest.class(mark.method), crash, &x, top + 8.0 + STEP * (f64::from(mark.index) + 0.5)))
                }
            }
        }
    }
}

fn marks<'a>(digest: &Digest<'a>, crash: &CrashSummary) -> Vec<Mark<'a>> {
    let over_seeds = crash.over_seeds();
    let mark = |(index, method): (u32, &'a Method)| {
        let (_, figures) = over_seeds.iter().find(|(name, _)| *name == method.name)?;
        let lost = figures.median_lost?;
        Some(Mark {
            method,
            index,
            lost,
        })
    };
    (0..).zip(&digest.input.methods).filter_map(mark).collect()
}

fn draw_mark(mark: &Mark<'_>, class: &str, crash: &str, x: &Scale, y: f64) -> Markup {
    let c = coordinate;
    let at = x.at(mark.lost);
    let said = format!(
        "{} in {crash}: {}",
        mark.method.label,
        Format::Percent.value(mark.lost)
    );
    html! {
        g class=(class) {
            @match mark.method.role {
                Role::Trained => {
                    line.gap x1=(c(x.at(0.0))) x2=(c(at)) y1=(c(y)) y2=(c(y)) {}
                    circle.dot cx=(c(at)) cy=(c(y)) r="5" { title { (said) } }
                },
                Role::Baseline => circle.hollow cx=(c(at)) cy=(c(y)) r="3.5" { title { (said) } },
            }
        }
    }
}
