//! The sections of pictures and their captions.

use crate::report::{
    digest::{Digest, budget_text},
    plot::{budget, equity, months, panel::Panel, training, underwater, weights},
};
use maud::{Markup, html};

/// All sections of pictures, in reading order.
pub(crate) fn sections(digest: &Digest<'_>) -> Markup {
    html! {
        (budget_section(digest))
        section {
            h2 { "Equity" }
            (figure("two", &draw(&equity::panels(digest)), &equity_caption(digest)))
            h3 { "Under water" }
            (figure("three", &draw(&underwater::panels(digest)), "Median over seeds: filled in the \
                clean market, a line under attack. The title gives the deepest point of each. \
                Policies that never fell below a peak are left out."))
        }
        (training_section(digest))
        (behavior_section(&weights::drawings(digest), &months::drawings(digest)))
    }
}

/// Caption of the picture of gaps.
pub(crate) fn gap_caption(digest: &Digest<'_>) -> String {
    let reference = digest.reference.as_ref();
    let budget = reference.map_or_else(String::new, |r| {
        format!(" at {}", budget_text(r.budget_bps))
    });
    format!(
        "Dots: median over seeds. Circles: the worst of all attacks{budget}, taken per seed. \
         Ticks: single seeds, clean above the line, attacked below. The line between dot and \
         circle is the robustness gap."
    )
}

fn budget_section(digest: &Digest<'_>) -> Markup {
    html! {
        section {
            h2 { "Performance versus attack budget" }
            @match &budget::panels(digest)[..] {
                [wide, narrow, attacks @ ..] if digest.reference.is_some() => {
                    figure {
                        div.wide { (wide.draw()) }
                        div.narrow { (narrow.draw()) }
                        figcaption { "Lowest value over all attacks at that budget, per seed; then \
                            the median over seeds, with the quartiles as a band. Budget 0 is the \
                            clean market. The curve of a robust policy stays level; its distance \
                            below the others at budget 0 is the price of robustness." }
                    }
                    @if !attacks.is_empty() {
                        (figure("three", &draw(attacks), "The same for each attack by itself, on \
                            the same vertical axis. Gray: the baselines."))
                    }
                },
                _ => p.nothing { "No attack was evaluated." },
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
                (figure("three", &draw(&panels), "Median over seeds, quartiles as a band. \
                    Directional sensitivity: how far a full-budget shock in the direction of \
                    steepest ascent moves the action, to first order."))
            }
        }
    }
}

fn behavior_section(weights: &[Markup], months: &[Markup]) -> Markup {
    html! {
        @if !weights.is_empty() || !months.is_empty() {
            section {
                h2 { "Behavior" }
                @if !weights.is_empty() {
                    h3 { "Weights" }
                    (figure("two", weights, "One typical seed per policy (the median of clean \
                        performance). Colored area: clean market. Dark line: the same policy on \
                        the same bars under attack. Where the line leaves the area, the attack \
                        moved the position. Means over short stretches."))
                }
                @if !months.is_empty() {
                    h3 { "Months" }
                    (figure("two", months, "Green: gain. Pink: loss. Stronger color: larger. The \
                        typical seed of each trained policy, and the best baseline."))
                }
            }
        }
    }
}

fn equity_caption(digest: &Digest<'_>) -> String {
    let attack = digest
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| {
            let budget = budget_text(reference.budget_bps);
            format!(" Second panel: the attack that costs the trained policies most at {budget}.")
        });
    format!("Median over seeds at every bar, quartiles as a band, after costs.{attack}")
}

fn draw(panels: &[Panel]) -> Vec<Markup> {
    panels.iter().map(Panel::draw).collect()
}

fn figure(columns: &str, drawings: &[Markup], caption: &str) -> Markup {
    html! {
        figure {
            div class=(format!("panels {columns}")) {
                @for drawing in drawings { div { (drawing) } }
            }
            figcaption { (caption) }
        }
    }
}
