//! HTML report: one page without links to other files.
//!
//! All text goes through maud, which escapes it. Raw are the style sheets, the scripts, and the
//! JSON of the pictures, which holds no `<`. `uplot/` is version 1.6.32 of uPlot, unchanged.

mod caveats;
mod chart;
mod crashes;
mod figures;
mod findings;
mod pair;
mod tables;

use super::digest::Digest;
use super::error::ReportError;
use super::input::ReportInput;
use super::plot::gap;
use crate::agent::write_atomically;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::path::Path;

/// Content security policy: the browser runs the scripts of the page and loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// Plotting library.
const UPLOT: &str = include_str!("uplot/uPlot.iife.min.js");

/// Scripts of this crate, in this order.
const SCRIPTS: [&str; 4] = [
    include_str!("text.js"),
    include_str!("marks.js"),
    include_str!("axes.js"),
    include_str!("chart.js"),
];

/// Renders the page as text.
///
/// # Errors
/// [`ReportError`] if there is nothing to report on, or a query over the records fails.
pub fn render_html(input: &ReportInput<'_>) -> Result<String, ReportError> {
    let digest = Digest::new(input)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (input.title) " · shockproof" }
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                style { (PreEscaped(include_str!("uplot/uPlot.min.css"))) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body { main {
                (header(&digest))
                (findings_section(&digest))
                (figures::sections(&digest))
                (crashes::section(&digest))
                (tables_section(&digest))
                (caveats_section(&digest))
                (provenance_section(input))
            }
                script { (PreEscaped(UPLOT)) }
                @for own in SCRIPTS { script { (PreEscaped(own)) } }
            }
        }
    };
    Ok(page.into_string())
}

/// Writes the page; the file appears complete or not at all.
///
/// # Errors
/// [`ReportError`] as for [`render_html`], or if the file cannot be written.
pub fn write_html(path: &Path, input: &ReportInput<'_>) -> Result<(), ReportError> {
    let page = render_html(input)?;
    write_atomically(path, page.as_bytes()).map_err(ReportError::file(path))
}

fn header(digest: &Digest<'_>) -> Markup {
    let input = digest.input;
    html! {
        header {
            p.kicker { "shockproof report" }
            h1 { (input.title) }
            p.lead { (input.question) }
            ul.legend {
                @for method in digest.trained().chain(digest.baselines()) {
                    li { (tables::swatch(digest, method)) }
                }
            }
        }
    }
}

fn findings_section(digest: &Digest<'_>) -> Markup {
    let findings = findings::findings(digest);
    html! {
        section.findings {
            div {
                h2 { "Findings" }
                @if findings.is_empty() {
                    p.nothing { "No trained policy was played." }
                }
                ol { @for finding in &findings {
                    li { strong { (finding.headline) } span { (finding.detail) } }
                } }
            }
            (chart::figure("one", &[gap::chart(digest)], &figures::gap_caption(digest)))
        }
    }
}

fn tables_section(digest: &Digest<'_>) -> Markup {
    html! {
        section {
            h2 { "Metrics" }
            h3 { "Clean market" }
            (tables::nominal(digest))
            h3 { "Costs by kind, clean market" }
            (tables::costs(digest))
            (tables::attacked(digest))
            h3 { "Over seeds" }
            (tables::over_seeds(digest))
            h3 { "Every attack and budget" }
            (tables::grid(digest))
            h3 { "Definitions" }
            (tables::glossary(&digest.input.summary.metrics))
        }
    }
}

fn caveats_section(digest: &Digest<'_>) -> Markup {
    html! {
        section.caveats {
            h2 { "What these numbers do not show" }
            ul { @for caveat in caveats::caveats(digest) { li { (caveat) } } }
        }
    }
}

fn provenance_section(input: &ReportInput<'_>) -> Markup {
    html! {
        section {
            h2 { "Provenance" }
            dl.facts { @for fact in &input.provenance {
                dt { (fact.name) }
                dd { (fact.value) }
            } }
            @if !input.config.is_empty() {
                h3 { "Configuration" }
                pre { code { (input.config) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::demo::Demo;

    #[test]
    fn the_page_needs_nothing_but_itself() {
        let page = render_html(&Demo::small().input()).unwrap();
        assert!(page.contains("default-src 'none'") && page.contains("new uPlot("));
        // The first comment of the library holds the address of its home page, which loads nothing.
        let page = page.replace(UPLOT, "");
        for foreign in [
            "http:", "https:", "src=", "href=", "url(", "@import", "import(", "fetch(",
        ] {
            assert!(
                !page.contains(foreign),
                "the page refers to something: {foreign}"
            );
        }
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
        assert!(
            !page.contains("NaN") && !page.contains("inf "),
            "a number is none"
        );
    }

    #[test]
    fn every_picture_is_json_with_one_value_per_position() {
        let mut demo = Demo::small();
        demo.summary.crashes = crate::report::tests::demo::crashes();
        let page = render_html(&demo.input()).unwrap();
        let after = page.split(r#"<script type="application/json">"#).skip(1);
        let json = after.map(|rest| rest.split_once("</script>").unwrap().0);
        let charts: Vec<serde_json::Value> = json
            .map(|json| serde_json::from_str(json).unwrap())
            .collect();
        // One chart of gaps, four over budgets, two of equity, seven under water, eight of
        // training, nine of weights, one of crashes.
        assert!(charts.len() > 25, "{}", charts.len());
        let length = |value: &serde_json::Value| value.as_array().map(Vec::len);
        for chart in &charts {
            assert!(length(&chart["series"]) > Some(0), "{chart}");
            for series in chart["series"].as_array().unwrap() {
                assert_eq!(length(&series["values"]), length(&chart["x"]), "{chart}");
                let edges = length(&series["edges"]);
                assert!(edges == Some(0) || edges == length(&chart["x"]), "{chart}");
            }
        }
    }

    #[test]
    fn a_long_history_makes_no_large_page() {
        let page = render_html(&Demo::long().input()).unwrap();
        assert!(page.len() < 5_000_000, "{} bytes", page.len());
    }

    #[test]
    fn worst_names_its_budget() {
        let page = render_html(&Demo::small().input()).unwrap();
        assert!(page.contains("the lowest over all attacks at 25 bps, per seed"));
    }

    #[test]
    fn all_text_is_escaped() {
        let mut demo = Demo::small();
        let evil = "<img onerror=\"x\">&'";
        for method in &mut demo.methods {
            evil.clone_into(&mut method.label);
        }
        for ledger in &mut demo.ledgers {
            ledger.symbols = vec![evil.to_owned(); 3];
        }
        for score in &mut demo.summary.ledgers {
            if !score.is_nominal() {
                evil.clone_into(&mut score.attack);
            }
        }
        let mut input = demo.input();
        for text in [&mut input.title, &mut input.question, &mut input.config] {
            evil.clone_into(text);
        }
        input.caveats = vec![evil.to_owned()];
        input.provenance = vec![crate::report::Fact::new(evil, evil)];
        let page = render_html(&input).unwrap();
        assert!(!page.contains("<img") && page.contains("&lt;img"));
    }

    #[test]
    fn same_records_same_page() {
        let page = || render_html(&Demo::small().input()).unwrap();
        assert_eq!(page(), page());
    }

    #[test]
    fn a_report_without_attacks_training_or_ledgers_says_so() {
        let mut demo = Demo::small();
        demo.summary
            .ledgers
            .retain(crate::eval::LedgerSummary::is_nominal);
        demo.ledgers.clear();
        demo.training.clear();
        let page = render_html(&demo.input()).unwrap();
        for sentence in [
            "No attack was evaluated",
            "No training was logged",
            "nothing was recorded",
        ] {
            assert!(page.contains(sentence), "{sentence}");
        }
    }

    #[test]
    fn an_empty_report_is_refused() {
        let mut demo = Demo::small();
        demo.summary.ledgers.clear();
        let error = render_html(&demo.input()).unwrap_err();
        assert!(
            matches!(
                error,
                ReportError::Empty {
                    missing: "summary",
                    ..
                }
            ),
            "{error}"
        );
    }

    #[test]
    fn a_ruin_is_the_first_finding_and_is_not_averaged_away() {
        let mut demo = Demo::small();
        for ledger in &mut demo.summary.ledgers {
            if ledger.policy == "ppo" && ledger.seed == 1 && !ledger.is_nominal() {
                ledger.ruined = true;
                ledger.figures.insert("sharpe".to_owned(), None);
            }
        }
        let mut input = demo.input();
        "sharpe".clone_into(&mut input.performance);
        let page = render_html(&input).unwrap();
        assert!(page.contains("Ruined accounts: 6 of"), "findings");
        assert!(page.contains("undefined in 1 of 2 seeds, because the account was ruined"));
        assert!(page.contains("Ruined accounts</th>") && page.contains("1 of 2</td>"));
        assert!(
            page.contains("<small>1 ruined</small>"),
            "grid of attacks and budgets"
        );
    }

    #[test]
    fn costs_are_shown_by_kind() {
        let page = render_html(&Demo::small().input()).unwrap();
        let (fee, interest) = (page.find(">fee</th>"), page.find(">cash interest</th>"));
        assert!(fee.is_some() && fee < interest, "in order");
        assert!(!page.contains(">margin interest</th>"), "nobody paid it");
        assert!(page.contains("Costs paid in these backtests: fee, cash interest."));
        assert!(page.contains("Not paid by anyone: spread, impact, transient impact, margin"));
    }

    #[test]
    fn an_unknown_performance_metric_is_refused() {
        let demo = Demo::small();
        let mut input = demo.input();
        "sharp".clone_into(&mut input.performance);
        let error = render_html(&input).unwrap_err();
        assert!(
            error.to_string().contains("`sharp` is unknown")
                && error.to_string().contains("sharpe"),
            "{error}"
        );
    }
}
