//! Section of replayed crashes.

use super::{chart::figure, tables::swatch};
use crate::{
    crash::ReplayScale,
    eval::{
        CrashSummary,
        metrics::{Format, decimal},
    },
    report::{
        crashes::{COLUMNS, costliest_first, texts},
        digest::Digest,
        plot::crashes as plot,
    },
};
use maud::{Markup, html};

/// Caption of the picture.
const PICTURE: &str = "\
    Medians over placements, then over seeds. Dots with lines from zero, in color: trained \
    policies. Gray circles: baselines. Within a crash the marks have the order of the legend, from \
    top to bottom. Left of zero: the policy gained by the crash. No mark: undefined, because \
    nothing was left at a placement.";

/// Renders the section; empty if no crash was replayed.
pub(crate) fn section(digest: &Digest<'_>) -> Markup {
    let crashes = costliest_first(&digest.input.summary.crashes);
    let Some(first) = crashes.first() else {
        return html! {};
    };
    html! {
        section {
            h2 { "Crashes replayed" }
            p { (intro(first)) }
            (figure("one crashes", &[plot::chart(digest, &crashes)], PICTURE))
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
    let methods = &digest.input.methods;
    let rows = crash
        .over_seeds()
        .into_iter()
        .filter_map(|(policy, figures)| {
            let method = methods.iter().find(|method| method.name == policy)?;
            Some((method, figures))
        });
    html! {
        tbody {
            tr.group { th scope="rowgroup" colspan=(COLUMNS.len() + 1) {
                strong { (crash.title) } small { (facts(crash)) }
            } }
            @for (method, figures) in rows {
                tr {
                    th scope="row" { (swatch(digest, method)) }
                    @for (n, text) in texts(&figures).iter().enumerate() {
                        td {
                            (text)
                            @if n == 1 && figures.n_ruined > 0 {
                                small { (figures.n_ruined) " ruined" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Formats `oil_1991: WTI, 10 bars from 1991-01-17, −34.6 % in history; −9.5 volatilities from
/// first to last, its largest bar down by 9.0; 8 placements`.
fn facts(crash: &CrashSummary) -> String {
    let (name, n_bars) = (&crash.crash, crash.n_bars);
    let origin = match (&crash.symbol, crash.first, crash.simple_return) {
        (Some(symbol), Some(first), Some(simple)) => format!(
            "{symbol}, {n_bars} bars from {}, {} in history",
            first.format("%Y-%m-%d"),
            Format::Percent.value(simple)
        ),
        _ => format!("{n_bars} bars, written by hand"),
    };
    let direction = if crash.largest_bar < 0.0 {
        "down"
    } else {
        "up"
    };
    format!(
        "{name}: {origin}; {} volatilities from first to last, its largest bar {direction} by {}; \
         {} placements",
        decimal(crash.total_move, 1),
        decimal(crash.largest_bar.abs(), 1),
        crash.placements.len()
    )
}

fn intro(crash: &CrashSummary) -> String {
    let test = &crash.test;
    let scale = match test.scale {
        ReplayScale::ToVolatility => {
            "Every asset moves by as many of its own standard deviations (of the 60 log returns \
             before) as in history"
        }
        ReplayScale::AsHistory => "Every asset moves by the log returns of history",
    };
    let factor = if (test.factor - 1.0).abs() < 1e-12 {
        String::new()
    } else {
        format!(", times {}", Format::Number.value(test.factor))
    };
    format!(
        "The test span again, with a past crash replayed at moments spread evenly over it. \
         {scale}{factor}, all assets at the same time. True prices move, and all trades are filled \
         at them. Each play starts in cash {} bars before the crash and is liquidated {} bars \
         after it.",
        test.n_before, test.n_after
    )
}

fn caption(crash: &CrashSummary) -> String {
    let n_placements = crash.placements.len();
    format!(
        "Medians over placements, then over seeds; the worst drawdown is the worst of all. Every \
         column is a median of its own, so that columns need not subtract to one another. Crash \
         cost: log growth on the same bars without the crash minus log growth with it; negative \
         where the policy gained. Less than buy and hold: cost to buy and hold minus cost to the \
         policy. Crashes are sorted by their cost to buy and hold, policies by their own cost. \
         Dash: undefined, because nothing was left. The {n_placements} placements share one \
         history and may overlap, so they are not independent samples. Spreads and volumes stay as \
         usual, while a real crash widens the spread and empties the book. A policy may have been \
         trained on the days of the crash."
    )
}

#[cfg(test)]
mod tests {
    use crate::report::{html::render_html, tests::demo::Demo};

    #[test]
    fn the_section_is_there_where_crashes_were_replayed() {
        let mut demo = Demo::small();
        assert!(
            !render_html(&demo.input())
                .unwrap()
                .contains("Crashes replayed")
        );
        demo.summary.crashes = crate::report::tests::demo::crashes();
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
