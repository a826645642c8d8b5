//! Crashes of the past, replayed.

use crate::crash::ReplayScale;
use crate::eval::{
    CrashFigures, CrashSummary,
    metrics::{Format, decimal},
};
use crate::report::crashes::{COLUMNS, costliest_first, texts};
use crate::report::digest::Digest;
use crate::report::input::Method;
use crate::report::plot::crashes as plot;
use maud::{Markup, html};

/// The section; nothing where no crash was replayed.
pub(crate) fn section(digest: &Digest<'_>) -> Markup {
    let crashes = costliest_first(&digest.input.summary.crashes);
    let Some(first) = crashes.first() else {
        return html! {};
    };
    let was_played = |method: &Method| {
        let mut scores = crashes.iter().flat_map(|crash| &crash.scores);
        scores.any(|score| score.policy == method.name)
    };
    html! {
        section {
            h2 { "Crashes replayed" }
            p { (intro(first)) }
            figure {
                ul.legend {
                    @for method in digest.input.methods.iter().filter(|m| was_played(m)) {
                        li { span class=(format!("swatch {}", digest.class(method))) {} (method.label) }
                    }
                }
                div.scroll.crashes { (plot::draw(digest, &crashes)) }
                figcaption { "Medians over placements, then over seeds. Dots and lines from zero, in color: trained policies. Gray circles: baselines, which are rules and not trained. Within a crash they lie in the order of the legend, from top to bottom. Left of zero: gained by the crash. No mark: undefined, because nothing was left somewhere." }
            }
            div.scroll { table {
                caption { (caption(first)) }
                thead { tr {
                    th scope="col" { "Policy" }
                    @for column in COLUMNS { th scope="col" { (column) } }
                } }
                @for crash in &crashes { (group(digest, crash)) }
            } }
        }
    }
}

fn group(digest: &Digest<'_>, crash: &CrashSummary) -> Markup {
    let label = |name: &str| {
        let mut methods = digest.input.methods.iter();
        methods.find(|method| method.name == name)
    };
    let rows: Vec<(&Method, CrashFigures)> = crash
        .over_seeds()
        .into_iter()
        .filter_map(|(policy, figures)| Some((label(policy)?, figures)))
        .collect();
    html! {
        tbody {
            tr.group { th scope="rowgroup" colspan=(COLUMNS.len() + 1) {
                strong { (crash.title) } small { (facts(crash)) }
            } }
            @for (method, figures) in &rows {
                tr {
                    th scope="row" { span class=(format!("swatch {}", digest.class(method))) {} (method.label) }
                    @for (n, text) in texts(figures).iter().enumerate() {
                        td {
                            (text)
                            @if n == 1 && figures.n_ruined > 0 { small { (figures.n_ruined) " ruined" } }
                        }
                    }
                }
            }
        }
    }
}

/// `oil_1991: WTI, 10 bars from 1991-01-17, −34.6 % in history; −9.5 volatilities from first to
/// last, its largest bar down by 9.0; 8 placements`.
fn facts(crash: &CrashSummary) -> String {
    let mut facts = crash.crash.clone();
    if let (Some(symbol), Some(first), Some(simple)) =
        (&crash.symbol, crash.first, crash.simple_return)
    {
        facts = format!(
            "{facts}: {symbol}, {} bars from {}, {} in history",
            crash.n_bars,
            first.format("%Y-%m-%d"),
            Format::Percent.value(simple)
        );
    } else {
        facts = format!("{facts}: {} bars, written by hand", crash.n_bars);
    }
    format!(
        "{facts}; {} volatilities from first to last, its largest bar {} by {}; {} placements",
        decimal(crash.total_move, 1),
        if crash.largest_bar < 0.0 {
            "down"
        } else {
            "up"
        },
        decimal(crash.largest_bar.abs(), 1),
        crash.placements.len()
    )
}

fn intro(crash: &CrashSummary) -> String {
    let test = &crash.test;
    let scale = match test.scale {
        ReplayScale::ToVolatility => {
            "Every asset moves by as many of its own standard deviations (of the 60 log returns known before) as history did"
        }
        ReplayScale::AsHistory => "Every asset moves by the log returns of history",
    };
    let factor = if (test.factor - 1.0).abs() < 1e-12 {
        String::new()
    } else {
        format!(", times {}", Format::Number.value(test.factor))
    };
    format!(
        "The test span again, with a crash of the past in it, at moments spread evenly over it. {scale}{factor}, all assets at the same time; true \
         prices move, and everyone trades at them. Each play starts in cash {} bars before the crash and is liquidated {} bars after it.",
        test.n_before, test.n_after
    )
}

fn caption(crash: &CrashSummary) -> String {
    let n_placements = crash.placements.len();
    format!(
        "Medians over placements, then over seeds; the worst drawdown is the worst of all. Every column is a median of its own, so \
         that columns need not subtract to one another. Crash cost: log growth on the same bars without the crash \
         minus log growth with it; negative for who gained. Less than buy and hold: what it cost buy and hold minus what it cost the policy, \
         positive where the policy lost less. Crashes that cost buy and hold most come first, within each the policy to which it cost least. Dash: undefined, because \
         nothing was left. The {n_placements} placements share one history and may overlap: they are no independent samples. Spreads and volumes stay as \
         usual, while a real crash widens the spread and empties the book; a policy may have met the same days in its training span."
    )
}

#[cfg(test)]
mod tests {
    use crate::report::{demo::Demo, html::render_html};

    #[test]
    fn the_section_is_there_where_crashes_were_replayed() {
        let mut demo = Demo::small();
        assert!(
            !render_html(&demo.input())
                .unwrap()
                .contains("Crashes replayed")
        );
        demo.summary.crashes = crate::report::demo::crashes();
        demo.summary.crashes[0].title = "<b>".to_owned();
        demo.summary.crashes[0].scores[0].figures.n_ruined = 3;
        let page = render_html(&demo.input()).unwrap();
        for part in [
            "Crashes replayed",
            "oil_1991: WTI, 10 bars from 1991-01-17",
            "−9.5 volatilities from first to last, its largest bar down by 9.0",
            "Every column is a median of its own",
            "Gray circles: baselines",
            "&lt;b&gt;",
            "3 ruined",
        ] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("NaN") && !page.contains("<b>"));
    }
}
