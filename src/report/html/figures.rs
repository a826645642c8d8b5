//! The sections of pictures and their captions.

use super::chart::figure;
use crate::report::{
    digest::{Digest, budget_text},
    plot::{budget, chart::Chart, equity, months, training, underwater, weights},
};
use maud::{Markup, html};

/// All sections of pictures, in reading order.
pub(crate) fn sections(digest: &Digest<'_>) -> Markup {
    html! {
        (budget_section(digest))
        section {
            h2 { "Equity" }
            (figure("two", &equity::charts(digest), &equity_caption(digest)))
            h3 { "Under water" }
            (figure("three", &underwater::charts(digest), "Median over seeds: filled in the \
                clean market, a line under attack. The title gives the deepest point of each. \
                Policies that never fell below a peak are left out."))
        }
        (training_section(digest))
        (behavior_section(&weights::charts(digest), &months::tables(digest)))
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
        section #attack-budget {
            h2 { "Performance versus attack budget" }
            @match &budget::charts(digest)[..] {
                [worst, attacks @ ..] if digest.reference.is_some() => {
                    (figure("one", std::slice::from_ref(worst), "Lowest value over all attacks at \
                        that budget, per seed; then the median over seeds, with the quartiles as a \
                        band. Budget 0 is the clean market. The curve of a robust policy stays \
                        level; its distance below the others at budget 0 is the price of \
                        robustness."))
                    @if !attacks.is_empty() {
                        (figure("three", attacks, "The same for each attack by itself, on \
                            the same vertical axis. Gray: the baselines."))
                    }
                },
                _ => p.nothing { "No attack was evaluated." },
            }
        }
    }
}

fn training_section(digest: &Digest<'_>) -> Markup {
    let charts = training::charts(digest);
    html! {
        section {
            h2 { "Training" }
            @if charts.is_empty() {
                p.nothing { "No training was logged." }
            } @else {
                (figure("three", &charts, "Median over seeds, quartiles as a band. \
                    Directional sensitivity: how far a full-budget shock in the direction of \
                    steepest ascent moves the action, to first order."))
            }
        }
    }
}

fn behavior_section(weights: &[Chart], months: &[Markup]) -> Markup {
    html! {
        @if !weights.is_empty() || !months.is_empty() {
            section {
                h2 { "Behavior" }
                @if !weights.is_empty() {
                    h3 { "Weights" }
                    (figure("three", weights, "One typical seed per policy (the median of clean \
                        performance). Colored area: clean market. Dark line: the same policy on \
                        the same bars under attack. Where the line leaves the area, the attack \
                        moved the position. Means over short stretches."))
                }
                @if !months.is_empty() {
                    h3 { "Months" }
                    figure {
                        div.panels.two { @for months in months { div.scroll { (months) } } }
                        figcaption { "Green: gain. Pink: loss. Stronger color: larger. The typical \
                            seed of each trained policy, and the best baseline." }
                    }
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
            format!(" Second picture: the attack that costs the trained policies most at {budget}.")
        });
    format!(
        "Median over seeds at every bar, quartiles as a band, after costs. Each \
         picture has its own range.{attack}"
    )
}
