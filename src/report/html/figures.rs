//! The sections of pictures and their captions.

use crate::report::digest::Digest;
use crate::report::error::ReportError;
use crate::report::plot::{budget, equity, months, panel::Panel, training, underwater, weights};
use maud::{Markup, html};

/// All sections of pictures, in reading order.
///
/// # Errors
/// [`ReportError`] when a query fails.
pub(crate) fn sections(digest: &Digest<'_>) -> Result<Markup, ReportError> {
    let months = months::drawings(digest)?;
    let weights = weights::drawings(digest);
    Ok(html! {
        (budget_section(digest))
        section {
            h2 { "Equity" }
            (figure("two", &draw(&equity::panels(digest)), &equity_caption(digest)))
            h3 { "Under water" }
            (figure("three", &draw(&underwater::panels(digest)), "Each panel: median over seeds; filled in the clean market, a line under attack. The title gives the deepest point of each. Policies that never lost from a peak are left out."))
        }
        (training_section(digest))
        @if !weights.is_empty() || !months.is_empty() {
            section {
                h2 { "Behavior" }
                @if !weights.is_empty() {
                    h3 { "Weights" }
                    (figure("two", &weights, "One typical seed per policy (the median of clean performance). Colored area: clean market. Dark line: the same policy on the same bars under attack; where it leaves the area, the attack moved the position. Means over short stretches."))
                }
                @if !months.is_empty() {
                    h3 { "Months" }
                    (figure("two", &months, "Green: gain. Pink: loss. Stronger color: larger. The typical seed of each trained policy, and the best baseline."))
                }
            }
        }
    })
}

/// What stands below the picture of gaps.
pub(crate) fn gap_caption(digest: &Digest<'_>) -> String {
    let budget = digest
        .reference
        .as_ref()
        .map_or_else(String::new, |r| format!(" at {}", r.budget_text()));
    format!(
        "Dots: median over seeds. Circles: the worst of all attacks{budget}, worst taken per seed. Ticks: single seeds, clean above the line, attacked below. The line between is the robustness gap."
    )
}

fn budget_section(digest: &Digest<'_>) -> Markup {
    let panels = budget::panels(digest);
    html! {
        section {
            h2 { "Performance versus attack budget" }
            @if digest.reference.is_none() {
                p.nothing { "No attack was evaluated." }
            } @else {
                figure {
                    div.wide { (panels.wide.draw()) }
                    div.narrow { (panels.narrow.draw()) }
                    figcaption { "Per seed, the lowest of all attacks at that budget; then the median over seeds, with the quartiles as a band. Budget 0 is the clean market. A robust policy stays level; where it starts below the others is the price it pays." }
                }
                @if !panels.attacks.is_empty() {
                    (figure("three", &draw(&panels.attacks), "The same for each attack by itself, on the same vertical axis. Gray: the baselines."))
                }
            }
        }
    }
}

fn training_section(digest: &Digest<'_>) -> Markup {
    let panels = training::panels(digest);
    html! {
        section {
            h2 { "Training" }
            @if panels.is_empty() {
                p.nothing { "No training was logged." }
            } @else {
                (figure("three", &draw(&panels), "Median over seeds, quartiles as a band. Directional sensitivity: how far a full-budget shock in the direction of steepest ascent moves the action, to first order."))
            }
        }
    }
}

fn equity_caption(digest: &Digest<'_>) -> String {
    match &digest.reference {
        Some(reference) => format!(
            "Median over seeds at every bar, quartiles as a band, after costs. Second panel: the attack that costs the trained policies most at {}.",
            reference.budget_text()
        ),
        None => "Median over seeds at every bar, quartiles as a band, after costs.".to_owned(),
    }
}

fn draw(panels: &[Panel]) -> Vec<Markup> {
    panels.iter().map(Panel::draw).collect()
}

fn figure(columns: &str, drawings: &[Markup], caption: &str) -> Markup {
    html! {
        figure {
            div class=(format!("panels {columns}")) { @for drawing in drawings { div { (drawing) } } }
            figcaption { (caption) }
        }
    }
}
